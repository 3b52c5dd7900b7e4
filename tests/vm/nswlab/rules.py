# SPDX-License-Identifier: GPL-2.0
"""The known circles, and other ends that a run can have: RULES.

A rule matches when all that it needs is in the run's files, and is certain
when what supports it is there as well; each need and each support is a
function that returns its evidence as text, or None.  The first that matches
names the circle.
"""

from dataclasses import dataclass

from . import facts, waits
from .rundir import Run


@dataclass(frozen=True)
class Rule:
    id: str
    title: object           # text, or a function of the run
    needs: tuple
    supports: tuple
    explanation: object     # text, or a function of the run


def _refill_variant(run):
    keys = run.chain.keys()
    task = next((t for t in waits.refill_tasks(run)
                 if t.has(*waits.RECLAIM)), None)
    wait = waits.classify(task) if task else None
    key = wait.key if wait else ""
    return {
        "send-room": "waits for ACKs itself",
        "nbd-lock": "waits behind nbd's send lock, whose holder waits for "
        "ACKs" if "send-room" in keys else "waits behind nbd's send lock",
        "sio-pool": "waits for NFS swap writes to end",
        "request-tag": "waits for a free request of the block device",
        "bio-pool": "waits for swap requests to end",
        "page-writeback": "waits for a page to be written",
        "reclaiming": "finds no page to reclaim, as nearly all wait for their "
        "swap write to end",
        "queue-limit": "waits for writes to end",
    }.get(key, f"waits for {wait.text}" if wait else "is in reclaim")


def _refill_title(run):
    return ("receive refill in reclaim, with receiving switched off: it " +
            _refill_variant(run))


def _refill_text(run):
    text = ("virtio_net's refill_work switches NAPI off and then allocates "
            "receive buffers with GFP_KERNEL. It has entered direct reclaim "
            f"and {_refill_variant(run)}. ")
    if run.swap == "nfs":
        text += ("The replies which would end those writes can't be received "
                 "before refill_work is through. ")
    else:
        text += ("The ACKs and replies which would let swap get on can't be "
                 "received before refill_work is through. ")
    behind = len(run.blocked) - sum(1 for l in run.chain.links if l.pid)
    if behind > 0:
        text += f"{behind} more tasks wait behind them."
    return text.strip()


def _writeback_text(run):
    memory = run.memory
    text = ("Nothing bounds the swap writes that may be in flight to a file "
            "system: reclaimers put pages under writeback as fast as they "
            "find them, each write takes memory to send, and no page is free "
            f"before its reply. {memory.writeback} pages are under "
            f"writeback, {facts.kb(memory.free)} free (min "
            f"{facts.kb(memory.min)}), "
            f"with {memory.swap_free} kB of swap to spare.")
    if facts.oom_killed(run):
        text += (" The OOM killer sees nothing reclaimable, and kills a "
                 "process although swap is free.")
    return text


def _sender_text(run):
    return ("The task that sends swap requests needs memory to send them, and "
            "does not get it from the reserve, although there is one: so it "
            "waits for reclaim, which waits for it."
            + (f" This run has protections off: {run.off}." if run.off
               else ""))


def _throttle_text(run):
    kswapd = next(t for t in run.tasks if t.comm.startswith("kswapd") and
                  waits.classify(t))
    text = ("Whoever needs memory waits for kswapd, and kswapd itself waits "
            f"for {waits.classify(kswapd).text}.")
    if run.chain.open_end:
        text += f" The chain ends there: {run.chain.open_end}."
    return text


def _slow_text(run):
    text = ("The load was still getting on when its time was over. What holds "
            "it up most is in the list of waits.")
    slow = [name for name, _, queued, waited in run.operations()
            if queued > 2 * waited]
    if slow:
        text += (f" {' and '.join(slow)} requests spend most of their time in "
                 "the client's own queues, behind other swap requests, not at "
                 "the server: a page fault waits for all the writes that were "
                 "begun before.")
    return text


RULES = (
    Rule("stale-int3", "the emulator ran into a stale int3",
         (facts.stale_int3,), (facts.stale_int3,),
         "QEMU's TCG with several threads let one CPU run into the int3 of a "
         "code patch that another CPU had finished already. No kernel in the "
         "field does: this run says nothing about the kernel, repeat it."),
    Rule("corrupt", "memory came back from swap with other content",
         (facts.corrupt,), (facts.corrupt,),
         "The content check failed: not a wait, but data that was lost, "
         "swapped with another page's, or old."),
    Rule("reconnect-in-reclaim",
         "the connection that swap needs can't be made again without memory",
         (Run.not_connected, facts.reconnect_waits), (facts.connection_ended,),
         "The connection to the swap server is lost, and who has to make a "
         "new one waits for memory, which swap would give, or for a page "
         "that is in swap itself."),
    Rule("nic-refill-reclaim", _refill_title,
         (facts.refill_in_reclaim, facts.nothing_is_received),
         (facts.circle_through_refill, facts.guest_is_deaf), _refill_text),
    Rule("tcp-memory-limit", "TCP's memory limit holds the swap connection",
         (facts.tcp_memory, facts.held_by_limit), (facts.tcp_memory,),
         "The limit of all TCP memory (tcp_mem) is used up, by other sockets. "
         "It holds for the swap connection too, SOCK_MEMALLOC or not: its "
         "replies are dropped unless its queue is empty, its window closes, "
         "or it waits to be given memory although nothing it has sent is "
         "unacknowledged."),
    Rule("no-reserve-for-sender", "the sender of swap requests gets no memory",
         (facts.sender_has_no_memory, facts.reserve_is_there),
         (facts.protection_off,),
         _sender_text),
    # After those which may be why the kernel lost it.
    Rule("server-gone", "the swap server's connection is gone",
         (Run.server_is_gone,), (facts.connection_ended,),
         "The connection to the swap server ended or timed out, so swap "
         "requests fail or wait for a new one: not a circle in the guest."),
    Rule("unbounded-fs-writeback",
         "more swap writes in flight to the file system than memory can bear",
         (facts.swap_on_nfs, facts.oom_or_hang, facts.writeback_is_most,
          facts.free_below_min, facts.swap_is_free),
         (facts.oom_or_empty, facts.allocations_failed), _writeback_text),
    Rule("memory-deadlock", "panic: nothing left that the OOM killer may kill",
         (facts.deadlock_panic,), (facts.deadlock_panic, facts.swap_is_free),
         "The OOM killer found no process to kill and ended the kernel."),
    Rule("memory-held", "most memory is held by what can't be reclaimed",
         (facts.oom_or_hang, facts.memory_is_held, facts.swap_is_free),
         (facts.oom_killed,),
         "Buffers of sockets and drivers hold so much that what is left is "
         "too little for what runs, though all of it that can be swapped out "
         "is: no circle, and nothing that reclaim or swap could do. Who fills "
         "them has to be bounded: by net.ipv4.tcp_mem, net.ipv4.udp_mem, "
         "net.core.rmem_max."),
    Rule("oom-while-swap-free", "OOM kill with swap space free",
         (facts.oom_killed, facts.swap_is_free), (facts.free_below_min,),
         "The OOM killer took a process although swap had room: reclaim made "
         "no progress in all its tries. Which wait kept it from progress is "
         "in the lists below."),
    Rule("crashed", "the kernel crashed", (facts.crashed,), (facts.crashed,),
         "Not a circle of waits but an error of the kernel: see the first "
         "splat of the console."),
    Rule("kswapd-waits", "all wait for kswapd, and kswapd waits",
         (facts.kswapd_is_blocked, facts.tasks_throttled),
         (lambda run: "the chain is closed" if run.chain.certain else None,),
         _throttle_text),
    Rule("slow-progress", "no circle: slow, not hung", (facts.load_got_on,),
         (facts.load_got_on,), _slow_text),
)


def match(rule, run):
    """The evidence for a rule's needs and supports, or None."""
    evidence = []
    for need in rule.needs:
        found = need(run)
        if not found:
            return None
        evidence.append(found)
    certain = True
    for support in rule.supports:
        found = support(run)
        if not found:
            certain = False
        elif found not in evidence:
            evidence.append(found)
    return evidence, certain

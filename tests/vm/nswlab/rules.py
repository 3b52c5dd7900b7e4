# SPDX-License-Identifier: GPL-2.0
"""The known circles, and other ends that a run can have: RULES.

A rule matches when all that it needs is in the run's files, and is certain
when what supports it is there as well; each need and each support is a
function that returns its evidence as text, or None.  The first that matches
names the circle.
"""

import re
from dataclasses import dataclass

from . import waits
from .rundir import Run

RPC_SEND = ("xs_tcp_send_request", "xprt_transmit", "xprt_sock_sendmsg")
SOFTIRQ = {"handle_softirqs", "__do_softirq", "do_softirq", "net_rx_action",
           "__napi_poll"}
RESERVE_PAGES = 64
REFUSED = 20            # segments sent again: more than loss makes them


# --- what rules need ------------------------------------------------------

def _kb(pages):
    return f"{pages * 4} kB"


def refill_in_reclaim(run):
    for task in waits.refill_tasks(run):
        if task.has(*waits.RECLAIM):
            return f"{task.name} is in direct reclaim: " \
                f"{waits.brief(task, waits.KEEP)}"
    return None


def circle_through_refill(run):
    chain = run.chain
    # What received packets a moment later was no circle.
    if chain.closed and "receive" in chain.keys() and not run.moved(0):
        return "the waits close a circle: " + " > ".join(
            link.who for link in chain.links)
    return None


def guest_is_deaf(run):
    return "; ".join(run.deaf()) or None


def nothing_is_received(run):
    return circle_through_refill(run) or guest_is_deaf(run)


def swap_on_nfs(run):
    return "swap is a file on NFS" if run.swap == "nfs" else None


def writeback_is_most(run):
    return run.mostly_writeback()


def free_below_min(run):
    memory = run.memory
    low = [z for z in memory.zones if z["free"] < z["min"]] if memory else []
    # A small zone below its mark means little.
    if low and sum(z["min"] for z in low) * 2 >= memory.min:
        return "; ".join(f"zone {z['zone']}: {z['free']} pages free, min "
                         f"{z['min']}" for z in low)
    return None


def swap_is_free(run):
    memory = run.memory
    if not memory or not memory.swap_total or memory.swap_free is None:
        return None
    if memory.swap_free < memory.swap_total / 10:
        return None
    return (f"{memory.swap_free} of {memory.swap_total} kB of swap are free")


def oom_killed(run):
    if not run.console.ooms:
        return None
    oom = run.console.ooms[-1]
    return (f"OOM killer, called by {oom.who} ({oom.gfp}), killed " +
            (", ".join(f"{comm} ({pid})" for pid, comm in oom.killed)
             or "nobody"))


def oom_or_hang(run):
    return oom_killed(run) or (
        f"verdict {run.verdict}" if run.verdict in ("HUNG", "TIMED-OUT")
        else None)


def oom_or_empty(run):
    return oom_killed(run) or reserve_ran_out(run)


def allocations_failed(run):
    return reserve_ran_out(run) or skb_failures(run)


def skb_failures(run):
    lines = run.console.find(r"SLUB: Unable to allocate|"
                             r"page allocation failure")
    caches = run.console.find(r"cache: skbuff\w*")
    if not lines:
        return None
    return (f"{lines[0]}" + (f"; {caches[0]}" if caches else "") +
            (f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""))


def deadlock_panic(run):
    found = run.console.find(r"System is deadlocked on memory")
    return found[0] if found else None


def stale_int3(run):
    found = run.console.find(r"Oops: int3|int3: 0000 \[#")
    return found[0] if found else None


def crashed(run):
    found = run.console.find(
        r"Kernel panic|Oops:|general protection|BUG: unable|kernel BUG at")
    return found[0] if found else None


def reconnect_waits(run):
    """Who makes a new connection, and waits itself."""
    for task in run.blocked:
        if task.comm.startswith(("nbd-client", "nbdkeep")) or task.has(
                "xs_tcp_setup_socket", "xs_connect", "nbd_reconnect_socket",
                "nbd_genl_reconfigure", "nfs4_run_state_manager"):
            if task.has(*waits.RECLAIM, "__alloc_pages_slowpath",
                        "throttle_direct_reclaim", *waits.SWAP_IN):
                return f"{task.name} waits for {waits.where(task)}: " \
                    f"{waits.brief(task, waits.KEEP)}"
    return None


def connection_ended(run):
    host = run.capture.get("to_guest")
    if not isinstance(host, dict):
        return None
    if host.get("rst") or host.get("fin"):
        return ("capture: the server's end closed the last connection "
                f"({host.get('fin', 0)} FIN, {host.get('rst', 0)} RST)")
    if run.capture.get("from_guest", {}).get("syn") and not host.get("syn"):
        return "capture: the guest's SYN was not answered"
    return None


def sender_waits(run):
    for task in run.tasks:
        wait = waits.classify(task)
        if wait and wait.key == "send-room":
            return f"{task.name}: {waits.brief(task, waits.KEEP)}"
    return None


def nothing_unacked(run):
    sockets = run.swap_sockets
    if sockets and all(s["tx_queue"] == 0 for s in sockets):
        return sockets[0]["text"]
    return None


def _inside_send(task):
    """What a task that sends a swap request does inside tcp_sendmsg(), or
    nothing: also if it was interrupted and receives."""
    if not task.has(*waits.NBD_SEND, *RPC_SEND):
        return []
    inner = task.waiting_in
    for i, function in enumerate(inner):
        if function in SOFTIRQ:
            return []
        if function in ("tcp_sendmsg_locked", "tcp_sendmsg"):
            return inner[:i]
    return []


def sender_allocates(run):
    for task in run.tasks:
        inside = _inside_send(task)
        if any(f in inside for f in (*waits.RECLAIM, "__alloc_pages_slowpath",
                                     "throttle_direct_reclaim")):
            return f"{task.name} allocates while it sends: " \
                f"{waits.brief(task, waits.KEEP, 6)}"
    return None


def _has_reserve(memory):
    """Are there free pages which an allocation that may ignore the watermarks
    would have got?"""
    return memory and memory.zones and \
        memory.free >= max(RESERVE_PAGES, memory.min / 8)


def _send_failures(run, reserve):
    """Page allocations that failed below the sending of a request, with or
    without a reserve to take from."""
    failed = [t for t in run.console.failures if _inside_send(t) and t.memory
              and bool(_has_reserve(t.memory)) is reserve]
    if not failed:
        return None
    memory = failed[-1].memory
    count = "a page allocation" if len(failed) == 1 else \
        f"{len(failed)} page allocations"
    return (f"{count} of who sends requests failed "
            f"({failed[-1].mode}) with {memory.free} pages free (min "
            f"{memory.min}) and {memory.writeback} under writeback: "
            f"{failed[-1].comm}: {waits.brief(failed[-1], waits.KEEP)}")


def sender_failed(run):
    return _send_failures(run, True)


def reserve_ran_out(run):
    return _send_failures(run, False)


def reserve_is_there(run):
    memory = run.memory
    if not _has_reserve(memory):
        return None
    return f"{memory.free} pages are free (min {memory.min})"


def sender_has_no_memory(run):
    if found := sender_failed(run) or sender_allocates(run):
        return found
    waiting, empty = sender_waits(run) or rpcs_to_send(run), \
        nothing_unacked(run)
    if waiting and empty:
        return f"{waiting}; yet {empty}: it waits for memory, not for ACKs"
    return None


def rpcs_to_send(run):
    """NFS sends without waiting: what can't be sent stays in a queue."""
    count = sum(1 for line in run.rpc() if "q:xprt_sending" in line)
    if count and run.verdict == "HUNG":
        return f"{count} RPCs wait to be sent"
    return None


def corrupt(run):
    if run.verdict != "CORRUPT":
        return None
    count = run.result.get("stress_mismatches")
    return f"{count or 'some'} pages came back from swap with other content"


def protection_off(run):
    words = {"pf_memalloc", "no_watermarks", "sock_memalloc"}
    off = [w for w in re.split(r"[,+]", run.off) if w in words]
    return f"switched off: {', '.join(off)}" if off else None


def tcp_memory(run):
    """TCP's own limit, which a flood and the swap connection share."""
    limits = run.values.get("tcp_mem", "").split()
    used = None
    for line in run.files.get("sockstat", []):
        if match := re.match(r"TCP: .*\bmem (\d+)", line):
            used = int(match[1])
    pressed = any(re.match(r"TCP\s+\d+\s+\d+\s+\d+\s+yes", line)
                  for line in run.files.get("protocols", []))
    if used is None or len(limits) != 3 or not limits[1].isdecimal():
        return None
    if used >= int(limits[1]) or pressed:
        return (f"TCP holds {used} pages; tcp_mem is {' '.join(limits)}" +
                (", under pressure" if pressed else ""))
    return None


def held_by_limit(run):
    """What the limit does to the swap connection: to what it would send, or,
    one segment at a time getting through, to what it receives."""
    if (waiting := sender_waits(run)) and (idle := nothing_unacked(run)):
        return f"{waiting}; {idle}"
    again = (run.capture.get("to_guest") or {}).get("retransmits") or 0
    if again < REFUSED:
        return None
    closed = run.capture["from_guest"].get("zero_windows") or 0
    found = (f"capture: the server had to send {again} segments again, and "
             f"the guest closed its window {closed} times")
    if drops := run.counters.get("TCPRcvQDrop"):
        found += f"; TCPRcvQDrop {drops}"
    return found


def kswapd_is_blocked(run):
    for task in run.tasks:
        if task.comm.startswith("kswapd") and (wait := waits.classify(task)):
            return f"{task.name} waits for {wait.text}: " \
                f"{waits.brief(task, waits.KEEP)}"
    return None


def tasks_throttled(run):
    count = sum(1 for t in run.tasks
                if (w := waits.classify(t)) and w.key == "throttle")
    return f"{count} tasks in throttle_direct_reclaim" if count else None


def load_got_on(run):
    ticks = run.ticks()
    if run.verdict != "TIMED-OUT" or len(ticks) < 10:
        return None
    first, last = ticks[-10], ticks[-1]
    pages = last.get("pages", 0) - first.get("pages", 0)
    requests = last.get("requests", 0) - first.get("requests", 0)
    if not pages and not requests:
        return None
    text = (f"in its last {last.get('tick', 0) - first.get('tick', 0)} "
            f"seconds the load got on by {pages} pages, and {requests} swap "
            "requests ended")
    if empty := reserve_ran_out(run):
        text += f"; before that {empty}"
    return "; ".join([text] + [
        f"{count} {name}s ended between two looks, after {queued} ms in queues "
        f"and {waited} ms at the server"
        for name, count, queued, waited in run.operations()])


# --- the rules ------------------------------------------------------------

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
            f"writeback, {_kb(memory.free)} free (min {_kb(memory.min)}), "
            f"with {memory.swap_free} kB of swap to spare.")
    if oom_killed(run):
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
         (stale_int3,), (stale_int3,),
         "QEMU's TCG with several threads let one CPU run into the int3 of a "
         "code patch that another CPU had finished already. No kernel in the "
         "field does: this run says nothing about the kernel, repeat it."),
    Rule("corrupt", "memory came back from swap with other content",
         (corrupt,), (corrupt,),
         "The content check failed: not a wait, but data that was lost, "
         "swapped with another page's, or old."),
    Rule("reconnect-in-reclaim",
         "the connection that swap needs can't be made again without memory",
         (Run.not_connected, reconnect_waits), (connection_ended,),
         "The connection to the swap server is lost, and who has to make a "
         "new one waits for memory, which swap would give, or for a page "
         "that is in swap itself."),
    Rule("nic-refill-reclaim", _refill_title,
         (refill_in_reclaim, nothing_is_received),
         (circle_through_refill, guest_is_deaf), _refill_text),
    Rule("tcp-memory-limit", "TCP's memory limit holds the swap connection",
         (tcp_memory, held_by_limit), (tcp_memory,),
         "The limit of all TCP memory (tcp_mem) is used up, by other sockets. "
         "It holds for the swap connection too, SOCK_MEMALLOC or not: its "
         "replies are dropped unless its queue is empty, its window closes, "
         "or it waits to be given memory although nothing it has sent is "
         "unacknowledged."),
    Rule("no-reserve-for-sender", "the sender of swap requests gets no memory",
         (sender_has_no_memory, reserve_is_there), (protection_off,),
         _sender_text),
    # After those which may be why the kernel lost it.
    Rule("server-gone", "the swap server's connection is gone",
         (Run.server_is_gone,), (connection_ended,),
         "The connection to the swap server ended or timed out, so swap "
         "requests fail or wait for a new one: not a circle in the guest."),
    Rule("unbounded-fs-writeback",
         "more swap writes in flight to the file system than memory can bear",
         (swap_on_nfs, oom_or_hang, writeback_is_most, free_below_min,
          swap_is_free), (oom_or_empty, allocations_failed), _writeback_text),
    Rule("memory-deadlock", "panic: nothing left that the OOM killer may kill",
         (deadlock_panic,), (deadlock_panic, swap_is_free),
         "The OOM killer found no process to kill and ended the kernel."),
    Rule("oom-while-swap-free", "OOM kill with swap space free",
         (oom_killed, swap_is_free), (free_below_min,),
         "The OOM killer took a process although swap had room: reclaim made "
         "no progress in all its tries. Which wait kept it from progress is "
         "in the lists below."),
    Rule("crashed", "the kernel crashed", (crashed,), (crashed,),
         "Not a circle of waits but an error of the kernel: see the first "
         "splat of the console."),
    Rule("kswapd-waits", "all wait for kswapd, and kswapd waits",
         (kswapd_is_blocked, tasks_throttled),
         (lambda run: "the chain is closed" if run.chain.certain else None,),
         _throttle_text),
    Rule("slow-progress", "no circle: slow, not hung", (load_got_on,),
         (load_got_on,), _slow_text),
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

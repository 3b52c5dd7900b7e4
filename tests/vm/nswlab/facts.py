# SPDX-License-Identifier: GPL-2.0
"""What the rules of rules.py ask of a run: each function returns its evidence
as text, or None."""

import re

from . import waits

RPC_SEND = ("xs_tcp_send_request", "xprt_transmit", "xprt_sock_sendmsg")
SOFTIRQ = {"handle_softirqs", "__do_softirq", "do_softirq", "net_rx_action",
           "__napi_poll"}
RESERVE_PAGES = 64
REFUSED = 20            # segments sent again: more than loss makes them


def kb(pages):
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


def memory_is_held(run):
    memory = run.memory
    if not memory or memory.held < memory.managed / 2 or not memory.held:
        return None
    return (f"{memory.held} of {memory.managed} pages are neither free nor "
            f"where reclaim looks, {memory.anon} on the anonymous lists")


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
    # It comes and goes: at the end it may be just below.
    times = run.counters.get("TCPMemoryPressures") or 0
    if used < int(limits[1]) and not pressed and not times:
        return None
    found = (f"TCP holds {used} pages; tcp_mem is {' '.join(limits)}" +
             (", under pressure" if pressed else ""))
    if times:
        found += f"; TCPMemoryPressures {times}"
        if ms := run.counters.get("TCPMemoryPressuresChrono"):
            found += f", for {ms} ms in all"
    return found


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

# SPDX-License-Identifier: GPL-2.0
"""What a task waits for, who provides it, and whether that closes a circle.

A chain is built from a run's evidence alone: the stack of a task says what it
waits for, the table below who provides that, and then it is that one's turn.
What the evidence does not name ends the chain.
"""

from dataclasses import dataclass, field

MUTEX = {"__mutex_lock", "mutex_lock", "__mutex_lock_slowpath",
         "mutex_lock_nested", "mutex_lock_io", "mutex_lock_killable",
         "__mutex_lock_killable_slowpath", "mutex_lock_interruptible"}
RWSEM = {"rwsem_down_read_slowpath", "rwsem_down_write_slowpath",
         "down_read", "down_write", "__down_read", "__down_write",
         "down_read_killable", "down_write_killable"}
COMPLETION = {"wait_for_completion", "wait_for_completion_timeout",
              "wait_for_completion_killable", "wait_for_completion_io",
              "wait_for_completion_interruptible", "wait_for_common"}
PAGE_WAIT = {"folio_wait_bit_common", "folio_wait_bit", "__folio_lock",
             "__folio_lock_or_retry", "folio_wait_writeback",
             "folio_wait_bit_killable", "__folio_lock_killable"}
RECLAIM = ("try_to_free_pages", "do_try_to_free_pages", "shrink_node",
           "balance_pgdat", "shrink_folio_list", "shrink_one",
           "try_to_free_mem_cgroup_pages", "__alloc_pages_direct_reclaim",
           "__perform_reclaim")
SWAP_IN = ("do_swap_page", "swapin_readahead", "swap_read_folio",
           "swap_readpage", "read_swap_cache_async")
NBD_QUEUE = ("nbd_queue_rq", "nbd_handle_cmd", "nbd_pending_cmd_work")
NBD_SEND = ("__sock_xmit", "sock_xmit", "nbd_send_cmd")
REFILL = ("refill_work", "try_fill_recv")

NEAR = 4        # how far inside its stack a task's wait is looked for


@dataclass(frozen=True)
class Wait:
    """One row: AT one of the innermost functions, VIA further out."""
    key: str
    at: frozenset
    via: tuple
    where: str          # short, for tables
    text: str           # what it waits for


def _row(key, at, via, where, text):
    return Wait(key, frozenset(at), tuple(via), where, text)


# The first that matches counts.
WAITS = [
    _row("send-room", {"sk_stream_wait_memory"}, NBD_QUEUE,
         "send buffer of the swap connection",
         "room in the send buffer of the swap connection"),
    _row("send-room-other", {"sk_stream_wait_memory"}, (),
         "TCP send buffer", "room in a TCP send buffer"),
    _row("nbd-lock", MUTEX, NBD_QUEUE,
         "nbd's send lock", "nbd's lock around sending (tx_lock)"),
    _row("throttle", {"throttle_direct_reclaim"}, (),
         "throttle_direct_reclaim",
         "kswapd to bring back half of the reserve"),
    _row("request-tag", {"blk_mq_get_tag"}, (),
         "block request", "a free request of the block device"),
    _row("queue-limit", {"rq_qos_wait", "wbt_wait"}, (),
         "block writeback limit", "other writes to the block device to end"),
    _row("bio-pool", {"mempool_alloc"}, ("bio_alloc_bioset",),
         "bio pool", "a bio, that is, a swap request to end"),
    _row("sio-pool", {"mempool_alloc"},
         ("swap_writepage", "swap_writepage_fs", "__swap_writepage",
          "swap_read_folio", "swap_readpage"),
         "sio_pool", "one of the swap writes to the file system to end, "
         "which returns its sio to the pool"),
    _row("rpc-pool", {"mempool_alloc"},
         ("rpc_malloc", "rpc_alloc_task", "rpc_new_task", "nfs_writehdr_alloc",
          "nfs_pgio_header_alloc", "unx_marshal", "rpc_execute"),
         "RPC or NFS pool", "another RPC to end, which returns to the pool"),
    _row("pool", {"mempool_alloc"}, (), "mempool",
         "an element of a mempool"),
    _row("swap-read", PAGE_WAIT | {"submit_bio_wait"}, SWAP_IN,
         "page from swap", "a page that is being read from swap"),
    _row("page-writeback", PAGE_WAIT, (),
         "page", "a page that is locked or being written"),
    _row("reclaim-pause", {"reclaim_throttle", "congestion_wait"}, (),
         "reclaim_throttle", "pages under writeback (a pause with an end)"),
    _row("rpc", {"rpc_wait_bit_killable", "rpc_wait_for_completion_task",
                 "__rpc_wait_for_completion_task", "__rpc_execute",
                 "nfs4_wait_clnt_recover", "nfs_wait_client_init_complete"},
         (), "RPC", "an answer of the NFS server"),
    _row("nfs-io", {"nfs_direct_wait", "nfs_file_direct_write",
                    "nfs_file_direct_read", "nfs_wait_on_request",
                    "nfs_iocounter_wait"} | COMPLETION,
         ("nfs_file_direct_write", "nfs_file_direct_read", "nfs_swap_rw"),
         "NFS direct I/O", "an answer of the NFS server"),
    _row("new-thread", COMPLETION, ("__kthread_create_on_node",),
         "new kernel thread", "kthreadd to make a kernel thread"),
    _row("work", COMPLETION, ("__flush_work", "__flush_workqueue",
                              "flush_work", "cancel_work_sync"),
         "work item", "a work item to end"),
    _row("rcu", COMPLETION | {"synchronize_rcu_normal",
                              "synchronize_rcu_expedited"},
         ("__wait_rcu_gp", "wait_rcu_gp", "synchronize_rcu",
          "synchronize_rcu_normal", "synchronize_rcu_expedited"),
         "RCU", "an RCU grace period"),
    _row("socket-lock", {"__lock_sock", "lock_sock_nested", "lock_sock"}, (),
         "socket lock", "whoever holds the lock of the socket"),
    _row("allocator", {"__alloc_pages_slowpath", "__alloc_pages_may_oom",
                       "out_of_memory", "should_reclaim_retry"}, (),
         "page allocator", "free pages"),
    _row("mutex", MUTEX, (), "mutex", "a mutex"),
    _row("rwsem", RWSEM, (), "rw_semaphore", "a rw_semaphore"),
    _row("completion", COMPLETION, (), "completion", "a completion"),
]
RUNNING = _row("reclaiming", (), RECLAIM, "running in reclaim",
               "a page that can be reclaimed, and looks for one all the time")
# Sleeps that end by themselves or are rest, even in state D.
REST = {"kswapd_try_to_sleep", "worker_thread", "rescuer_thread",
        "do_nanosleep", "smpboot_thread_fn", "do_exit", "kthread_worker_fn"}


def classify(task):
    """The Wait of a task that is not at rest, or None."""
    inner = task.waiting_in
    near = set(inner[:NEAR])
    if task.state == "I" or near & REST:
        return None
    for wait in WAITS:
        if near & wait.at and (not wait.via or task.has(*wait.via)):
            if task.state in "DR" or wait.key.startswith("send-room"):
                return wait
    if task.state == "R" and task.has(*RECLAIM) and \
            not task.has("write_sysrq_trigger"):
        return RUNNING
    if task.state == "D" and inner:
        return Wait("other", frozenset(), (), inner[0],
                    f"something in {inner[0]}()")
    return None


def where(task):
    wait = classify(task)
    if not wait:
        return ""
    if wait.key in ("mutex", "rwsem", "completion", "pool"):
        caller = next((f for f in task.waiting_in if f not in wait.at), "")
        return f"{wait.where} in {caller}" if caller else wait.where
    return wait.where


def what_for(task):
    """Why it allocates or waits at all: its outermost purpose."""
    if task.has(*REFILL):
        return "refills the NIC's receive ring"
    if task.has("balance_pgdat", "kswapd"):
        return "is kswapd"
    if task.has("kthreadd"):
        return "makes kernel threads"
    if task.has("blk_mq_run_work_fn", "blk_mq_requeue_work",
                "nbd_pending_cmd_work"):
        return "sends queued requests"
    if task.has("rpc_async_schedule"):
        return "sends RPCs"
    if task.has("xs_stream_data_receive_workfn"):
        return "receives RPC replies"
    if task.has("do_swap_page"):
        return "reads a page from swap"
    if task.has("exc_page_fault", "handle_mm_fault"):
        return "a page fault"
    return ""


def brief(task, keep=(), length=4):
    """The stack in one line: its innermost functions, and those in KEEP."""
    inner = task.waiting_in
    if classify(task) is RUNNING:
        # What it does at this moment is chance.
        first = next(i for i, f in enumerate(inner) if f in RECLAIM)
        inner = inner[first:]
    shown, skipped = [], False
    for i, function in enumerate(inner):
        if i < length or function in keep:
            if skipped:
                shown.append("...")
            shown.append(function)
            skipped = False
        else:
            skipped = True
    text = " < ".join(shown)
    return text if task.sure else text + " (found on the stack of a running" \
        " task)"


KEEP = {"nbd_queue_rq", "nbd_handle_cmd", "try_to_free_pages", "balance_pgdat",
        "try_fill_recv", "refill_work", "swap_writepage", "shrink_node",
        "do_swap_page", "mempool_alloc", "__sock_xmit", "sock_xmit",
        "blk_mq_run_work_fn",
        "tcp_sendmsg_locked", "rpc_async_schedule", "nfs_swap_rw",
        "throttle_direct_reclaim", "kthreadd", "do_anonymous_page"}


@dataclass
class Link:
    who: str
    waits_for: str
    evidence: list
    key: str = ""
    proved: bool = True
    pid: int | None = None

    def as_dict(self):
        return {"who": self.who, "waits_for": self.waits_for,
                "evidence": self.evidence, "certain": self.proved}


@dataclass
class Chain:
    links: list = field(default_factory=list)
    closed: bool = False        # does the last wait for one before it?
    open_end: str = ""          # or what is not known

    @property
    def certain(self):
        return self.closed and all(link.proved for link in self.links)

    def keys(self):
        return [link.key for link in self.links]


def refill_tasks(run):
    return [t for t in run.tasks if t.has("refill_work")
            and t.has("try_fill_recv")]


def send_lock_holder(run):
    """Who is past nbd's lock and has not left it: there is one lock for each
    connection, and it is held while a request is being sent."""
    return [t for t in run.tasks
            if t.has(*NBD_QUEUE) and t.has(*NBD_SEND) and t.state != "I"]


def lock_owner(run, task):
    """By lockdep: who holds the lock that TASK, by its last entry, wants."""
    wanted = run.console.locks.get(task.pid)
    if not wanted:
        return None
    address = wanted[-1][0]
    for other in run.tasks:
        held = run.console.locks.get(other.pid, [])
        if other.pid != task.pid and any(a == address for a, _, _ in held):
            wait = classify(other)
            # A waiter's last entry is what it waits for, not what it has.
            if wait and wait.key in ("mutex", "rwsem", "nbd-lock") and \
                    held[-1][0] == address:
                continue
            return other
    return None


def _receive(run):
    """The link of the receive path, and the task that has stopped it."""
    stopped = refill_tasks(run)
    evidence = run.receive_evidence()
    if not stopped:
        return None, None
    task = stopped[0]
    evidence = [f"{task.name}: {brief(task, KEEP)}"] + [
        f"workqueue: {line}" for line in dict.fromkeys(run.console.workers)
        if line.startswith("in-flight:") and "refill_work" in line] + evidence
    link = Link("receive path of the NIC (NAPI)",
                "refill_work to end: it has switched NAPI off before it "
                "allocates (virtio_net, refill_work(): napi_disable())",
                evidence, "receive", bool(run.deaf()))
    return link, task


class _Builder:
    def __init__(self, run):
        self.run = run
        self.chain = Chain()
        self.seen = set()

    def close(self, what):
        if what in self.seen:
            self.chain.closed = True
            return True
        self.seen.add(what)
        return False

    def end(self, text):
        self.chain.open_end = text

    def task(self, task):
        if self.close(task.pid):
            return
        wait = classify(task)
        if not wait:
            self.end(f"{task.name} does not wait")
            return
        link = Link(task.name, wait.text, [brief(task, KEEP)], wait.key,
                    pid=task.pid)
        purpose = what_for(task)
        if purpose:
            link.who += ", " + purpose
        if task.has(*RECLAIM) and wait is not RUNNING:
            link.waits_for += ", in " + (
                "kswapd's reclaim" if task.has("balance_pgdat")
                else "direct reclaim")
        self.chain.links.append(link)
        # A method per kind of wait; those without one end the chain.
        step = getattr(self, "_" + wait.key.replace("-", "_"), None)
        if step:
            step(task, link)
        else:
            self.end(f"who provides it is not known: {wait.text}")

    # --- who provides it --------------------------------------------------

    def _send_room(self, task, link):
        sockets = self.run.swap_sockets
        link.evidence += [s["text"] for s in sockets]
        if sockets and all(s["tx_queue"] == 0 for s in sockets):
            link.waits_for = ("memory to send from: nothing that it has sent "
                              "is unacknowledged")
            self.end("the send path waits for memory, not for ACKs")
            return
        if not sockets:
            link.proved = False
        else:
            link.waits_for += ", that is, for ACKs of what is in it"
        self.receive()

    def _nbd_lock(self, task, link):
        holders = [t for t in send_lock_holder(self.run)
                   if t.pid != task.pid]
        if not holders:
            self.end("who holds nbd's lock is not in the stacks")
            return
        self.task(holders[0])

    def _throttle(self, task, link):
        kswapd = [t for t in self.run.tasks if t.comm.startswith("kswapd")]
        if not kswapd:
            self.end("kswapd is not in the stacks")
        elif not classify(kswapd[0]):
            self.end("kswapd sleeps or runs")
        else:
            self.task(kswapd[0])

    def _allocator(self, task, link):
        """Below the watermark an allocation waits for pages to be freed."""
        kswapd = [t for t in self.run.tasks if t.comm.startswith("kswapd")
                  and classify(t) and t.pid != task.pid]
        if not kswapd:
            self.end("who frees pages is not known")
            return
        link.waits_for = "free pages, that is, for reclaim, kswapd's first"
        self.task(kswapd[0])

    def _reply(self, task, link):
        """Something that the server's answer to a request gives back."""
        link.evidence += self.run.in_flight()
        senders = [t for t in send_lock_holder(self.run) if t.pid != task.pid]
        if senders and classify(senders[0]):
            self.task(senders[0])
        else:
            self.receive()

    def _reclaiming(self, task, link):
        written = self.run.mostly_writeback()
        if not written and task.has(*NBD_SEND):
            # GFP_NOIO: what it could free without writing is free already.
            self._allocator(task, link)
            return
        if not written:
            self.end("why reclaim finds no page is not in the evidence")
            return
        link.waits_for = ("a page that can be reclaimed; nearly all wait for "
                          "their swap write to end, that is, for the "
                          "server's reply")
        link.evidence.append(written)
        self._reply(task, link)

    _request_tag = _queue_limit = _bio_pool = _swap_read = _reply
    _page_writeback = _reclaim_pause = _reply
    _sio_pool = _rpc_pool = _rpc = _nfs_io = _reply

    def _new_thread(self, task, link):
        kthreadd = [t for t in self.run.tasks if t.comm == "kthreadd"]
        if kthreadd and classify(kthreadd[0]):
            self.task(kthreadd[0])
        else:
            self.end("kthreadd does not wait")

    def _owned(self, task, link):
        owner = lock_owner(self.run, task)
        if owner:
            link.evidence += [f"lockdep: {lock} at {at}" for _, lock, at in
                              self.run.console.locks[task.pid][-1:]]
            self.task(owner)
        else:
            self.end("who holds the lock is not known without lockdep")

    _mutex = _rwsem = _owned

    def receive(self):
        if self.close("receive"):
            return
        link, task = _receive(self.run)
        if not link:
            self.end("the connection to the server is gone"
                     if self.run.server_is_gone() else
                     "nothing in the guest is known to stop receiving")
            return
        self.chain.links.append(link)
        self.task(task)


def build(run, start=None):
    """The chain from START, or from where a circle is most likely begun."""
    candidates = [start] if start else (
        refill_tasks(run) + send_lock_holder(run) +
        [t for t in run.tasks if t.comm.startswith("kswapd")] +
        run.blocked)
    best = Chain()
    for task in candidates[:8]:
        if not classify(task):
            continue
        builder = _Builder(run)
        builder.task(task)
        if builder.chain.closed:
            return builder.chain
        if len(builder.chain.links) > len(best.links):
            best = builder.chain
    return best


def groups(run):
    """Waits of all blocked tasks, most frequent first: (wait, tasks)."""
    found = {}
    for task in run.blocked:
        found.setdefault(where(task), []).append(task)
    return sorted(found.items(), key=lambda g: (-len(g[1]), g[0]))

# SPDX-License-Identifier: GPL-2.0
"""The kernel's console, parsed: tasks and their stacks, memory, locks.

Written for what 6.1 to 6.12 print, by sysrq, by the OOM killer and by the
hung-task detector.  The text is a guest's and may be cut, interleaved or
garbage: whatever does not look as expected is passed over.
"""

import re
from dataclasses import dataclass, field

STAMP = re.compile(r"^(?:<\d+>)?\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?")
TASK = re.compile(r"^task:(.{1,15}?)\s+state:(\S)\s.*?\spid:\s*(\d+)")
FRAME = re.compile(r"^\s*(\? )?([A-Za-z_][\w.]*)\+0x[0-9a-f]+/0x[0-9a-f]+")
SUFFIX = re.compile(r"(?:\.(?:constprop|isra|part|cold)(?:\.\d+)*)+$")
PAIR = re.compile(r"([\w()]+):\s*(\d+)")
# Without CONFIG_NUMA there is no "Node 0".
ZONE = re.compile(r"^(?:Node (\d+) )?(\w+) free:(\d+)kB (?:boost:\d+kB )?"
                  r"min:(\d+)kB low:(\d+)kB high:(\d+)kB")
MANAGED = re.compile(r"\bmanaged:(\d+)kB")
KILLED = re.compile(r"Killed process (\d+) \((.*?)\)")
FAILED = re.compile(r"^(.{1,15}): page allocation failure: order:(\d+), "
                    r"mode:(\S+?),")
INVOKED = re.compile(r"^(.*) invoked oom-killer: gfp_mask=(\S+?), order=(\d+)")
HELD = re.compile(r"^\d+ locks? held by (.+)/(\d+)[:,]")
LOCK = re.compile(r"^ *#\d+: ([0-9a-f]+) \((.+)\)\{.*\}.*, at: (\S+?)\+0x")

# What a stack begins with, and says nothing about the wait.
SCHEDULING = {
    "__schedule", "schedule", "schedule_preempt_disabled", "schedule_timeout",
    "schedule_timeout_uninterruptible", "schedule_timeout_killable",
    "io_schedule", "io_schedule_timeout", "preempt_schedule_common",
    "preempt_schedule", "__cond_resched", "bit_wait", "bit_wait_io",
    "__wait_on_bit", "__wait_on_bit_lock", "out_of_line_wait_on_bit",
    "wait_woken", "schedule_hrtimeout_range", "schedule_rtlock",
    "schedule_hrtimeout_range_clock", "rt_mutex_schedule",
    "context_switch", "__wait_for_common",
    # and of one that failed
    "dump_stack", "dump_stack_lvl", "warn_alloc",
}
PAGE_KB = 4
STACK_MAX = 200
FAILURES_MAX = 1000


@dataclass
class Task:
    pid: int
    comm: str
    state: str
    workqueue: str = ""
    stack: list = field(default_factory=list)       # innermost first
    # Of a task that runs the unwinder is not sure, and marks all with "?".
    found: list = field(default_factory=list)
    mode: str = ""                  # of an allocation that failed,
    memory: object = None           # and its Mem-Info

    def settle(self):
        self.sure = bool(self.stack)
        if not self.stack:
            self.stack = self.found
        self.functions = frozenset(self.stack)

    def has(self, *functions):
        """Is one of them in the stack?"""
        return not self.functions.isdisjoint(functions)

    @property
    def waiting_in(self):
        """The stack from the wait on, without the scheduler."""
        for i, function in enumerate(self.stack):
            if function not in SCHEDULING:
                return self.stack[i:]
        return []

    @property
    def name(self):
        # "events refill_work [virtio_net]"; of one at rest "0x0 (events)"
        work = self.workqueue.split()
        what = ""
        if len(work) > 1 and not work[0].startswith("0x"):
            what = " " + work[1]
        return f"{self.comm}{what} (pid {self.pid})"


@dataclass
class Memory:
    """One Mem-Info: pages, but swap in kB."""
    cause: str                          # "oom", "sysrq" or "failure"
    counts: dict = field(default_factory=dict)
    zones: list = field(default_factory=list)
    managed: int = 0                    # 0: not known
    swap_free: int | None = None
    swap_total: int | None = None

    @property
    def anon(self):
        return sum(self.counts.get(k, 0) for k in
                   ("active_anon", "inactive_anon", "isolated_anon(anon)",
                    "isolated_anon"))

    @property
    def writeback(self):
        return self.counts.get("writeback", 0)

    @property
    def held(self):
        """Pages that are neither free nor anywhere where reclaim looks, and
        not the kernel's objects: buffers of sockets and drivers."""
        known = sum(self.counts.get(k, 0) for k in (
            "active_file", "inactive_file", "unevictable", "free_pcp",
            "slab_reclaimable", "slab_unreclaimable", "pagetables"))
        return max(self.managed - known - self.anon - self.free, 0)

    @property
    def free(self):
        return sum(z["free"] for z in self.zones)

    @property
    def min(self):
        return sum(z["min"] for z in self.zones)


@dataclass
class Oom:
    who: str
    gfp: str
    order: int
    memory: Memory | None = None
    killed: list = field(default_factory=list)      # (pid, comm)


def plain(function):
    """A function's name without what the compiler or 6.10 put behind it."""
    function = SUFFIX.sub("", function)
    return function[:-7] if function.endswith("_noprof") else function


class Console:
    def __init__(self, text):
        self.lines = [STAMP.sub("", line.rstrip("\r"))
                      for line in text.split("\n")]
        # By pid: the last that was said, and what was said just after the
        # OOM killer was called for the first time.
        self.tasks, self.oom_tasks = {}, {}
        self.memory = []
        self.ooms = []
        self.failures = []              # page allocations, as Tasks
        self.locks = {}                 # pid: [(address, lock, at), ...]
        self.lock_lines = []
        self.workers = []               # of busy workqueues
        self._parse()
        for task in (*self.tasks.values(), *self.oom_tasks.values(),
                     *self.failures):
            task.settle()
        self.cmdline = self._cmdline()

    def find(self, pattern, limit=20):
        """The lines that match, some of them."""
        search = re.compile(pattern).search
        found = []
        for line in self.lines:
            if search(line):
                found.append(line.strip())
                if len(found) == limit:
                    break
        return found

    def _cmdline(self):
        for line in self.lines:
            if line.startswith(("Command line: ", "Kernel command line: ")):
                return line.split(": ", 1)[1]
        return ""

    def parameter(self, name):
        """The value of netswap.NAME on the kernel's command line, or None."""
        found = re.findall(rf"(?:^| )netswap\.{re.escape(name)}=(\S*)",
                           self.cmdline)
        return found[-1] if found else None

    # Each line belongs to the task or block that was last begun: a CPU which
    # prints in between must not end either.
    def _parse(self):
        task = memory = None
        cause, section, holder = "sysrq", "", None
        for line in self.lines:
            if line.startswith("sysrq: "):
                section, task, memory, cause = line[7:], None, None, "sysrq"
                if section.startswith("Show Blocked"):
                    # A later dump is the whole truth.
                    self.tasks = {}
                    if self.ooms and not self.oom_tasks:
                        self.oom_tasks = self.tasks
                continue
            if match := TASK.match(line):
                task = Task(int(match[3]), match[1].strip(), match[2])
                self.tasks[task.pid] = task
                continue
            if match := INVOKED.match(line):
                self.ooms.append(Oom(match[1], match[2], int(match[3])))
                task, cause = None, "oom"
                continue
            if match := FAILED.match(line):
                cause, task = "failure", Task(0, match[1], "R")
                task.mode = f"order {match[2]}, {match[3]}"
                if len(self.failures) < FAILURES_MAX:
                    self.failures.append(task)
                continue
            if line.startswith("SLUB: Unable to allocate"):
                cause, task = "failure", None
            if line == "Mem-Info:":
                memory, task = Memory(cause), None
                self.memory.append(memory)
                if cause == "oom" and self.ooms:
                    self.ooms[-1].memory = memory
                if cause == "failure" and self.failures:
                    self.failures[-1].memory = memory
                cause = "sysrq"
                continue
            if match := HELD.match(line):
                holder, task = int(match[2]), None
                self.locks[holder] = []
                self.lock_lines.append(line.strip())
                continue
            if line.startswith("Showing "):
                task = None
            if task:
                if line.startswith("Workqueue: "):
                    task.workqueue = line[11:].strip()
                elif line.strip() == "</TASK>":
                    task = None
                elif match := FRAME.match(line):
                    stack = task.found if match[1] else task.stack
                    if len(stack) < STACK_MAX and \
                            not match[2].startswith("__pfx_"):
                        stack.append(plain(match[2]))
                continue
            if memory and self._memory_line(memory, line):
                continue
            if match := KILLED.search(line):
                if self.ooms:
                    self.ooms[-1].killed.append((int(match[1]), match[2]))
            elif holder and (match := LOCK.match(line)):
                self.locks[holder].append((match[1], match[2],
                                           plain(match[3])))
                self.lock_lines.append(line.strip())
            elif line.startswith(("workqueue ", "    in-flight: ",
                                  "    pending: ")):
                self.workers.append(line.strip())

    @staticmethod
    def _memory_line(memory, line):
        if match := ZONE.match(line):
            free, low_min, low, high = (int(match[i]) // PAGE_KB
                                        for i in range(3, 7))
            memory.zones.append({"zone": match[2], "node": int(match[1] or 0),
                                 "free": free, "min": low_min, "low": low,
                                 "high": high})
            if match := MANAGED.search(line):
                memory.managed += int(match[1]) // PAGE_KB
        elif line.startswith("Free swap"):
            memory.swap_free = _number(line)
        elif line.startswith("Total swap"):
            memory.swap_total = _number(line)
        elif line.lstrip().startswith(("active_anon:", "active_file:",
                                       "unevictable:", "slab_reclaimable:",
                                       "mapped:", "free:")):
            for name, value in PAIR.findall(line):
                memory.counts[name] = int(value)
        else:
            return False
        return True


def _number(line):
    found = re.search(r"(\d+)", line)
    return int(found[1]) if found else None

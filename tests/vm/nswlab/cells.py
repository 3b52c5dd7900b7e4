# SPDX-License-Identifier: GPL-2.0
"""What to run: scenarios, their parameters, and sets of cells.

A cell is a scenario on a kernel with parameters; a run is one guest that was
booted for it.  A scenario says in the head of its script what it proves, when
a run of it counts, what it needs in the guest, and which parameters it takes:

    # proves: one line
    # pressure: throttle reserve     (any of these must have come; or: none)
    # bins: netswap-top bpftool      (besides netswap itself)
    # selftests: mm/mem_reserve      (of the kernel's own, from its source)
    # sources: mm/mempool.c          (of plain 6.12, preprocessed)
    # cmdline: kunit.enable=1        (of the kernel's, besides the lab's own)
    # param mem=192   MiB of the guest
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

VM = Path(__file__).resolve().parent.parent

# What the lab itself understands, for every scenario: default, and text.
COMMON = {
    "swap": ("nbd", "nbd, nfs3, nfs41, nfs42 or none"),
    "flood": ("none", "none, tcp, udp or both"),
    "rate": ("2000", "datagrams per second of a udp flood"),
    "fault": ("none", "what the server does: kill, reset, resets (each half a"
              " second), silence, netem"),
    "later": ("0", "seconds that it does so later, where a load is slow to"
              " need swap"),
    "off": ("none", "protections switched off (kernels *-off), none or some of"
            " sock_memalloc,throttle,pf_memalloc,no_watermarks; of 6.12-patched"
            "-off also reserve,rx_reserve,floor,sock_limits,write_bound"),
    "nic": ("vmxnet3", "vmxnet3, virtio, e1000e, e1000 or rtl8139"),
    "area": ("", "MiB to swap to; empty: what the load takes, and at least "
             "1024 of NBD, 512 of NFS"),
    "mem": ("256", "MiB of the guest"),
    "cpus": ("2", "CPUs of the guest"),
    "numa": ("1", "nodes that its memory is split into (kernels *-debug)"),
    "icount": ("0", "1: time is instructions, of one CPU; for costs"),
    "timeout": ("180", "seconds until a run is TIMED-OUT"),
    "netswap": ("1", "0: run without it, for what it costs"),
    "capture": ("1", "0: no capture of the swap connection, for the same"),
    "hung": ("20", "seconds without progress until a run is HUNG"),
    "splat": ("", "a word of the warning that a run is to leave (a fault that is"
              " shown so)"),
    "mglru": ("", "0 or 1: multi-gen LRU off or on; empty: the kernel's"),
}

# A scenario has to do its part of these: who does says so in its head.
OWN = {"flood", "fault"}
NUMBERS = {"rate", "area", "mem", "cpus", "timeout", "hung", "mib", "procs",
           "min_free", "cycles", "rounds", "builds", "numa", "later"}
CHOICES = {
    "swap": {"nbd", "nfs3", "nfs41", "nfs42", "none"},
    "flood": {"none", "tcp", "udp", "both"},
    "fault": {"none", "kill", "reset", "resets", "silence", "netem"},
    "nic": {"vmxnet3", "virtio", "e1000e", "e1000", "rtl8139"},
    "mglru": {"", "0", "1"},
    "netswap": {"0", "1"},
    "capture": {"0", "1"},
    "icount": {"0", "1"},
    "guard": {"off", "monitor", "on"},
}
PROTECTIONS = {"sock_memalloc", "throttle", "pf_memalloc", "no_watermarks",
               "reserve", "rx_reserve", "floor", "sock_limits", "write_bound"}
PRESSURES = {"throttle", "reserve", "drop", "none"}
VERDICTS = ["COMPLETED", "OOM-KILLED", "HUNG", "TIMED-OUT", "CORRUPT",
            "CRASHED", "INVALID", "BROKEN"]


# What says nothing unless another parameter is one of some.
PARTS = {
    "rate": ("flood", {"udp", "both"}),
    "sinks": ("flood", {"tcp", "both"}),
    "rcvbuf": ("flood", {"tcp", "both"}),
    "read": ("flood", {"tcp", "both"}),
    "delay": ("fault", {"netem"}),
    "loss": ("fault", {"netem"}),
    "client": ("swap", {"nbd"}),
}

# Whatever is to be found out: the run says nothing, or memory is wrong.
NEVER_ANY = {"INVALID", "BROKEN", "CORRUPT"}


def accepts(expected, verdict):
    """Is it as expected?  "any" is what a measurement finds."""
    return verdict == expected or \
        (expected == "any" and verdict not in NEVER_ANY)


class CellError(Exception):
    """One line: what is wrong, and the remedy."""


@dataclass
class Scenario:
    name: str
    script: Path
    proves: str = ""
    pressure: set = field(default_factory=set)
    bins: list = field(default_factory=list)
    selftests: list = field(default_factory=list)
    sources: list = field(default_factory=list)
    cmdline: list = field(default_factory=list)
    params: dict = field(default_factory=dict)      # name: (default, text)
    own: set = field(default_factory=set)           # those of its head

    @property
    def check(self):
        path = self.script.parent / "check.sh"
        return path if path.exists() else None


def scenario(name):
    """Read the head of tests/vm/NAME/scenario.sh."""
    script = VM / name / "scenario.sh"
    if not re.fullmatch(r"\d{3}-[a-z0-9-]+", name) or not script.exists():
        raise CellError(f"no scenario or set '{name}': see 'tests/vm/lab list'")
    found = Scenario(name, script, params=dict(COMMON))
    for line in script.read_text().splitlines():
        if line and not line.startswith("#"):
            break
        if m := re.fullmatch(r"# (proves|pressure|bins|selftests|sources|"
                             r"cmdline): (.*)", line):
            key, text = m.groups()
            if key == "proves":
                found.proves = text
            elif key == "pressure":
                found.pressure = set(text.split())
            else:
                setattr(found, key, text.split())
        elif m := re.fullmatch(r"# param ([a-z_0-9]+)=(\S*)\s*(.*)", line):
            key, default, text = m.groups()
            if not text and key in COMMON:
                text = COMMON[key][1]
            found.params[key] = (default, text)
            found.own.add(key)
    if not found.proves or not found.pressure <= PRESSURES or \
            not found.pressure:
        raise CellError(f"{script}: its head lacks '# proves: TEXT' or "
                        "'# pressure: " + " | ".join(sorted(PRESSURES)) + "'")
    return found


def scenarios():
    return [scenario(p.parent.name) for p in sorted(VM.glob("*/scenario.sh"))]


@dataclass
class Cell:
    scenario: Scenario
    kernel: str
    given: dict                     # parameters other than the defaults
    runs: int = 1
    expected: str = "COMPLETED"     # or any: what a measurement finds

    def accepts(self, verdict):
        return accepts(self.expected, verdict)

    @property
    def params(self):
        every = {k: v[0] for k, v in self.scenario.params.items()}
        return every | self.given

    @property
    def name(self):
        words = [self.scenario.name, self.kernel]
        return " ".join(words + [f"{k}={v}" for k, v in self.given.items()])


def cell(name, kernel, words, runs=1, expected="COMPLETED"):
    """A cell of scenario NAME with 'key=value' WORDS."""
    found = scenario(name)
    given = {}
    for word in words:
        key, eq, value = word.partition("=")
        if not eq or key not in found.params:
            raise CellError(f"{name} has no parameter '{word}': give "
                            "KEY=VALUE, with KEY one of "
                            + ", ".join(sorted(found.params)))
        if key in OWN - found.own and value != "none":
            raise CellError(f"{name} takes no {key}: of those that do see "
                            "'tests/vm/lab list'")
        if key in CHOICES and value not in CHOICES[key]:
            raise CellError(f"{key}={value}: give one of "
                            + ", ".join(sorted(CHOICES[key] - {''})))
        if key == "off" and value != "none" and \
                not set(value.split(",")) <= PROTECTIONS:
            raise CellError(f"off={value}: give none, or with commas "
                            + ", ".join(sorted(PROTECTIONS)))
        if key in NUMBERS and not re.fullmatch(r"[1-9]\d{0,6}", value):
            raise CellError(f"{key}={value}: give a whole number, 1 or more")
        default = found.params[key][0]
        if re.fullmatch(r"\d+(\.\d+)?", default) and \
                not re.fullmatch(r"\d{1,10}(\.\d+)?", value):
            raise CellError(f"{key}={value}: give a number, as {default} is")
        if not re.fullmatch(r"[\w.,:/+-]*", value):
            raise CellError(f"{key}={value}: a value is one word of the "
                            "guest's kernel command line")
        given[key] = value
    params = {k: v[0] for k, v in found.params.items()} | given
    for key in given.keys() & PARTS.keys():
        other, values = PARTS[key]
        if params[other] not in values:
            raise CellError(f"{key}={given[key]} is for {other}="
                            + " or ".join(sorted(values))
                            + f", and {other} is {params[other]}")
    if expected not in VERDICTS + ["any"]:
        raise CellError(f"'{expected}' is no verdict: one of "
                        + ", ".join(VERDICTS) + ", or any")
    return Cell(found, kernel, given, runs, expected)


def sets():
    return sorted(p.name for p in (VM / "sets").iterdir())


def read_set(name):
    """The cells of sets/NAME: SCENARIO KERNEL RUNS EXPECTED [KEY=VALUE...]."""
    cells = []
    path = VM / "sets" / name
    for nr, line in enumerate(path.read_text().splitlines(), 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        try:
            if len(words) < 4 or not words[2].isdigit():
                raise CellError("give SCENARIO KERNEL RUNS EXPECTED "
                                "[KEY=VALUE...]")
            cells.append(cell(words[0], words[1], words[4:], int(words[2]),
                              words[3]))
        except CellError as err:
            raise CellError(f"{path}:{nr}: {err}") from None
    return cells


def select(what, kernels=None, runs=None):
    """The cells of a set, or the one cell that 'SCENARIO KEY=VALUE...' names."""
    words = what.split()
    if not words:
        raise CellError("give a set or a scenario: see 'tests/vm/lab list'")
    if words[0] in sets():
        cells = read_set(words[0])
        if words[1:]:
            raise CellError(f"{words[0]} is a set, and takes no parameters")
    else:
        cells = [cell(words[0], "6.12-cloud", words[1:])]
        kernels = kernels or ["6.12-cloud"]
    if kernels:
        cells = [Cell(c.scenario, k, c.given, c.runs, c.expected)
                 for k in kernels for c in _once(cells)]
    for c in cells:
        c.runs = runs or c.runs
    return cells


def _once(cells):
    """Cells that differ in their kernel alone are one where it is given."""
    seen = {}
    for c in cells:
        seen.setdefault((c.scenario.name, tuple(c.given.items())), c)
    return seen.values()

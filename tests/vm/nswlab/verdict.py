# SPDX-License-Identifier: GPL-2.0
"""What a run's files say: its verdict, and whether it counts."""

import json
import os
import re
import subprocess

from . import cells, diagnose
from .text import read

# What BPF counted, and the kernel's own number for it: name, key in `netswap
# show --json`, counter of the kernel, what one of it is; and whether both
# count at the same moment: the kernel counts a page when its transfer begins,
# and BPF when it ended, so in a guest that hangs they differ by what is in
# flight.
COUNTS = [
    ("drops", "pfmemalloc_drops_sk_filter", "PFMemallocDrop", 1, True),
    ("throttles", "throttle", "pgscan_direct_throttle", 1, True),
    ("direct reclaims", "direct_reclaim", "allocstall", 1, True),
    ("bytes swapped out", "swap_bytes_out", "pswpout", 4096, False),
    ("bytes swapped in", "swap_bytes_in", "pswpin", 4096, False),
]

# allocstall is counted again for each retry within the same direct reclaim
# (do_try_to_free_pages(): goto retry), so the kernel may have more, up to as
# many again: nearly so when reclaim finds nothing any more.
RETRIED = {"direct reclaims"}

# A request that failed has no bytes; the kernel counted its pages, of which
# there are SWAP_CLUSTER_MAX at most.
MAX_REQUEST_BYTES = 32 * 4096
PATHS = {"nbd": "nbd", "nfs3": "nfs", "nfs41": "nfs", "nfs42": "nfs"}

SPLAT = re.compile(r"WARNING: |BUG: |Oops|general protection|KASAN|UBSAN|"
                   r"INFO: (task .* blocked|rcu.* stall)|"
                   r"possible (circular|recursive) locking|"
                   r"Kernel panic|inconsistent lock state")
PANIC = re.compile(r"Kernel panic|Oops:|general protection|BUG: unable")
# What only an emulator does; a run with it says nothing of the kernel.  QEMU's
# TCG with several threads now and then lets one CPU run into the int3 of a code
# patch that another has finished, and gives the flags of an interrupted kernel
# bits that are zero on x86 (22 to 31; Intel's SDM, volume 1, 3.4.3), TF among
# the others, so that it traps.
STALE_INT3 = re.compile(r"Oops: int3")
NO_FLAGS = re.compile(r"EFLAGS: (?!00[0-3])[0-9a-f]{8}")


def values(directory):
    """The KEY=VALUE lines of what a guest wrote, files between @@ left out."""
    found = {}
    for name in ("result.txt", "watch.txt"):
        inside = False
        for line in read(directory / name).splitlines():
            if line.startswith("@@"):
                inside = line.startswith("@@BEGIN")
            elif not inside and (m := re.fullmatch(r"([\w.-]+)=(.*)", line)):
                # The first verdict stays; for all else the last word counts.
                if m[1] != "verdict" or "verdict" not in found:
                    found[m[1]] = m[2]
    found.pop("tick", None)
    return found


def guest_file(directory, name):
    """A file that the guest sent with report_file NAME, or None."""
    text, wanted = [], False
    for line in read(directory / "result.txt").splitlines():
        if line == f"@@BEGIN {name}":
            text, wanted = [], True
        elif line == f"@@END {name}" and wanted:
            return "\n".join(text) + "\n"
        elif wanted:
            text.append(line)
    return None


def _json(text):
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return {}


def _bpf_count(snapshot, key, swap):
    counters = snapshot.get("counters") or {}
    if not key.startswith("swap_bytes_"):
        return counters.get(key)
    return counters.get(key.replace("bytes", f"bytes_{PATHS.get(swap)}"))


def _allowed(name, ours, snapshot):
    """By how much the kernel's count may be higher."""
    counters = snapshot.get("counters") or {}
    if name in RETRIED:
        return 2 + ours
    if name.startswith("bytes"):
        return MAX_REQUEST_BYTES * (counters.get("swap_errors_fs", 0) +
                                    counters.get("swap_errors_block", 0))
    return 0


def counts(directory, found, swap):
    """BPF's counts beside the kernel's; left out where one is absent.

    A guest that got to its end compared at rest, so they must be equal.  A
    dead one has the kernel's out of its memory, and BPF's from the lines of
    the recording just before and after that was read: it lies between.
    """
    shown = _json(guest_file(directory, "netswap.json"))
    if shown:
        return _counts_at_rest(shown, found, swap)
    outside = _json(read(directory / "outside.json"))
    lines = read(directory / "record.jsonl").splitlines()
    before, after = (_json(lines[n - 1]) if 0 < n <= len(lines) else {}
                     for n in (outside.get("line_before", 0),
                               outside.get("line_after", 0)))
    rows = []
    for name, key, kernel, _, same_moment in COUNTS:
        low, high = (_bpf_count(s, key, swap) for s in (before, after))
        start = found.get("before_" + kernel)
        end = (outside.get("counters") or {}).get(kernel)
        if not same_moment or None in (low, high, start, end):
            continue
        theirs = end - int(start)
        equal = low <= theirs <= high + _allowed(name, high, after)
        rows.append({"name": name, "bpf": theirs if equal else high,
                     "kernel": theirs, "equal": equal})
    return rows


def _counts_at_rest(shown, found, swap):
    rows = []
    for name, key, kernel, factor, _ in COUNTS:
        ours = _bpf_count(shown, key, swap)
        theirs = found.get("delta_" + kernel)
        if ours is None or theirs is None:
            continue
        theirs = int(theirs) * factor
        most = ours + _allowed(name, ours, shown)
        rows.append({"name": name, "bpf": ours, "kernel": theirs,
                     "equal": ours <= theirs <= most})
    return rows


def splats(directory):
    return [line.strip() for line in read(directory / "console.log")
            .splitlines() if SPLAT.search(line)][:50]


def _pressure(params, kinds, found, directory):
    """None, or why the run says nothing."""
    if kinds == {"none"}:
        return None
    shown = _json(guest_file(directory, "netswap.json")).get("counters", {})
    seen = {
        "throttle": int(found.get("delta_pgscan_direct_throttle") or 0),
        "drop": int(found.get("delta_PFMemallocDrop") or 0),
        "reserve": shown.get("reserve_allocs") or 0,
    }
    if any(seen[k] for k in kinds):
        return None
    # Who counts what is taken from the reserve is not there on a stock kernel.
    if params.get("netswap") == "0" and int(found.get("delta_allocstall") or 0):
        return None
    return "the pressure never came: none of " + ", ".join(sorted(kinds))


def qemu_says(directory):
    """The first thing that QEMU complained of, or ""."""
    return next((line.strip() for line in read(directory / "qemu.log")
                 .splitlines() if line.strip() and ": info: " not in line), "")


def _watch_is_dead(directory):
    """It was to watch a load that has not ended.  It would have told of a load
    that is hung, or slow, by now."""
    begun = re.findall(r"^watch=ready$", read(directory / "watch.txt"), re.M)
    ended = re.findall(r"^stress_seconds=", read(directory / "result.txt"),
                       re.M)
    return len(begun) > len(ended)


def _word(run, found, console):
    if word := found.get("verdict"):
        return word, None
    if PANIC.search(console):
        if found:
            return "CRASHED", None
        line = next(x for x in console.splitlines() if PANIC.search(x))
        return "BROKEN", f"{run.cell.kernel} does not boot: {line.strip()}"
    # The host looks into a guest that it has to end.
    if not (run.dir / "outside.json").exists():
        return "BROKEN", "the guest ended without a verdict: " + (
            qemu_says(run.dir) or "QEMU was killed, or its machine reset")
    if run.load_started is None:
        return "BROKEN", "the guest did not get as far as its load"
    return "HUNG" if _watch_is_dead(run.dir) else "TIMED-OUT", None


def _checks(run, word, counted):
    """The scenario's check.sh on what the run left, as TAP."""
    script = run.cell.scenario.check
    if not script:
        return []
    done = subprocess.run(
        [script], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=os.environ | {"RUN": str(run.dir), "TESTS": str(cells.VM.parent),
                          "BUILD": str(run.build), "VERDICT": word,
                          "COUNTS": json.dumps(counted)}, timeout=120)
    rows, planned = [], None
    for line in done.stdout.splitlines():
        if m := re.match(r"(not )?ok \d+(?: - )?(.*)", line):
            rows.append({"name": m[2], "ok": not m[1], "text": ""})
        elif m := re.match(r"1\.\.(\d+)", line):
            planned = int(m[1])
        elif line.startswith("#") and rows:
            rows[-1]["text"] += line[1:].strip() + "\n"
    # Silence is not success.
    if planned != len(rows) or (done.returncode and
                                all(r["ok"] for r in rows)):
        rows.append({"name": "check.sh ends with its plan", "ok": False,
                     "text": done.stdout[-2000:]})
    return rows


def _not_compared(run, word, found, rows):
    """A check that fails, of a run that should have had BPF's counts."""
    if rows or "before_pswpout" not in found or \
            run.params.get("netswap") == "0" or word in ("BROKEN", "CRASHED"):
        return []
    return [{"name": "BPF's counts were compared with the kernel's",
             "ok": False, "text": found.get("netswap_missing") or
             "no line of the recording of that time"}]


def judge(run, broken):
    """run.json, but for its times; and diagnosis.json."""
    cell, directory = run.cell, run.dir
    found = values(directory)
    console = read(directory / "console.log")
    if broken:
        word, reason = "BROKEN", broken
    else:
        word, reason = _word(run, found, console)
        reason = found.get("broken_reason") or reason
        if word in ("CRASHED", "TIMED-OUT", "HUNG", "BROKEN") and \
                STALE_INT3.search(console):
            word, reason = "BROKEN", "the emulator ran into a stale int3"
        if run.accel == "tcg" and NO_FLAGS.search(console):
            word, reason = "BROKEN", "the emulator made flags that no CPU has"
    invalid = None
    if word == "COMPLETED":
        invalid = _pressure(run.params, cell.scenario.pressure, found,
                            directory)
        if run.missed:
            invalid = "the load ended before the fault: no " + \
                ", ".join(run.missed)
        word = "INVALID" if invalid else word
    rows = counts(directory, found, run.params["swap"])
    shown = {"scenario": cell.scenario.name, "kernel": cell.kernel,
             "params": run.params, "name": cell.name}
    if word not in ("COMPLETED", "INVALID", "BROKEN"):
        diagnose.diagnose(directory, {"cell": shown, "verdict": word})
    # check.sh is written for runs that end as expected.
    tests = []
    if word == ("COMPLETED" if cell.expected == "any" else cell.expected):
        tests = _checks(run, word, rows)
    tests += _not_compared(run, word, found, rows)
    seen = splats(directory)
    if meant := run.params.get("splat"):
        tests.append({"name": f"it warned, of {meant}", "text": "",
                      "ok": any(meant in line for line in seen)})
        seen = [line for line in seen if meant not in line]
    seconds = found.get("stress_seconds")
    return {
        "cell": shown,
        "run": run.number, "verdict": word, "expected": cell.expected,
        "valid": word not in ("INVALID", "BROKEN"),
        "invalid_reason": invalid,
        "broken_reason": reason if word == "BROKEN" else None,
        "ok": cell.accepts(word) and
        all(t["ok"] for t in tests) and all(c["equal"] for c in rows) and
        not (word == "COMPLETED" and seen),
        "release": found.get("kernel"), "kernel_id": run.kernel_id,
        "load_seconds": float(seconds) if seconds else None,
        "values": found, "counts": rows, "checks": tests, "splats": seen,
        "faults": run.faults, "missed": run.missed,
        "host": {"accel": run.accel,
                 "cpus": run.cpus,
                 "load1": run.load1},
    }

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""session.py DIR - runs of the lab, made up: each has left just what decides
on its verdict, and is named by what is to come of it."""
import json
import sys
from pathlib import Path

base = Path(sys.argv[1])

BOOTED = "kernel=6.12.0\nparam_rounds=5\n"
LOAD = BOOTED + "load_start_seconds=5.0\nphase=load\n"
COSTS = "@@BEGIN costs\n" + "fork 1\n" * 5 + "@@END costs\n"
DONE = BOOTED + COSTS + "verdict=COMPLETED\n"
WATCHED = "watch=ready\ntick=0 pages=1 requests=1 free=1 swap=1\n"
PANIC = "[    1.0] Kernel panic - not syncing: VFS: Unable to mount root fs\n"
ENDED = "stress_seconds=7.00\n"
SHOWN = '@@BEGIN netswap.json\n{"counters": {"throttle": 1}}\n' \
    "@@END netswap.json\n"
INFO = "qemu-system-x86_64: -chardev x: info: QEMU waiting for connection\n"
OUTSIDE = '{"counters": {}, "missing": []}\n'

# name, wanted verdict, is it ok, expected, and the files; of 190-costs, which
# asks for no pressure
ROWS = [
    ("it completed", "COMPLETED", True, "COMPLETED", {"result.txt": DONE}),
    ("something else was expected", "COMPLETED", False, "HUNG",
     {"result.txt": DONE}),
    ("a check of the scenario failed", "COMPLETED", False, "COMPLETED",
     {"result.txt": BOOTED + "verdict=COMPLETED\n"}),
    ("pages with other content", "CORRUPT", False, "any", {
        "result.txt": BOOTED + "verdict=CORRUPT\n"}),
    ("pages with other content, as expected", "CORRUPT", True, "CORRUPT", {
        "result.txt": BOOTED + COSTS + "verdict=CORRUPT\n"}),
    ("a splat", "COMPLETED", False, "COMPLETED", {
        "result.txt": DONE, "console.log": "[ 9.0] WARNING: at mm/x.c:1\n"}),
    ("counts that differ", "COMPLETED", False, "COMPLETED", {
        "result.txt": "delta_pgscan_direct_throttle=2\n" + SHOWN + DONE}),
    ("counts that are equal", "COMPLETED", True, "COMPLETED", {
        "result.txt": "delta_pgscan_direct_throttle=1\n" + SHOWN + DONE}),
    ("counts that could not be compared", "HUNG", False, "any", {
        "result.txt": "before_pswpout=0\n" + LOAD, "outside.json": OUTSIDE,
        "watch.txt": WATCHED + "verdict=HUNG\n"}),
    ("the lab broke it", "BROKEN", False, "any", {
        "result.txt": BOOTED + "broken_reason=swapon failed\n"
        "verdict=BROKEN\n"}),
    ("hung, says watch", "HUNG", True, "any", {
        "result.txt": LOAD, "watch.txt": WATCHED + "verdict=HUNG\n",
        "outside.json": OUTSIDE}),
    ("even watch is hung", "HUNG", True, "any", {
        "result.txt": LOAD, "watch.txt": WATCHED, "outside.json": OUTSIDE}),
    ("what comes after the load takes too long", "TIMED-OUT", True, "any", {
        "result.txt": LOAD + ENDED, "watch.txt": WATCHED,
        "outside.json": OUTSIDE}),
    ("a load without watch takes too long", "TIMED-OUT", True, "any", {
        "result.txt": BOOTED + "phase=load\n", "outside.json": OUTSIDE}),
    ("it does not get as far as the load", "BROKEN", False, "any", {
        "result.txt": BOOTED, "outside.json": OUTSIDE}),
    ("QEMU was killed while the load ran", "BROKEN", False, "any", {
        "result.txt": LOAD, "watch.txt": WATCHED, "qemu.log": INFO}),
    ("QEMU ended by itself", "BROKEN", False, "any", {
        "result.txt": BOOTED, "qemu.log": INFO + "qemu: no memory\n"}),
    ("panic while the load ran", "CRASHED", True, "any", {
        "result.txt": LOAD, "console.log": PANIC}),
    ("panic before init could say a word", "BROKEN", False, "any", {
        "result.txt": "", "console.log": PANIC}),
    ("a stale int3", "BROKEN", False, "any", {
        "result.txt": LOAD, "console.log": "[ 9.0] Oops: int3: 0000\n"}),
]


def add(nr, name, expected, files, scenario="190-costs", **params):
    directory = base / "runs" / f"{nr:03d}"
    directory.mkdir(parents=True)
    for file, text in files.items():
        (directory / file).write_text(text)
    return {
        "cell": {"scenario": scenario, "name": f"{scenario} mine",
                 "params": {"swap": "nbd", "name": name, **params}},
        "run": nr, "dir": f"runs/{nr:03d}", "verdict": "COMPLETED",
        "expected": expected, "broken_reason": None, "seconds": 1,
        "started": "2026-11-22T12:00:00Z",
        "host": {"accel": "tcg", "cpus": 3, "load1": 0}}


rows = [add(nr, row[0], row[3], row[4]) for nr, row in enumerate(ROWS, 1)]
# The workload counts only if there was pressure.
rows.append(add(len(rows) + 1, "no pressure", "any", {"result.txt": DONE},
                "010-workload"))
rows.append(add(len(rows) + 1, "no fault", "any", {"result.txt": DONE}) |
            {"faults": [[5.1, "kill"]], "missed": ["restart"]})
SWAPPED = "param_netswap=0\ndelta_pswpout=2000\ndelta_pswpin=2000\n"
rows.append(add(len(rows) + 1, "reclaim, and no netswap", "any", {
    "result.txt": SWAPPED + "delta_allocstall=9\n" + DONE}, "010-workload",
    netswap="0"))
rows.append(add(len(rows) + 1, "no reclaim, and no netswap", "any", {
    "result.txt": SWAPPED + DONE}, "010-workload", netswap="0"))
WARNED = {"result.txt": DONE, "console.log": "[ 9.0] WARNING: at mm/x.c:1\n"}
rows.append(add(len(rows) + 1, "the splat it is to leave", "any", WARNED,
                splat="mm/x.c"))
rows.append(add(len(rows) + 1, "another splat", "any", WARNED,
                splat="mm/y.c"))
(base / "results.jsonl").write_text("".join(json.dumps(r) + "\n"
                                            for r in rows))
(base / "wanted").write_text("".join(
    f"{row[1]} {'ok' if row[2] else 'not ok'}: {row[0]}\n" for row in ROWS)
    + "INVALID not ok: no pressure\nINVALID not ok: no fault\n"
    + "COMPLETED ok: reclaim, and no netswap\n"
    + "INVALID not ok: no reclaim, and no netswap\n"
    + "COMPLETED ok: the splat it is to leave\n"
    + "COMPLETED not ok: another splat\n")

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""session.py DIR RECORDING - a results directory of the lab, made up, with
what a guest of evil intent would write into it."""
import json
import sys
from pathlib import Path

# Ends an element, an attribute, a CDATA section, a script; steers a terminal;
# is not allowed in XML; reads backwards; is no character.
EVIL = ("</td></script><script>alert(1)</script>"
        "<img src=x onerror=alert(2)>\"'><b>]]>&lt;&#0;--><!--"
        "\x00\x1b[2J\x1b]0;t\x07\u202etxt\ufffe\ud800|`")
base, recording = Path(sys.argv[1]), Path(sys.argv[2])
SNAPSHOTS = [json.loads(line) for line in open(recording)]
runs = []


def write_recording(path, snapshots):
    path.write_text("".join(json.dumps(s) + "\n" for s in snapshots))


def run(name, number, verdict, record=SNAPSHOTS, diagnosis=None, **more):
    nr = len(runs) + 1
    directory = base / "runs" / f"{nr:03d}"
    directory.mkdir(parents=True)
    found = {
        "cell": {"scenario": "110-a", "kernel": "6.12",
                 "params": {"nic": "virtio"}, "name": name},
        "run": number, "verdict": verdict, "valid": True,
        "invalid_reason": None, "expected": "COMPLETED", "ok": True,
        "release": "6.12.117-test", "seconds": 31.25, "load_seconds": None,
        "started": "2026-11-22T08:30:00Z", "values": {}, "counts": [],
        "checks": [], "splats": [], "broken_reason": None,
        "dir": f"runs/{nr:03d}",
        "host": {"accel": "tcg", "cpus": 2, "load1": 0.5}, **more}
    runs.append(found)
    (directory / "run.json").write_text(json.dumps(found))
    if record:
        write_recording(directory / "record.jsonl", record)
    if diagnosis is not None:
        (directory / "diagnosis.json").write_text(json.dumps(diagnosis))
    return directory


def reported(drops, throttles):
    return {"delta_PFMemallocDrop": str(drops), "load_start_seconds": "8.5",
            "delta_pgscan_direct_throttle": str(throttles)}


def counts(bpf, kernel):
    return [{"name": "throttles", "bpf": 1, "kernel": 1, "equal": True},
            {"name": "drops", "bpf": bpf, "kernel": kernel,
             "equal": bpf == kernel}]


def changed(change):
    copies = json.loads(json.dumps(SNAPSHOTS))
    for i, snapshot in enumerate(copies):
        change(i, snapshot)
    return copies


def without_throttle(_, s):
    s["gauges"]["throttled_tasks"] = s["counters"]["throttle"] = None
    s["kernel_counters"]["kernel_throttle"] = None


def swap_unknown_in_the_middle(i, s):
    if i == 3:
        s["counters"]["swap_bytes_nbd_out"] = None


# A: three completed runs; in the last BPF and kernel differ.
A = "110-a 6.12 nic=virtio"
run(A, 1, "COMPLETED", load_seconds=12.5, values=reported(5, 1),
    counts=counts(5, 5))
run(A, 2, "COMPLETED", load_seconds=10.0, values=reported(7, 2),
    counts=counts(7, 7), record=changed(swap_unknown_in_the_middle))
run(A, 3, "COMPLETED", load_seconds=20.0, values=reported(30, 4),
    counts=counts(29, 30), ok=False, record=changed(without_throttle))

# B: hangs, as it should, but for one run.
B = "110-a 6.12 nic=virtio flood=tcp"
TASK = {"comm": "memstress", "state": "D", "where": "the NBD lock",
        "stack": ["__mutex_lock", "nbd_queue_rq"]}
CIRCLE = {
    "circle": "nic-refill-reclaim", "title": "The refill waits for ACKs",
    "explanation": "It would have to receive them & <b>can't]]>.",
    "confidence": "certain",
    "chain": [{"who": "refill_work", "waits_for": "swap-out",
               "evidence": "try_fill_recv\nswap_writepage"},
              {"who": "nbd send", "waits_for": "ACKs", "evidence": "tcp"}],
    "memory": [{"zone": "DMA32", "free": 100, "min": 356, "low": 400,
                "high": 500}],
    "evidence": ["the capture ends"], "also": ["another-rule"],
    "pages": {"anon": 31675, "writeback": None, "swap_free_kb": 2048},
    "tasks": [TASK | {"pid": n} for n in (11, 12, 13)]
    + [{"pid": 33, "comm": "kworker/0:1", "state": "D", "where": "TCP",
        "stack": ["sk_stream_wait_memory"]}],
    "locks": ["kworker/0:1/33: tx_lock"], "rpc": ["no RPC task"],
    "rpc_transports": ["state: BOUND"], "blocked": 9,
    "tcp_guest": ["ESTAB guest"], "tcp_host": ["ESTAB host"],
    "capture": {"packets": 7, "last_packet_s": 12.5, "retransmits": None,
                "from_guest": {"retransmits_of_acked": 6}},
    "missing": ["locks: no lockdep"]}
first = run(B, 1, "HUNG", expected="HUNG", diagnosis=CIRCLE,
            values={"load_start_seconds": "8.5"}, seconds=60.0)
(first / "console.log").write_text(
    "".join(f"[{n}] console line\r\n" for n in range(1, 101)))
run(B, 2, "HUNG", expected="HUNG", record=None)
run(B, 3, "COMPLETED", expected="HUNG", ok=False, load_seconds=9.0,
    values=reported(40, 50), splats=["WARNING: at mm/x.c:1"])

# C: all kinds of trouble, and text that is not what it seems.
C = "110-a 6.12 nic=virtio " + EVIL
hostile = run(
    C, EVIL, "CRASHED", ok=False, release=EVIL, started=EVIL,
    values={"delta_PFMemallocDrop": EVIL, "load_start_seconds": "1e999"},
    splats=[EVIL], host={"accel": EVIL, "cpus": EVIL, "command": EVIL},
    counts=[{"name": EVIL, "bpf": EVIL, "kernel": EVIL, "equal": False}],
    checks=[{"name": EVIL, "ok": False, "text": EVIL}],
    diagnosis={
        "circle": None, "title": EVIL, "explanation": EVIL, "confidence": EVIL,
        "chain": [{"who": EVIL, "waits_for": EVIL, "evidence": [EVIL]}],
        "memory": [{"zone": EVIL, "free": EVIL, "min": -1}],
        "open_end": EVIL, "also": [EVIL], "evidence": [EVIL], "pages": {
            "anon": EVIL, "swap_free_kb": EVIL},
        "tasks": [{"pid": EVIL, "comm": EVIL, "state": EVIL, "where": EVIL,
                   "stack": [EVIL, None, 7]}, EVIL],
        "locks": [EVIL], "rpc": [EVIL], "tcp_guest": [EVIL],
        "rpc_transports": [EVIL], "blocked": EVIL,
        "tcp_host": [EVIL], "capture": {"packets": EVIL},
        "missing": [EVIL]})
(hostile / "console.log").write_bytes(
    EVIL.encode(errors="surrogatepass") * 3 + b"\xff\xfe\n")
(hostile / "record.jsonl").write_text("\n".join([
    json.dumps(SNAPSHOTS[0] | {"why": EVIL, "zones": [
        {"zone": '" onx="1', "node": [1], "free_pages": 5, "min_pages": 9}]}),
    "not JSON", "[[[" * 3000, "[]", "null", '{"netswap": 1, "mono_ns": NaN}',
    json.dumps({"netswap": 1, "mono_ns": 2e10, "counters": EVIL,
                "gauges": [], "zones": EVIL, "kernel_counters": {
                    "kernel_throttle": -1}})]) + '\n{"cut')
run(C, 2, "INVALID", ok=False, invalid_reason="no pressure", dir="..",
    load_seconds=1.0)
run(C, 3, "BROKEN", ok=False, broken_reason="port in use", record=None,
    dir="runs/../../..")

(base / "results.jsonl").write_text(
    "".join(json.dumps(r) + "\n" for r in runs))

# SPDX-License-Identifier: GPL-2.0
"""check.py LAB DIR SIGNAL WHEN - stop a lab while it makes the initramfs
(init) or while its guest runs (run); prints how it ended and what is left."""
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

lab, base, number, when = sys.argv[1], Path(sys.argv[2]), \
    int(sys.argv[3]), sys.argv[4]
out, tmp = base / f"{when}-{number}", Path(os.environ["TMPDIR"])


def default_signals():
    # A shell's background jobs ignore it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def processes():
    """Those that have our directory in their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if entry.name.isdecimal() and str(out).encode() in words:
            found.append(int(entry.name))
    return found


def begun():
    if when == "run":
        try:
            return "phase=load" in (out / "runs/001/result.txt").read_text()
        except OSError:
            return False
    return any("/root." in str(p) or p.name.startswith("tmp.")
               for p in tmp.glob("*")) or any(tmp.glob("netswap-lab.*/root.*"))


child = subprocess.Popen(
    [lab, "run", "010-workload nic=virtio", "--kernel", "fake",
     "--out", out], start_new_session=True, stdout=subprocess.PIPE,
    stderr=subprocess.PIPE, text=True, preexec_fn=default_signals)
until = time.monotonic() + 30
while not begun():
    assert child.poll() is None and time.monotonic() < until, \
        child.communicate()
    time.sleep(0.02)
if number == signal.SIGINT:
    os.killpg(child.pid, number)        # as a terminal does
else:
    child.send_signal(number)
_, err = child.communicate(timeout=30)
for _ in range(50):
    if not processes():
        break
    time.sleep(0.1)
left = [p.name for p in tmp.iterdir() if p.name != "netswap-vm.lock"]
left += [p.name for p in out.rglob("swap.img")]
for pid in processes():
    left.append(f"process {pid}")
    os.kill(pid, signal.SIGKILL)
print(child.returncode, err.strip().splitlines()[-1:], left)

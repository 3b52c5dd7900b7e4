#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""QEMU, as far as the lab can tell: its guest begins its load, and then does
what FAKE says: hang, be HUNG and tell no more of it, or die with QEMU."""
import os
import re
import signal
import socket
import sys
import time

line = " ".join(sys.argv)
if " -S " in line:
    sys.exit(1)             # no KVM


def stream(name):
    path = re.search(rf"socket,id={name},path=([^,]+)", line)[1]
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen()
    return server.accept()[0]


streams = stream("con"), stream("watch")
streams[1].sendall(b"watch=ready\ntick=0 pages=1 requests=1 free=1 swap=1\n")
with open(re.search(r"file,id=res,path=(\S+)", line)[1], "w") as result:
    result.write("kernel=fake\nload_start_seconds=1\nphase=load\n")
if os.environ["FAKE"] == "die":
    time.sleep(1)
    print("qemu: out of memory", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
if os.environ["FAKE"] == "stuck":
    streams[1].sendall(b"verdict=HUNG\n@@BEGIN mountstats\n")
time.sleep(60)

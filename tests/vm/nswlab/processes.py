# SPDX-License-Identifier: GPL-2.0
"""Processes, ports and files on the lab's host."""

import ctypes
import errno
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

PACKAGES = {
    "ganesha.nfsd": "nfs-ganesha and nfs-ganesha-vfs",
    "mkswap": "util-linux",
    "setpriv": "util-linux",
    "ss": "iproute2",
    "tc": "iproute2",
    "unshare": "util-linux",
}

PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True)


class HostError(Exception):
    """The lab's host does not work: one line of thing, reason and remedy."""


def program(name):
    """The path of a program, or a HostError that says what to install."""
    path = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
    found = shutil.which(name, path=path)
    if not found:
        raise HostError(f"no {name}: install {PACKAGES.get(name, name)}")
    return found


def wait_until(seconds, condition):
    """Poll condition() until it holds; its last value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return value


def tcp_sockets(port, states):
    """Inodes of this network's TCP sockets with that local port."""
    inodes = set()
    # tcp6 as well: ganesha listens on 127.0.0.1 through that family.
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:     # no IPv6
            continue
        for line in lines:
            field = line.split()
            if (int(field[1].rpartition(":")[2], 16) == port
                    and field[3] in states):
                inodes.add(int(field[9]))
    return inodes


def port_listens(port):
    return bool(tcp_sockets(port, ("0A",)))


def port_is_free(port, kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            # Connections which ended a moment ago do not matter.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose_port(count=1, kind=socket.SOCK_STREAM):
    """The first of count free ports, below those the kernel gives away."""
    for _ in range(100):
        port = random.randrange(20000, 30000)
        if all(port_is_free(port + i, kind) for i in range(count)):
            return port
    raise HostError("no free port on 127.0.0.1 between 20000 and 30000: "
                    "end what listens there")


def allocate(path, mib, zeroes=False):
    """A file of mib MiB that will not find the disk full later."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.posix_fallocate(fd, 0, mib << 20)
        if zeroes:
            block = bytes(1 << 20)
            for i in range(mib):
                os.pwrite(fd, block, i << 20)
    except OSError as err:
        os.close(fd)
        fd = -1
        os.unlink(path)
        if err.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise HostError(f"{path}: no room for {mib} MiB of swap: "
                            f"{err.strerror}: make room there") from None
        raise HostError(f"{path}: {err.strerror}") from None
    finally:
        if fd >= 0:
            os.close(fd)


def last_line(path):
    try:
        lines = Path(path).read_text(errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return lines[-1].strip() if lines else "it says nothing"


def _stat(path):
    """State and process group, from a stat file of /proc."""
    try:
        text = Path(path, "stat").read_text()
    except OSError:     # it ended
        return "X", None
    # The command's name, in brackets, may hold spaces and brackets.
    state, _, pgrp = text.rpartition(") ")[2].split()[:3]
    return state, int(pgrp)


def group_members(pgid):
    """Pids of a process group, zombies left out."""
    pids = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            state, pgrp = _stat(f"/proc/{entry}")
            if pgrp == pgid and state not in "ZX":
                pids.append(int(entry))
    return pids


def is_stopped(pid):
    """All threads of a process are."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return True
    return all(_stat(f"/proc/{pid}/task/{thread}")[0] in "TtZX"
               for thread in threads)


def start_child(argv, stdout, stderr):
    """Start a program in a process group of its own that dies with us."""
    try:
        return subprocess.Popen(
            [program("setpriv"), "--pdeathsig", "KILL", "--",
             *map(str, argv)],
            stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
            start_new_session=True)
    except OSError as err:
        raise HostError(f"{argv[0]}: {err.strerror}") from None


def die_with_parent():
    """The same for a child that must keep our process group (preexec_fn)."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def run_group(argv):
    """Run a program to its end; returns status and stderr.  If we are stopped
    meanwhile, what it has started is stopped as well, and writes no more where
    we clean up."""
    child = start_child(argv, subprocess.DEVNULL, subprocess.PIPE)
    try:
        err = child.communicate()[1]
    except BaseException:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        until = time.monotonic() + 5
        while group_members(child.pid) and time.monotonic() < until:
            time.sleep(0.01)
        raise
    return child.returncode, err.decode(errors="replace")


def end(child, seconds=5):
    """End a child of ours (a Popen), politely first."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

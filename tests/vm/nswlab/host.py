# SPDX-License-Identifier: GPL-2.0
"""The host's end of a run: its swap server, the faults of it, and the flood."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

from .ganesha import NfsServer
from .processes import HostError, choose_port, end, program, start_child
from .servers import NbdServer

NFS_VERSIONS = {"nfs3": "3", "nfs41": "4.1", "nfs42": "4.2"}
SERVERS = {"nbd": NbdServer, **dict.fromkeys(NFS_VERSIONS, NfsServer)}
AREA_MIB = {NbdServer: 1024, NfsServer: 512}    # at least
SHM = "/dev/shm"
MEMORY_LEFT_MIB = 1024      # for everything else on this machine

# What the guest needs, of kernel modules (besides the NIC's) and of programs.
MODULES = {
    "nbd": ["nbd"],
    "nfs3": ["nfsv3"],
    "nfs41": ["nfsv4"],
    "nfs42": ["nfsv4"],
    "netem": ["sch_netem"],
    "guard": ["sch_ingress", "cls_bpf"],    # without native XDP
}
PROGRAMS = {"nbd": ["nbd-client"], "netem": ["tc"]}

# What happens to a server when, in seconds after the load began.
FAULTS = {
    "none": [],
    "netem": [],            # in the guest, see guest/swap.sh
    "kill": [(5, "kill"), (7, "restart")],
    "reset": [(5, "reset_connections")],
    "resets": [(5 + n / 2, "reset_connections") for n in range(12)],
    "silence": [(5, "freeze"), (10, "thaw")],
}


class Flood:
    """tools/blast: what the guest's sinks receive, over TCP, UDP or both."""

    def __init__(self, tools, tcp=True, udp_ports=0, rate=None, seconds=600):
        self.tools = Path(tools)
        self.tcp = tcp
        self.udp_ports = udp_ports
        self.rate = rate            # datagrams per second
        self.seconds = seconds      # it ends by itself after that
        self.tcp_port = None
        self.udp_port = None        # the first; QEMU is to forward them
        self._child = None

    def start(self):
        blast = self.tools / "blast"
        if not os.access(blast, os.X_OK):
            raise HostError(f"no {blast}: run tests/vm/build.sh {self.tools}")
        argv = [blast, "-t", self.seconds]
        if self.udp_ports:
            self.udp_port = choose_port(self.udp_ports, socket.SOCK_DGRAM)
            argv += ["-u", self.udp_port, "-U", self.udp_ports]
            if self.rate is not None:
                argv += ["-R", self.rate]
        self._child = start_child(argv, subprocess.PIPE, subprocess.PIPE)
        # It says the port when it listens.
        try:
            port = int(self._child.stdout.readline())
        except ValueError:
            why = self._child.stderr.read().decode().strip()
            self.stop()
            raise HostError(f"blast does not start: {why or 'no reason'}") \
                from None
        if self.tcp:
            self.tcp_port = port

    def stop(self):
        if self._child:
            end(self._child)
            self._child.stdout.close()
            self._child.stderr.close()
            self._child = None


class Faults:
    """What goes wrong with a server in a run, whose loop calls poll()."""

    def __init__(self, spec, server):
        if spec not in FAULTS:
            raise HostError(f"fault={spec}: use one of " + ", ".join(FAULTS))
        if FAULTS[spec] and not server:
            raise HostError(f"fault={spec}: there is no server: use swap=nbd "
                            "or one of nfs3, nfs41, nfs42")
        self.server = server
        self.log = []               # (seconds, what was done)
        self._due = list(FAULTS[spec])

    @property
    def missed(self):
        """What was to happen and did not."""
        return [name for _, name in self._due]

    def poll(self, now_s):
        """Do what is due now_s seconds after the load began."""
        while self._due and self._due[0][0] <= now_s:
            _, name = self._due.pop(0)
            count = getattr(self.server, name)()
            self.log.append((round(now_s, 1), name if count is None
                             else f"{name}: {count}"))


def area_mib(params):
    """How much there is to swap to.  A load that finds no room in it would be
    killed, and not by what is tested."""
    swap = params["swap"]
    if swap == "none":
        return 0
    if params.get("area"):
        return int(params["area"])
    load = params.get("mib", "0") or 4 * int(params["mem"])
    return max(AREA_MIB[SERVERS[swap]], int(load))


def in_memory(params):
    """A directory of the host's memory for what is swapped, or None where that
    has no room: a disk's time is none of a protocol's, and NFS's swap writes
    wait for it while nbd-server's do not."""
    needed = 2 * area_mib(params) + int(params["mem"]) + MEMORY_LEFT_MIB
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = dict(line.split()[:2] for line in lines)["MemAvailable:"]
        if min(int(free) >> 10, shutil.disk_usage(SHM).free >> 20) > needed:
            return SHM
    except (OSError, KeyError):
        pass
    return None


def make_server(params, directory, data=None):
    """The server of a run's parameters, not started; None without swap.  What
    it serves is in data."""
    swap = params["swap"]
    if swap == "none":
        return None
    if swap not in SERVERS:
        raise HostError(f"swap={swap}: use nbd, none, " +
                        ", ".join(NFS_VERSIONS))
    size = area_mib(params)
    if swap == "nbd":
        return NbdServer(directory, size_mib=size, data=data)
    return NfsServer(directory, NFS_VERSIONS[swap], size_mib=size, data=data)


def _needs(table, params):
    wanted = [params["swap"]]
    if params.get("fault") == "netem":
        wanted.append("netem")
    if params.get("guard", "off") != "off":
        wanted.append("guard")
    return [name for key in wanted for name in table.get(key, [])]


def guest_modules(params):
    """Names of the kernel modules for a guest's swap and faults."""
    return _needs(MODULES, params)


def guest_programs(params):
    """Paths of this machine's programs that the guest takes along."""
    return [program(name) for name in _needs(PROGRAMS, params)]


def need(params):
    """A HostError if this machine lacks a program that such a run takes."""
    swap = params["swap"]
    if swap in SERVERS:
        program(SERVERS[swap].name)
    guest_programs(params)


def host_state(server):
    """What the kernel knows of the server's sockets, and of their peers."""
    if not server or not server.port:
        return []
    try:
        shown = subprocess.run(
            [program("ss"), "-tinemoH",
             f"sport = :{server.port} or dport = :{server.port}"],
            stdin=subprocess.DEVNULL, text=True, capture_output=True,
            timeout=10, check=False)
    except (HostError, OSError, subprocess.TimeoutExpired) as err:
        return [f"ss: {err}"]
    return shown.stdout.splitlines() or [f"ss: {shown.stderr.strip()}"]

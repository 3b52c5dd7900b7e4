# SPDX-License-Identifier: GPL-2.0
"""The host's end of a run: swap servers, their faults, and the flood.

Every server listens on the loopback address only; the guest reaches it
through QEMU's user networking as 10.0.2.2.  All processes are ended by
stop(), which may be called at any time and any number of times.  Should the
lab itself be killed, they are killed with it: by the parent death signal,
which the kernel sends when the *thread* that started them ends (so start
servers in a thread that stays), or, for nbd-server, which leaves its parent
to serve more than one connection, by a guard that sees the lab's end of a
pipe close.
"""

import ctypes
import errno
import os
import random
import re
import shutil
import signal
import socket
import socketserver
import struct
import subprocess
import threading
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

NFS_VERSIONS = {"nfs3": "3", "nfs41": "4.1", "nfs42": "4.2"}

# What the guest needs, of kernel modules (besides the NIC's) and of programs.
MODULES = {
    "nbd": ["nbd"],
    "nfs3": ["nfsv3"],
    "nfs41": ["nfsv4"],
    "nfs42": ["nfsv4"],
    "netem": ["sch_netem"],
}
PROGRAMS = {"nbd": ["nbd-client"], "netem": ["tc"]}

# What happens to a server when, in seconds after the load began.
FAULTS = {
    "none": [],
    "netem": [],            # in the guest, see guest/swap.sh
    "kill": [(5, "kill"), (7, "restart")],
    "reset": [(5, "reset_connections")],
    "silence": [(5, "freeze"), (10, "thaw")],
}

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
SYS_PIDFD_GETFD = 438       # one number on all architectures

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


def end(child, seconds=5):
    """End a child of ours (a Popen), politely first."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


class _Server:
    """What the swap servers have in common."""

    name = ""           # the program
    ports = 1           # how many it listens on, one after the other
    slow_start_s = 15   # when not to listen by then is to have failed

    def __init__(self, directory, port=None, size_mib=512):
        self.dir = Path(directory).resolve()
        self.log = self.dir / f"{self.name}.log"
        self.port = port
        self.pid = None     # of the process, and of its group
        self.size_mib = size_mib
        self._wanted_port = port
        self._has_data = False
        self._dead = False

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        program(self.name)
        try:
            self.dir.mkdir(parents=True, exist_ok=True)
            if not self._has_data:
                self._make_data()
                self._has_data = True
            if self._wanted_port is not None:
                self._start_on(self._wanted_port)
                return
            for attempt in range(8):
                try:
                    self._start_on(choose_port(self.ports))
                    return
                except HostError:
                    # Someone else took the port meanwhile?
                    if self._ports_are_free() or attempt == 7:
                        raise
        except OSError as err:
            raise HostError(f"{err.filename or self.dir}: {err.strerror}") \
                from None

    def _ports_are_free(self):
        return all(port_is_free(self.port + i) for i in range(self.ports))

    def _start_on(self, port):
        self.port = port
        if not self._ports_are_free():
            raise HostError(f"{self.name}: port {port} on 127.0.0.1 is in "
                            "use: end what listens there, or choose another")
        self._dead = False
        try:
            self._launch()
        except BaseException:
            self.kill()
            raise

    def _make_data(self):
        raise NotImplementedError

    def _launch(self):
        raise NotImplementedError

    def _reap(self):
        """Take our dead; True when there is none of the group left."""
        while True:
            try:
                pid, _ = os.waitpid(-self.pid, os.WNOHANG)
            except ChildProcessError:
                return True
            if pid == 0:
                return False
            if pid == self.pid:
                self._dead = True

    def running(self):
        if self.pid is None:
            return False
        self._reap()
        return not self._dead

    def _signal(self, number):
        if self.pid is not None:
            try:
                os.killpg(self.pid, number)
            except ProcessLookupError:
                pass

    def kill(self):
        """As a crash of the server's machine but for the data: SIGKILL."""
        if self.pid is None:
            return
        self._signal(signal.SIGKILL)
        gone = wait_until(10, self._reap)
        self.pid = None
        if not gone:
            raise HostError(f"{self.name}: does not die: see 'ps'")

    def restart(self):
        """Serve the same data on the same port again."""
        self.kill()
        # Its last socket may take a moment to go.
        wait_until(2, self._ports_are_free)
        self._start_on(self.port)

    def freeze(self):
        """Silence: no answer, but its kernel still takes what is sent."""
        self._signal(signal.SIGSTOP)
        if self.pid is not None:
            wait_until(2, lambda: all(map(is_stopped,
                                          group_members(self.pid))))

    def thaw(self):
        self._signal(signal.SIGCONT)

    def guest_ports(self):
        """The ports that the guest connects to."""
        return [self.port]

    def guest_parameters(self):
        """What the guest must be told besides server_port."""
        return {}

    def connections(self):
        """How many clients are connected."""
        return len(tcp_sockets(self.port, ("01",)))

    def reset_connections(self):
        """End all connections by a TCP RST; how many there were.

        A connect() to no address is what sends a RST on a connected socket
        whoever else has it open; pidfd_getfd() lends us the server's.
        """
        inodes = {f"socket:[{i}]" for i in tcp_sockets(self.port, ("01",))}
        done = set()
        for pid in group_members(self.pid) if self.pid else []:
            try:
                pidfd = os.pidfd_open(pid)
                names = os.listdir(f"/proc/{pid}/fd")
            except OSError:     # it ended meanwhile
                continue
            for name in names:
                try:
                    link = os.readlink(f"/proc/{pid}/fd/{name}")
                except OSError:
                    continue
                if link in inodes - done and self._reset(pidfd, int(name)):
                    done.add(link)
            os.close(pidfd)
        return len(done)

    def _reset(self, pidfd, number):
        ours = libc.syscall(SYS_PIDFD_GETFD, pidfd, number, 0)
        if ours < 0:
            error = ctypes.get_errno()
            if error in (errno.ESRCH, errno.EBADF):
                return False
            raise HostError(f"{self.name}: cannot reset its connection: "
                            f"pidfd_getfd: {os.strerror(error)}: run the lab "
                            "as root")
        unspec = struct.pack("=H14x", socket.AF_UNSPEC)
        libc.connect(ours, unspec, len(unspec))
        os.close(ours)
        return True

    def stop(self):
        """End the server and remove its data; its logs stay."""
        self.kill()
        self._remove_data()
        self._has_data = False

    def _remove_data(self):
        raise NotImplementedError


class NbdServer(_Server):
    """nbd-server with one export, "swap"."""

    name = "nbd-server"

    def __init__(self, directory, port=None, size_mib=1024):
        super().__init__(directory, port, size_mib)
        self.image = self.dir / "swap.img"
        self._config = self.dir / "nbd-server.conf"
        self._pid_file = self.dir / "nbd-server.pid"
        self._guard = None

    def _make_data(self):
        allocate(self.image, self.size_mib)

    def _remove_data(self):
        for path in (self.image, self._config, self._pid_file):
            path.unlink(missing_ok=True)

    def _launch(self):
        self._config.write_text(
            "[generic]\n"
            "listenaddr = 127.0.0.1\n"
            f"port = {self.port}\n"
            "[swap]\n"
            f"exportname = {self.image}\n")
        self._pid_file.unlink(missing_ok=True)
        # It serves one connection only when it stays in the foreground (-d).
        # As a daemon it is orphaned; an orphan with a subreaper is still ours
        # to wait for.
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        # The guard first: nothing of it must outlive us.
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c",
             'read -r _ && exit; trap "" INT TERM HUP; '
             'for i in 1 2 3 4 5; do [ -s "$1" ] && break; sleep 0.2; done; '
             'kill -s KILL -- "-$(cat "$1")"',
             "guard", str(self._pid_file)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        with open(self.log, "ab") as log:
            try:
                status = subprocess.run(
                    [program(self.name), "-C", str(self._config),
                     "-p", str(self._pid_file)],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    timeout=self.slow_start_s, check=False).returncode
            except subprocess.TimeoutExpired:
                raise HostError("nbd-server: does not go to the background: "
                                f"see {self.log}") from None
        if status:
            raise HostError(f"nbd-server: {last_line(self.log)} "
                            f"(see {self.log})")
        wait_until(5, lambda: self._pid_file.exists()
                   and self._pid_file.read_text().strip())
        try:
            self.pid = int(self._pid_file.read_text())
        except (OSError, ValueError):
            raise HostError("nbd-server: ended when it started: see the "
                            "system's log") from None
        wait_until(self.slow_start_s,
                   lambda: port_listens(self.port) or not self.running())
        if not self.running() or not port_listens(self.port):
            raise HostError(f"nbd-server: does not listen on port "
                            f"{self.port}: see the system's log")

    def kill(self):
        # Whom we do not know the guard may: it is to act, or to go.
        word = b"\n" if self.pid else b""
        super().kill()
        if self._guard:
            try:
                self._guard.communicate(word, timeout=5)
            except (OSError, subprocess.TimeoutExpired):
                self._guard.kill()
                self._guard.wait()
            self._guard = None


class _PortmapHandler(socketserver.BaseRequestHandler):
    """Answers every call of a connection with "true"."""

    def handle(self):
        while True:
            head = self.request.recv(4, socket.MSG_WAITALL)
            if len(head) < 4:
                return
            size = struct.unpack(">I", head)[0] & 0x7fffffff
            call = self.request.recv(size, socket.MSG_WAITALL)
            if len(call) < size or size < 4:
                return
            # xid, reply, accepted, no verifier (flavour and length), success,
            # and the result.
            reply = call[:4] + struct.pack(">6I", 1, 0, 0, 0, 0, 1)
            self.request.sendall(
                struct.pack(">I", 0x80000000 | len(reply)) + reply)


class _Portmap:
    """An rpcbind that agrees to everything and tells nobody.

    ganesha does not serve NFSv3 before an rpcbind has registered it, and asks
    for that at a Unix socket in /run.  The guest does not need it: it is told
    the port.  Nothing listens on port 111.
    """

    class _Listener(socketserver.ThreadingMixIn,
                    socketserver.UnixStreamServer):
        daemon_threads = True

    def __init__(self, directory):
        self.dir = Path(directory)
        self.dir.mkdir(exist_ok=True)
        self.path = self.dir / "rpcbind.sock"
        self.path.unlink(missing_ok=True)
        # A socket's name is short; the directory's may not be.
        fd = os.open(self.dir, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self._server = self._Listener(
                f"/proc/self/fd/{fd}/{self.path.name}", _PortmapHandler)
        finally:
            os.close(fd)
        self._thread = threading.Thread(target=self._server.serve_forever,
                                        args=(0.1,), daemon=True)
        self._thread.start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _OperationTable:
    """ganesha's table of NFSv4 operations, found by the operations' names.

    An entry is pointers to the name and to three functions, and sizes.
    """

    def __init__(self, pid, mem):
        self._parts = []        # (address, content)
        self._code = range(0)   # addresses
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            field = line.split()
            if len(field) < 6 or "/libganesha_nfsd.so" not in field[5]:
                continue
            start, end = (int(x, 16) for x in field[0].split("-"))
            if field[1].startswith("r-x"):
                self._code = range(start, end)
            elif field[1].startswith("r"):
                mem.seek(start)
                self._parts.append((start, mem.read(end - start)))

    def _find_all(self, wanted):
        for start, data in self._parts:
            at = data.find(wanted)
            while at >= 0:
                yield start + at, data[at:at + 32]
                at = data.find(wanted, at + 1)

    def functions(self, name):
        """Address and content of the three pointers to functions."""
        for text, _ in self._find_all(b"\0" + name.encode() + b"\0"):
            # The name is in a table of names as well.
            for at, entry in self._find_all(struct.pack("=Q", text + 1)):
                if struct.unpack("=4Q", entry)[1] in self._code:
                    return at + 8, entry[8:]
        raise LookupError(f"no {name} in libganesha_nfsd.so")


class NfsServer(_Server):
    """nfs-ganesha with one export, "/swap", and the file "file" in it."""

    name = "ganesha.nfsd"

    def __init__(self, directory, version="4.1", port=None, size_mib=512):
        if version not in ("3", "4.1", "4.2"):
            raise HostError(f"NFS version '{version}': use 3, 4.1 or 4.2")
        super().__init__(directory, port, size_mib)
        self.version = version
        self.ports = 2 if version == "3" else 1
        self.log = self.dir / "ganesha.log"
        self._root = self.dir / "ganesha"
        self._portmap = None
        self._child = None
        self._grace = False

    @property
    def mount_port(self):
        """Of the MOUNT protocol, which goes with NFSv3."""
        return self.port + 1

    def guest_ports(self):
        if self.version == "3":
            return [self.port, self.mount_port]
        return [self.port]

    def guest_parameters(self):
        return {"mount_port": self.mount_port} if self.version == "3" else {}

    def _make_data(self):
        # File handles which outlive an open file take CAP_DAC_READ_SEARCH.
        if os.geteuid() != 0:
            raise HostError("ganesha.nfsd: its file handles take "
                            "CAP_DAC_READ_SEARCH: run the lab as root")
        for name in ("swap", "recovery", "run"):
            (self._root / name).mkdir(parents=True, exist_ok=True)
        path = self._root / "swap" / "file"
        # Written, not only allocated: NFS does not swap to a file with holes,
        # and every swap write is synchronous, on ext4 with a commit of the
        # journal for each extent which it is the first to write to.
        allocate(path, self.size_mib, zeroes=True)
        made = subprocess.run([program("mkswap"), str(path)],
                              stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False)
        if made.returncode:
            raise HostError(f"mkswap: {made.stderr.strip()}")
        self._grace = False

    def _remove_data(self):
        if self._portmap:
            self._portmap.stop()
            self._portmap = None
        shutil.rmtree(self._root, ignore_errors=True)

    def _configuration(self):
        major = self.version[0]
        return f"""\
NFS_CORE_PARAM {{
	Protocols = {major};
	NFS_Port = {self.port};
	MNT_Port = {self.mount_port};
	Bind_addr = 127.0.0.1;
	Enable_NLM = false;
	Enable_RQUOTA = false;
	Enable_UDP = false;
	mount_path_pseudo = true;
}}
NFSV4 {{
	Graceless = {str(not self._grace).lower()};
	Grace_Period = 10;
	Lease_Lifetime = 10;
	Minor_Versions = 1, 2;
	RecoveryBackend = fs;
	RecoveryRoot = "{self._root}/recovery";
	Only_Numeric_Owners = true;
}}
NFS_KRB5 {{
	Active_krb5 = false;
}}
EXPORT {{
	Export_Id = 1;
	Path = "{self._root}/swap";
	Pseudo = /swap;
	Protocols = {major};
	Transports = TCP;
	Access_Type = RW;
	Squash = No_Root_Squash;
	SecType = sys;
	Disable_ACL = true;
	FSAL {{
		Name = VFS;
	}}
}}
LOG {{
	Default_Log_Level = EVENT;
}}
"""

    def _new_log(self, offset):
        try:
            with open(self.log, errors="replace") as log:
                log.seek(offset)
                return log.read()
        except OSError:
            return ""

    def _launch(self):
        config = self._root / "ganesha.conf"
        config.write_text(self._configuration())
        # -F: stay this one process, with the pid that we know.
        argv = [program(self.name), "-F", "-f", str(config),
                "-L", str(self.log), "-p", str(self._root / "pid")]
        if self.version == "3":
            if not self._portmap:
                self._portmap = _Portmap(self._root / "run")
            argv = [program("unshare"), "--mount", "/bin/sh", "-c",
                    'mount --bind "$0" /run && exec "$@"',
                    str(self._root / "run"), *argv]
        offset = self.log.stat().st_size if self.log.exists() else 0
        with open(self.dir / "ganesha.err", "ab") as log:
            self._child = start_child(argv, log, log)
        self.pid = self._child.pid
        wait_until(self.slow_start_s, lambda: not self.running() or
                   "NFS SERVER INITIALIZED" in self._new_log(offset))
        log = self._new_log(offset)
        # Without its export, on overlayfs say, it still serves an empty root.
        bad = re.search(r" :(?:FSAL|EXPORT|CONFIG) :CRIT :(.*)", log)
        if bad:
            raise HostError(f"ganesha.nfsd: does not export {self._root}: "
                            f"{bad[1].strip()}: use a directory on ext4 or "
                            "XFS")
        if not self.running() or not port_listens(self.port):
            bad = re.findall(r" :(?:MAJ|CRIT|FATAL)[A-Z]* :(.*)", log)
            why = bad[-1].strip() if bad else last_line(
                self.dir / "ganesha.err")
            if "unshare" in why or "mount" in why:
                raise HostError(f"ganesha.nfsd: no mount namespace: {why}: "
                                "run the lab with CAP_SYS_ADMIN, or without "
                                "swap=nfs3")
            raise HostError(f"ganesha.nfsd: does not start: {why} "
                            f"(see {self.log})")
        if self.version == "4.2":
            self._refuse_read_plus()
        # From now on its clients have something to reclaim.
        self._grace = True

    def _refuse_read_plus(self):
        """Have ganesha say that it does not support READ_PLUS.

        Before 6.2 its answer to READ_PLUS is an empty file: the operation
        does not reach the export's driver, which would have refused it
        (fixed by ganesha's commit 24da5c304).  A client that tries READ_PLUS,
        as Linux does with CONFIG_NFS_V4_2_READ_PLUS, gets EIO from every
        read; one that is refused goes on with READ.  So, in ganesha's table
        of operations, the functions of READ_PLUS are replaced by those of one
        that is refused by all exports.
        """
        shown = subprocess.run([program(self.name), "-v"], text=True,
                               capture_output=True, check=False).stdout
        version = re.search(r"Release = V(\d+)\.(\d+)", shown)
        if version and tuple(map(int, version.groups())) >= (6, 2):
            return
        try:
            with open(f"/proc/{self.pid}/mem", "r+b", buffering=0) as mem:
                table = _OperationTable(self.pid, mem)
                _, refuse = table.functions("OP_OFFLOAD_STATUS")
                mem.seek(table.functions("OP_READ_PLUS")[0])
                mem.write(refuse)
        except (OSError, LookupError, struct.error) as err:
            raise HostError("ganesha.nfsd: its READ_PLUS is broken and cannot "
                            f"be switched off: {err}: use swap=nfs41, or "
                            "ganesha 6.2 or newer") from None

    def kill(self):
        super().kill()
        if self._child:
            # Popen must not wait for what we have reaped.
            self._child.returncode = -signal.SIGKILL
            self._child = None


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
    def done(self):
        """All that was to happen happened."""
        return not self._due

    def poll(self, now_s):
        """Do what is due now_s seconds after the load began."""
        while self._due and self._due[0][0] <= now_s:
            _, name = self._due.pop(0)
            count = getattr(self.server, name)()
            self.log.append((round(now_s, 1), name if count is None
                             else f"{name}: {count}"))


def make_server(params, directory):
    """The server of a run's parameters, not started; None without swap."""
    swap = params["swap"]
    if swap == "none":
        return None
    if swap == "nbd":
        return NbdServer(directory)
    if swap not in NFS_VERSIONS:
        raise HostError(f"swap={swap}: use nbd, none, " +
                        ", ".join(NFS_VERSIONS))
    return NfsServer(directory, NFS_VERSIONS[swap])


def _needs(table, params):
    names = table.get(params["swap"], [])
    if params.get("fault") == "netem":
        names = names + table["netem"]
    return names


def guest_modules(params):
    """Names of the kernel modules for a guest's swap and faults."""
    return _needs(MODULES, params)


def guest_programs(params):
    """Paths of this machine's programs that the guest takes along."""
    return [program(name) for name in _needs(PROGRAMS, params)]


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

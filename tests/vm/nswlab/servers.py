# SPDX-License-Identifier: GPL-2.0
"""Servers of swap: what they have in common, and nbd-server.

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
import signal
import socket
import struct
import subprocess
from pathlib import Path

from .processes import (HostError, allocate, choose_port, group_members,
                        is_stopped, last_line, libc, port_is_free,
                        port_listens, program, tcp_sockets, wait_until)

PR_SET_CHILD_SUBREAPER = 36
SYS_PIDFD_GETFD = 438       # one number on all architectures


class Server:
    """What the swap servers have in common."""

    name = ""           # the program
    ports = 1           # how many it listens on, one after the other
    slow_start_s = 15   # when not to listen by then is to have failed

    def __init__(self, directory, port=None, size_mib=512, data=None):
        self.dir = Path(directory).resolve()
        # Where what it serves is; its logs are in the other.
        self.data = Path(data or directory).resolve()
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
            for directory in (self.dir, self.data):
                directory.mkdir(parents=True, exist_ok=True)
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


class NbdServer(Server):
    """nbd-server with one export, "swap"."""

    name = "nbd-server"

    def __init__(self, directory, port=None, size_mib=1024, data=None):
        super().__init__(directory, port, size_mib, data)
        self.image = self.data / "swap.img"
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

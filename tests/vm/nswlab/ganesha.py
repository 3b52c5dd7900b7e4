# SPDX-License-Identifier: GPL-2.0
"""nfs-ganesha as a server of swap over NFSv3, v4.1 and v4.2."""

import os
import re
import shutil
import signal
import socket
import socketserver
import struct
import subprocess
import threading
from pathlib import Path

from .processes import (HostError, allocate, last_line, port_listens, program,
                        start_child, wait_until)
from .servers import Server


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


class NfsServer(Server):
    """nfs-ganesha with one export, "/swap", and the file "file" in it."""

    name = "ganesha.nfsd"

    def __init__(self, directory, version="4.1", port=None, size_mib=512,
                 data=None):
        if version not in ("3", "4.1", "4.2"):
            raise HostError(f"NFS version '{version}': use 3, 4.1 or 4.2")
        super().__init__(directory, port, size_mib, data)
        self.version = version
        self.ports = 2 if version == "3" else 1
        self.log = self.dir / "ganesha.log"
        self._root = self.data / "ganesha"
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

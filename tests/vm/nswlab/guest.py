# SPDX-License-Identifier: GPL-2.0
"""One run: servers, initramfs, QEMU, and the guest's word on how it went."""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import ExitStack
from datetime import datetime, timezone
from pathlib import Path

from . import evidence, host, pcap, processes, verdict
from .text import read

VM = Path(__file__).resolve().parent.parent
ROOT = VM.parent.parent
TOOLS = ["qemu-system-x86_64:qemu-system-x86", "busybox:busybox-static",
         "cpio:cpio"]
NICS = {"vmxnet3": "vmxnet3", "virtio": "virtio-net-pci", "e1000e": "e1000e",
        "e1000": "e1000", "rtl8139": "rtl8139"}
ROOM_MIB = 512          # for a run, besides its swap area: the capture
BOOT_S = 180            # to the first word of init: KUnit comes before it
POWER_OFF_S = 10
GRACE_S = 30            # past the guest's own deadline: its watch is dead
RECORD_S = 4            # for two more lines of a recording at 1 Hz
EVIDENCE_S = 20         # from the watch's verdict to all of its evidence
UDP_SINKS = 16


class LabError(Exception):
    """The lab failed, not what it was to test: reason and remedy, or "" if
    that has been said."""


def kernel_dir(*words):
    """What kernel.sh prints: the directory of a kernel, which it gets or
    builds, or with --source of its source."""
    child = subprocess.Popen([VM / "kernel.sh", *words], text=True,
                             stdout=subprocess.PIPE)
    try:
        shown, _ = child.communicate()
    except BaseException:
        child.terminate()       # it ends its make; a kill would not
        child.wait()
        raise
    if child.returncode:
        raise LabError("")      # kernel.sh has said why
    return Path(shown.strip())


def _image(kernel):
    return next((kernel / "boot").glob("vmlinuz-*"))


def _kvm_boots(image):
    # A nested /dev/kvm may be there, open, and still abort the first guest, or
    # run its firmware and not its kernel.  Without a root the kernel panics when
    # all of it has been started.
    if not os.access("/dev/kvm", os.W_OK):
        return False
    command = ["qemu-system-x86_64", "-accel", "kvm", "-cpu", "max",
               "-m", "256", "-nodefaults", "-no-user-config", "-no-reboot",
               "-display", "none", "-serial", "stdio", "-kernel", image,
               "-append", "earlyprintk=ttyS0 console=ttyS0 panic=-1"]
    try:
        said = subprocess.run(command, stdin=subprocess.DEVNULL, timeout=20,
                              capture_output=True).stdout
    except subprocess.TimeoutExpired as err:
        said = err.stdout or b""
    return b"not syncing: VFS" in said


class Lab:
    """What all runs share: tools, the accelerator, what was built."""

    def __init__(self, build=ROOT / "build"):
        os.environ["PATH"] += ":/usr/sbin:/sbin"
        for tool in TOOLS:
            program, package = tool.split(":")
            if not shutil.which(program):
                raise LabError(f"no {program}: install {package}")
        self.build = build
        self.tools = build / "lab-tools"
        self.run_tool(VM / "build.sh", self.tools)
        self._accel = None

    def accelerator(self, image):
        if self._accel is None:
            self._accel = "kvm" if _kvm_boots(image) else "tcg"
        return self._accel

    @staticmethod
    def run_tool(*command):
        status, err = processes.run_group(command)
        if status:
            lines = err.strip().splitlines() or ["no reason given"]
            raise LabError(lines[-1])

    def program(self, name):
        """The file that a scenario's '# bins:' word stands for."""
        places = [self.build / name, self.build / "tests" / name,
                  self.tools / name,
                  self.build / "bpf" / "optional" / name,
                  self.build / "bpf" / name]
        if found := shutil.which(name):
            places.append(Path(found))
        if name == "cc1":       # the compiler proper, which gcc runs
            places.append(Path(subprocess.run(
                ["gcc", "-print-prog-name=cc1"], text=True,
                capture_output=True, check=False).stdout.strip()))
        for path in places:
            if path.exists():
                return path
        raise LabError(f"no {name} in {self.build} or on PATH: "
                       "'make lab' builds it")

    def selftest(self, name, kernel):
        """A program of the kernel's own selftests, of its patched source."""
        tests = kernel_dir("--source", kernel) / "tools/testing/selftests"
        path = self.tools / Path(name).name
        if not (tests / f"{name}.c").exists():
            raise LabError(f"no selftest {name} in the source of {kernel}: "
                           "needs kernel-patches/")
        self.run_tool("gcc", "-O2", "-Wall", "-o", path, tests / f"{name}.c")
        return path

    def source(self, name):
        """A file of plain 6.12 as the compiler gets it, all of it in one."""
        kernel_dir("6.12")      # what is included is made with it
        tree = kernel_dir("--source", "6.12")
        made = Path(name).with_suffix(".i")
        self.run_tool("make", "-s", "-C", tree, made)
        return Path(shutil.copy(tree / made, self.tools))

    def bins(self, scenario, kernel):
        paths = [self.selftest(name, kernel) for name in scenario.selftests]
        paths += [self.source(name) for name in scenario.sources]
        if (self.build / "netswap").exists():
            paths.append(self.build / "netswap")
        for word in scenario.bins:
            if word == "objects":
                paths += sorted((self.build / "bpf").rglob("*.bpf.o"))
            else:
                paths.append(self.program(word))
        return paths


class Lock:
    """One guest at a time: two would take each other's time."""

    def __init__(self, show):
        self.show = show

    def __enter__(self):
        path = Path(tempfile.gettempdir()) / "netswap-vm.lock"
        self.file = open(path, "a")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.show("waits for the guest of another lab")
            fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_):
        self.file.close()


class Qmp:
    """QEMU's control socket."""

    def __init__(self, path, timeout=10):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(timeout)
        self.sock.connect(str(path))
        self.file = self.sock.makefile("rw")
        json.loads(self.file.readline())
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        self.file.write(json.dumps({"execute": name,
                                    "arguments": arguments}) + "\n")
        self.file.flush()
        while line := self.file.readline():
            answer = json.loads(line)
            if "error" in answer:
                raise OSError(answer["error"]["desc"])
            if "return" in answer:
                return answer["return"]
        raise OSError("QEMU closed its control socket")

    def hmp(self, text):
        return self.command("human-monitor-command",
                            **{"command-line": text})


class Stream:
    """A serial line of the guest: what it writes goes to a file.

    Not QEMU's own logfile=: on a socket it logs a byte twice when the socket
    was full for a moment.
    """

    def __init__(self, path, log, qemu):
        self.sock = socket.socket(socket.AF_UNIX)
        while True:
            try:
                self.sock.connect(str(path))
                break
            except OSError:
                if qemu.poll() is not None:
                    raise LabError("QEMU does not start: "
                                   + verdict.qemu_says(log.parent)) from None
                time.sleep(0.02)
        self.thread = threading.Thread(target=self._copy, args=(log,),
                                       daemon=True)
        self.thread.start()

    def _copy(self, log):
        with open(log, "wb", buffering=0) as out:
            while True:
                try:
                    data = self.sock.recv(65536)
                except OSError:
                    return
                if not data:
                    return
                out.write(data)

    def send(self, data):
        try:
            self.sock.sendall(data)
        except OSError:
            pass                # the guest is gone

    def close(self):
        """All that was written is in the file; QEMU must have ended."""
        self.thread.join(5)
        self.sock.close()


def _judge(run, broken, times):
    found = verdict.judge(run, broken) | times
    (run.dir / "run.json").write_text(json.dumps(found) + "\n")
    return found


class Kept:
    """A run of another day, of which there is only what it has left."""

    def __init__(self, cell, old, directory):
        self.cell, self.dir = cell, directory
        self.params, self.number = old["cell"]["params"], old["run"]
        self.load1, self.cpus = old["host"]["load1"], old["host"].get("cpus")
        self.load_started = verdict.values(directory).get("phase")
        self.kernel_id = old.get("kernel_id")
        self.accel, self.build = old["host"]["accel"], ROOT / "build"
        self.times = {k: old[k] for k in ("started", "seconds")}
        self.faults, self.missed = old.get("faults", []), old.get("missed", [])

    def judge(self, broken):
        return _judge(self, broken, self.times)


class Run:
    """One guest; everything it leaves is in self.dir."""

    def __init__(self, lab, cell, number, directory, show=None, console=False):
        self.lab, self.cell, self.number = lab, cell, number
        self.dir = directory
        self.console = console
        self.show = show or (lambda text: None)
        self.params = cell.params
        self.accel, self.build = None, lab.build
        self.cpus = os.cpu_count()
        self.begun = self.load_started = self.load1 = self.kernel_id = None
        self.faults, self.missed = [], []

    # --- before ----------------------------------------------------------

    def _start_server(self, stack):
        if self.params["swap"] == "none":
            return None
        memory = host.in_memory(self.params)
        data = memory and stack.enter_context(tempfile.TemporaryDirectory(
            prefix="netswap-lab.", dir=memory, ignore_cleanup_errors=True))
        server = host.make_server(self.params, self.dir, data)
        stack.callback(server.stop)
        server.start()
        return server

    def _start_flood(self, stack):
        kind = self.params["flood"]
        if kind == "none":
            return None
        flood = host.Flood(self.lab.tools, tcp=kind in ("tcp", "both"),
                           udp_ports=UDP_SINKS if kind != "tcp" else 0,
                           rate=int(self.params["rate"]),
                           seconds=int(self.params["timeout"]) + GRACE_S)
        stack.callback(flood.stop)
        flood.start()
        return flood

    def _initramfs(self, kernel, target):
        command = [VM / "initramfs.sh", "--kernel-dir", kernel,
                   "--tools", self.lab.tools,
                   "--scenario", self.cell.scenario.script, "--out", target]
        for module in self._nic_modules() + host.guest_modules(self.params):
            command += ["--module", module]
        for path in self.lab.bins(self.cell.scenario, self.cell.kernel):
            command += ["--bin", path]
        for path in host.guest_programs(self.params):
            command += ["--program", path]
        self.lab.run_tool(*command)

    def _nic_modules(self):
        nic = self.params["nic"]
        return {"virtio": ["virtio_pci", "virtio_net"],
                "rtl8139": ["8139cp"]}.get(nic, [nic])

    def _cmdline(self, server, flood):
        # ramfs: the lab's own programs must not be swapped.  The rest of the
        # first line ends the guest on a panic, the second is for speed under
        # emulation.  KUnit's tests are a scenario, and take a minute of a debug
        # kernel's boot.
        words = ["console=ttyS0", "panic=-1", "rootfstype=ramfs",
                 "8250.nr_uarts=4", "sysrq_always_enabled=1",
                 "mitigations=off", "no5lvl", "init_on_alloc=0", "apparmor=0",
                 "kunit.enable=0", *self.cell.scenario.cmdline]
        if self.params["off"] != "none":
            words.append("netswap_off=" + self.params["off"])
        if self.params["numa"] != "1":
            words.append("numa=fake=" + self.params["numa"])
        told = dict(self.params)
        if server:
            told["server_port"] = server.port
            told |= server.guest_parameters()
        if flood:
            if flood.tcp_port:
                told["flood_port"] = flood.tcp_port
            if flood.udp_port:
                told["flood_udp_port"] = flood.udp_port
        if self.console:
            size = os.get_terminal_size(0)
            words.append("loglevel=1")
            told |= {"console": 1, "term": os.environ.get("TERM", "vt100"),
                     "rows": size.lines, "cols": size.columns}
        words += [f"netswap.{k}={v}" for k, v in told.items() if v != ""]
        return " ".join(words)

    def _qemu(self, kernel, server, flood, tmp):
        netdev = "user,id=net"
        if flood and flood.udp_port:
            for port in range(flood.udp_port, flood.udp_port + UDP_SINKS):
                netdev += f",hostfwd=udp:127.0.0.1:{port}-:{port}"
        if self.console:
            con = ["-chardev", "stdio,id=con,mux=on,signal=off,logfile="
                   f"{self.dir}/console.log", "-mon", "chardev=con"]
        else:
            con = ["-chardev", f"socket,id=con,path={tmp}/con,server=on"]
        machine = ["-accel", self.accel.replace("tcg", "tcg,thread=multi")]
        if self.params["icount"] == "1":
            # As exact as time gets: the same program takes the same.
            machine = ["-accel", "tcg,thread=single",
                       "-icount", "shift=1,sleep=off"]
        capture = []
        if self.params["capture"] == "1":
            # The first bytes of each packet: headers, for all that matters.
            capture = ["-object", "filter-dump,id=dump,netdev=net,"
                       f"file={tmp}/all.pcap,maxlen=128"]
        command = [
            "qemu-system-x86_64", *machine, "-cpu", "max",
            "-smp", self.params["cpus"], "-m", self.params["mem"],
            "-nodefaults", "-no-user-config", "-display", "none",
            "-no-reboot", "-kernel", _image(kernel),
            "-initrd", f"{tmp}/initramfs.gz",
            "-append", self._cmdline(server, flood),
            "-netdev", netdev,
            "-device", NICS[self.params["nic"]] + ",netdev=net,romfile=",
            *capture,
            "-qmp", f"unix:{tmp}/qmp,server=on,wait=off", *con,
            "-serial", "chardev:con",
            "-chardev", f"file,id=res,path={self.dir}/result.txt",
            "-serial", "chardev:res",
            "-chardev", f"socket,id=watch,path={tmp}/watch,server=on",
            "-serial", "chardev:watch",
            "-chardev", f"file,id=rec,path={self.dir}/record.jsonl",
            "-serial", "chardev:rec",
            "-device", "isa-debug-exit,iobase=0xf4,iosize=1"]
        with open(self.dir / "qemu.log", "w") as log:
            return subprocess.Popen(
                list(map(str, command)), stdout=log if not self.console
                else None, stderr=log, stdin=None if self.console
                else subprocess.DEVNULL, preexec_fn=processes.die_with_parent)

    def _streams(self, stack, qemu, tmp):
        # In the order in which QEMU waits for them.
        if not self.console:
            self.con = Stream(f"{tmp}/con", self.dir / "console.log", qemu)
            stack.callback(self.con.close)
        self.watch = Stream(f"{tmp}/watch", self.dir / "watch.txt", qemu)
        stack.callback(self.watch.close)

    # --- while it runs ---------------------------------------------------

    def _ticks(self):
        """What watch said last, without its name for a second."""
        last = ""
        for line in read(self.dir / "watch.txt").splitlines():
            if line.startswith("tick="):
                last = line.partition(" ")[2]
        return last

    def _recorded(self):
        """Whole lines of the recording so far."""
        return read(self.dir / "record.jsonl").count("\n")

    def _collect(self, qmp, server):
        """What can be known from outside while the guest still is."""
        left = {"missing": ["QEMU's control socket does not answer"]}
        before = self._recorded()
        if qmp:
            left = evidence.collect(qmp, self.dir, verdict.values(self.dir))
        # BPF's counts of one moment later, for a bracket around the kernel's.
        until = time.monotonic() + RECORD_S
        while self._recorded() < before + 2 and time.monotonic() < until:
            time.sleep(0.1)
        lines = left.pop("usernet", [])
        if server:
            lines += ["@@BEGIN ss", *host.host_state(server), "@@END ss"]
        (self.dir / "host.txt").write_text("\n".join(lines) + "\n")
        left |= {"line_before": before, "line_after": self._recorded()}
        (self.dir / "outside.json").write_text(json.dumps(left) + "\n")

    def _wait(self, qemu, server, tmp):
        """Until there is a verdict, or no guest any more."""
        begun = time.monotonic()
        seconds = int(self.params["timeout"])
        deadline = begun + seconds + GRACE_S
        # A slow kernel is given more for all that it does.
        boot = min(begun + max(BOOT_S, seconds / 2), deadline)
        faults = host.Faults(self.params["fault"], server)
        collected, sentenced = 0, None
        while qemu.poll() is None:
            now = time.monotonic()
            result = read(self.dir / "result.txt")
            watch = read(self.dir / "watch.txt")
            if not result and now > boot:
                raise LabError(f"{self.cell.kernel} does not boot: no word "
                               f"from the guest's init in {now - begun:.0f} s:"
                               f" see {self.dir}/console.log")
            if self.load_started is None and "\nphase=load\n" in result:
                self.load_started = now
            if self.load_started is not None:
                faults.poll(now - self.load_started
                            - int(self.params["later"]))
            self.faults, self.missed = faults.log, faults.missed
            if watch.count("evidence=ready") > collected:
                collected += 1
                self._collect(self._qmp(tmp), server)
                self.watch.send(b"q")
            if "\nverdict=" in watch and not collected:
                sentenced = sentenced or now
                if now > sentenced + EVIDENCE_S:
                    deadline = now
            if "\nverdict=" in result:
                # Powering off is no part of the test.
                try:
                    qemu.wait(POWER_OFF_S)
                except subprocess.TimeoutExpired:
                    pass
                return
            if now >= deadline:
                self._dead_guest(server, tmp)
                return
            self.show(f"{now - begun:4.0f} s  {self._ticks()}")
            time.sleep(0.2)

    def _qmp(self, tmp):
        try:
            return Qmp(f"{tmp}/qmp")
        except (OSError, ValueError):       # it ends in the middle of a line
            return None

    def _dead_guest(self, server, tmp):
        """Not even the watch, which needs nothing of the kernel, answered."""
        qmp = self._qmp(tmp)
        if qmp and not self.console:
            evidence.sysrq_from_outside(qmp, self.con, "9wtm")
        self._collect(qmp, server)

    # --- all of it -------------------------------------------------------

    def go(self):
        self.dir.mkdir(parents=True, exist_ok=True)
        started = datetime.now(timezone.utc)
        broken = None
        try:
            self._go()
        except (LabError, processes.HostError) as err:
            broken = str(err)
        except OSError as err:
            broken = f"{err.filename or self.dir}: {err.strerror or err}"
        seconds = time.monotonic() - (self.begun or time.monotonic())
        return _judge(self, broken, {
            "started": started.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "seconds": round(seconds, 1)})

    def _go(self):
        kernel = kernel_dir(self.cell.kernel)
        self.kernel_id = kernel.name
        room = shutil.disk_usage(self.dir).free >> 20
        needed = ROOM_MIB + host.area_mib(self.params)
        if room < needed:
            raise LabError(f"{self.dir}: {room} MiB free, and a run needs "
                           f"{needed}: make room, or choose another place "
                           "with --out")
        with ExitStack() as stack:
            tmp = stack.enter_context(
                tempfile.TemporaryDirectory(prefix="netswap-lab.",
                                            ignore_cleanup_errors=True))
            self._initramfs(kernel, f"{tmp}/initramfs.gz")
            stack.enter_context(Lock(self.show))
            self.accel = self.lab.accelerator(_image(kernel))
            self.begun = time.monotonic()       # others had the machine
            self.load1 = os.getloadavg()[0]
            server = self._start_server(stack)
            flood = self._start_flood(stack)
            qemu = self._qemu(kernel, server, flood, tmp)
            self._streams(stack, qemu, tmp)
            stack.callback(processes.end, qemu)
            self._wait(qemu, server, tmp)
            processes.end(qemu)
            self._keep_capture(server, Path(tmp) / "all.pcap")

    def _keep_capture(self, server, captured):
        result = read(self.dir / "result.txt")
        if not server or "\nverdict=COMPLETED" in result:
            return
        if captured.exists():
            try:
                pcap.keep(captured, self.dir / "swap.pcap",
                          server.guest_ports())
            except pcap.PcapError:
                pass        # a full disk: the diagnosis tells that it lacks

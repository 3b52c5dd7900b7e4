# SPDX-License-Identifier: GPL-2.0
"""check.py NAME DIR: one check of the lab's host side; exit status and why."""

import os
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TESTS / "vm"))

from nswlab import host, processes  # noqa: E402

KIND, NAME, DIR = sys.argv[1], sys.argv[2], Path(sys.argv[3])


def server(**options):
    if KIND == "nbd":
        return host.NbdServer(DIR, size_mib=16, **options)
    return host.NfsServer(DIR, host.NFS_VERSIONS[KIND], size_mib=16,
                          **options)


def connect(srv):
    """A client whom the server, and not only its kernel, has answered."""
    client = socket.create_connection(("127.0.0.1", srv.port), timeout=20)
    answers(client)
    return client


def call(client):
    """An RPC: NULL, of the version which the server has."""
    version = 3 if KIND == "nfs3" else 4
    message = struct.pack(">10I", 7, 0, 2, 100003, version, 0, 0, 0, 0, 0)
    client.sendall(struct.pack(">I", 0x80000000 | len(message)) + message)


def receive(client, size):
    """Exactly so much; MSG_WAITALL is not for sockets with a timeout."""
    data = b""
    while len(data) < size:
        more = client.recv(size - len(data))
        assert more, f"closed after {data!r}"
        data += more
    return data


def answers(client):
    if KIND == "nbd":
        data = receive(client, 18)
        assert data.startswith(b"NBDMAGICIHAVEOPT"), data
    else:
        call(client)
        data = receive(client, 28)
        assert struct.unpack(">7I", data)[1:4] == (7, 1, 0), data


def alive(pid):
    return Path(f"/proc/{pid}").exists()


def serves():
    """Starts, answers, and is gone after stop(), with its data."""
    srv = server()
    try:
        srv.start()
        client = connect(srv)
        pids = processes.group_members(srv.pid)
        assert srv.pid in pids and srv.connections() == 1, pids
        # QEMU's end is on this machine as well.
        state = [line for line in host.host_state(srv)
                 if line.startswith("ESTAB")]
        assert len(state) == 2, state
        client.close()
    finally:
        srv.stop()
    assert not any(map(alive, pids)), pids
    left = {p.suffix for p in DIR.rglob("*") if p.is_file()}
    assert left <= {".log", ".err"}, left
    srv.stop()


def restarts():
    """Killed: no process, no listener.  Then the same port and data."""
    with server() as srv:
        client = connect(srv)
        port, pids = srv.port, processes.group_members(srv.pid)
        data = next(p for p in DIR.rglob("*")
                    if p.name in ("swap.img", "file"))
        with open(data, "r+b") as file:
            file.seek(8192)
            file.write(b"survivor")
        srv.kill()
        assert not srv.running() and not any(map(alive, pids)), pids
        assert not processes.port_listens(port)
        assert client.recv(1) == b"", "a dead server answers"
        srv.restart()
        assert srv.port == port and srv.pid not in pids
        connect(srv).close()
        assert data.read_bytes()[8192:8200] == b"survivor"


def freezes():
    """Silent while frozen, and itself again when thawed."""
    with server() as srv:
        client = connect(srv)
        srv.freeze()
        client.settimeout(1)
        if KIND == "nbd":
            option = b"IHAVEOPT" + struct.pack(">II", 3, 0)     # list
            client.sendall(struct.pack(">I", 1) + option)
        else:
            call(client)
        try:
            got = client.recv(1)
            raise AssertionError(f"frozen, it sent {got!r}")
        except TimeoutError:
            pass
        srv.thaw()
        client.settimeout(20)
        assert client.recv(1), "thawed, it is gone"


def resets():
    """The client gets ECONNRESET, the next one is served."""
    with server() as srv:
        client = connect(srv)
        count = srv.reset_connections()
        assert count == 1, count
        try:
            got = client.recv(1)
            raise AssertionError(f"no reset, but {got!r}")
        except ConnectionResetError:
            pass
        assert srv.running()
        connect(srv).close()
        assert srv.running()


def port_in_use():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        srv = server(port=port)
        try:
            srv.start()
        finally:
            srv.stop()


def missing_program():
    """Argument 4 is a PATH without it."""
    os.environ["PATH"] = sys.argv[4]
    server().start()


def disk_full():
    srv = host.NbdServer(DIR, size_mib=1 << 22)
    try:
        srv.start()
    finally:
        srv.stop()


def child():
    """Starts a server, says which processes, and waits to be killed."""
    srv = server()
    srv.start()
    client = connect(srv)
    print(*processes.group_members(srv.pid), flush=True)
    time.sleep(60)
    client.close()


def dies_with_parent():
    """A killed lab leaves no process."""
    with subprocess.Popen([sys.executable, __file__, KIND, "child", DIR],
                          stdout=subprocess.PIPE, text=True) as lab:
        pids = [int(word) for word in lab.stdout.readline().split()]
        assert pids, "no server"
        lab.kill()
    ours = [pid for pid in pids if running(pid)]
    processes.wait_until(5, lambda: not any(map(running, pids)))
    left = [pid for pid in pids if running(pid)]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left, f"{left} of {ours}"
    for path in DIR.rglob("swap.img"):
        path.unlink()


def running(pid):
    """Not so for a zombie that this machine's init leaves lying about."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def flood():
    """Comes over TCP and UDP, and ends by itself."""
    tools = Path(sys.argv[4])
    src = host.Flood(tools, tcp=True, udp_ports=4, rate=500, seconds=2)
    src.start()
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
            sink.bind(("127.0.0.1", src.udp_port + 3))
            sink.settimeout(5)
            assert len(sink.recv(2000)) == 1400
        with socket.create_connection(("127.0.0.1", src.tcp_port)) as sink:
            receive(sink, 65536)
        assert src._child.wait(10) == 0
    finally:
        src.stop()


def faults():
    """Each at its time, once, in order."""
    class Recorder:
        port = pid = None

        def __getattr__(self, name):
            return lambda: 3 if name == "reset_connections" else None

    for spec, wanted in (
            ("none", []), ("netem", []),
            ("kill", [(5.2, "kill"), (7.0, "restart")]),
            ("reset", [(5.2, "reset_connections: 3")]),
            ("resets", [(at, "reset_connections: 3") for at in
                        (5.2, 7, 7, 7, 7) + (10,) * 6 + (60,)]),
            ("silence", [(5.2, "freeze"), (10.0, "thaw")])):
        plan = host.Faults(spec, Recorder())
        assert len(plan.missed) == len(wanted), (spec, plan.missed)
        for now in (0, 4.9, 5.2, 5.4, 7, 10, 60):
            plan.poll(now)
        assert plan.log == wanted and not plan.missed, (spec, plan.log)


def unknown_fault():
    host.Faults("flood", None)


def parameters():
    """Every kind of swap has a server, modules and parameters."""
    srv = host.make_server({"swap": "nfs3"}, DIR)
    srv.port = 5
    assert srv.guest_parameters() == {"mount_port": 6}
    assert srv.guest_ports() == [5, 6]
    assert host.make_server({"swap": "none"}, DIR) is None
    for swap, mib in (("nbd", 1024), ("nfs41", 512)):
        assert host.make_server({"swap": swap}, DIR).size_mib == mib
        # The load of 2012 takes four times the memory.
        for load, mem, wanted in (("384", "192", mib), ("1200", "1024", 1200),
                                  ("", "512", 2048)):
            params = {"swap": swap, "mib": load, "mem": mem}
            assert host.make_server(params, DIR).size_mib == wanted, params
        wanted = host.make_server({"swap": swap, "area": "96"}, DIR)
        assert wanted.size_mib == 96
        # In memory, where there is room for it.
        params = {"swap": swap, "area": "64", "mem": "128"}
        assert host.in_memory(params) == host.SHM
        assert host.in_memory(params | {"area": "9999999"}) is None
        other = host.make_server(params, DIR / "logs", DIR / "data")
        other.start()
        other.stop()
        assert list((DIR / "logs").iterdir()), "no logs"
        assert not list((DIR / "data").iterdir()), "data is left"
    assert host.host_state(None) == []
    for swap in ("nbd", "nfs3", "nfs41", "nfs42"):
        assert host.make_server({"swap": swap}, DIR)
        plain = host.guest_modules({"swap": swap, "fault": "none"})
        assert plain
        assert host.guest_modules({"swap": swap, "fault": "netem"}) == \
            plain + ["sch_netem"]
        assert host.guest_modules({"swap": swap, "guard": "off"}) == plain
        assert host.guest_modules({"swap": swap, "guard": "on"}) == \
            plain + ["sch_ingress", "cls_bpf"]
    host.make_server({"swap": "iscsi"}, DIR)


if __name__ == "__main__":
    try:
        globals()[NAME]()
    except processes.HostError as err:
        print(err, file=sys.stderr)
        sys.exit(1)

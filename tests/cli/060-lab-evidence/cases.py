# SPDX-License-Identifier: GPL-2.0
"""Captures and guest memory made up, for what no recorded run has: each
function of this file is a case; it fails by an assertion."""

import json
import re
import struct
import sys
from pathlib import Path

from nswlab import diagnose, evidence, pcap
from nswlab.console import Console
from nswlab.rundir import Run

TMP = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(".")
GUEST, HOST = bytes([10, 0, 2, 15]), bytes([10, 0, 2, 2])
SYN, ACK, FIN, RST = 2, 16, 1, 4


class Capture:
    def __init__(self, order="<", base=0):
        self.order, self.base = order, base
        magic = 0xa1b2c3d4
        self.data = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 128, 1)
        self.now = 1000.0

    def packet(self, out, seq, ack, payload=0, flags=ACK, window=1000,
               port=10809, options=b"", after=0.1, ether=b"\x08\x00",
               fragment=0, ident=0):
        self.now += after
        ports = (45000, port) if out else (port, 45000)
        tcp = struct.pack(">HHIIBBHHH", *ports, (seq + self.base) % 2**32,
                          (ack + self.base) % 2**32,
                          (20 + len(options)) // 4 << 4, flags, window, 0, 0)
        ends = (GUEST, HOST) if out else (HOST, GUEST)
        total = 20 + 20 + len(options) + payload
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, total, ident, fragment, 64,
                         6, 0, *ends)
        frame = bytes(12) + ether + ip + tcp + options + bytes(payload)
        kept = frame[:128]
        self.data += struct.pack(self.order + "IIII", int(self.now),
                                 int(self.now % 1 * 1e6), len(kept),
                                 len(frame)) + kept

    def summary(self, ports=(10809,), **kwargs):
        path = TMP / "made.pcap"
        path.write_bytes(self.data)
        return pcap.summarise(path, ports, **kwargs)


def talk(capture):
    """A handshake with window scaling, and one exchange."""
    scale = bytes([3, 3, 7, 0])
    capture.packet(True, 0, 0, flags=SYN, options=scale)
    capture.packet(False, 500, 1, flags=SYN | ACK, options=scale)
    capture.packet(True, 1, 501, payload=100)
    capture.packet(False, 501, 101, payload=50)
    capture.packet(True, 101, 551)


def numbers():
    for order, base in (("<", 0), (">", 2**32 - 60), ("<", 2**32 - 300)):
        c = Capture(order, base)
        talk(c)
        c.packet(True, 101, 551, payload=200)      # never acknowledged
        c.packet(False, 551, 101, window=0)
        c.packet(False, 551, 101, window=0)        # a duplicate
        c.packet(True, 101, 551, payload=200)      # again
        c.packet(True, 9, 9, payload=9, port=80)   # another connection
        s = c.summary()
        assert (s["packets"], s["all_packets"]) == (9, 10), s
        guest, host = s["from_guest"], s["to_guest"]
        assert (guest["packets"], host["packets"]) == (5, 4), s
        assert (guest["bytes"], host["bytes"]) == (500, 50), s
        assert (guest["retransmits"], host["retransmits"]) == (1, 0), s
        assert guest["retransmits_of_acked"] == 0, s
        assert host["zero_windows"] == 2 and host["dup_acks"] == 1, s
        assert s["last_window_from_guest"] == 1000 << 7, s
        assert s["last_window_to_guest"] == 0, s
        assert s["unacked_from_guest_bytes"] == 200, s
        assert s["unacked_to_guest_bytes"] == 0, s
        assert abs(s["last_packet_s"] - 0.1) < 0.01, s
        assert guest["syn"] == host["syn"] == 1, s


def deaf():
    """The guest sends again what the server has acknowledged."""
    c = Capture()
    talk(c)
    c.packet(True, 101, 551, payload=200)
    c.packet(False, 551, 301)
    for _ in range(3):
        c.packet(True, 101, 551, payload=200)
        c.packet(False, 551, 301)
    s = c.summary()
    assert s["from_guest"]["acked_again_at_end"] == 3, s
    assert s["unacked_from_guest_bytes"] == 0, s
    # It is not at the end if the guest got on after that.
    c.packet(True, 301, 551, payload=10)
    s = c.summary()
    assert s["from_guest"]["acked_again_at_end"] == 0, s
    assert s["from_guest"]["retransmits_of_acked"] == 3, s


def unscaled():
    """One end without window scaling: none for either."""
    c = Capture()
    c.packet(True, 0, 0, flags=SYN, options=bytes([3, 3, 7, 0]))
    c.packet(False, 500, 1, flags=SYN | ACK)
    c.packet(True, 1, 501)
    assert c.summary()["last_window_from_guest"] == 1000


def reconnected():
    c = Capture()
    talk(c)
    c.packet(False, 551, 101, flags=RST)
    c.base = 12345
    talk(c)
    s = c.summary()
    assert s["from_guest"]["retransmits"] == 0, s
    assert s["from_guest"]["syn"] == 2 and s["to_guest"]["rst"] == 1, s


def passed_over():
    c = Capture()
    talk(c)
    c.packet(True, 5000, 0, payload=1000, ether=b"\x86\xdd")
    c.packet(True, 5000, 0, payload=1000, fragment=3)
    s = c.summary()
    assert s["packets"] == 5 and s["all_packets"] == 7, s


def fragments():
    """A segment in three: its sequence numbers are in the first alone."""
    c = Capture(base=2**32 - 500)
    talk(c)
    # 20 bytes of TCP head and 460 of data, at 0; the others at 480 and 960
    c.packet(True, 101, 551, payload=460, fragment=0x2000, ident=7)
    c.packet(True, 9, 9, payload=460, fragment=0x2000 | 60, ident=7)
    c.packet(True, 9, 9, payload=180, fragment=120, ident=7)
    c.packet(True, 9, 9, payload=180, fragment=120, ident=8)
    s = c.summary()
    assert (s["packets"], s["fragments"]) == (8, 2), s
    # 460 and, as "heads" are data there, 480 and 200
    assert s["unacked_from_guest_bytes"] == 1140, s
    assert s["from_guest"]["bytes"] == 100 + 1140, s
    c.packet(False, 551, 101 + 1140)
    assert c.summary()["unacked_from_guest_bytes"] == 0


def limited():
    c = Capture()
    talk(c)
    for i in range(1500):
        c.packet(True, 101 + i, 551, payload=1, after=0.001)
    out = TMP / "kept.pcap"
    s = c.summary(target=out, limit=100)
    assert s["kept_packets"] == pcap.HEAD + 100, s
    again = pcap.summarise(out, [10809])
    assert again["packets"] == s["kept_packets"], again
    assert again["last_packet_s"] == 0, again


def cut():
    c = Capture()
    talk(c)
    whole = c.data
    for size in (len(whole) - 1, len(whole) - 50, len(whole) - 69):
        c.data = whole[:size]
        assert c.summary()["packets"] == 4, size
    for size in range(24, len(whole), 7):
        c.data = whole[:size]
        c.summary()
    for data, word in ((b"", "only 0 bytes"), (b"x" * 30, "magic"),
                       (whole[:20] + b"\x71\0\0\0" + whole[24:], "Ethernet")):
        c.data = data
        try:
            c.summary()
        except pcap.PcapError as error:
            assert word in str(error), error
        else:
            raise AssertionError(word)
    # A length that no packet has ends it; noise behind the head is survived.
    c.data = whole[:24] + b"\xff" * 500
    assert c.summary()["packets"] == 0


def empty():
    s = Capture().summary()
    assert s["packets"] == 0 and "from_guest" not in s, s


# --- a guest's memory -----------------------------------------------------

class Strings:
    def __init__(self):
        self.data = b"\0"

    def __call__(self, text):
        at = len(self.data)
        self.data += text.encode() + b"\0"
        return at


def btf():
    name = Strings()
    # "net" also as the end of another name, and a union in between
    name("subnet")
    types = b"".join((
        struct.pack("<III", name("int"), 1 << 24, 4), bytes(4),
        struct.pack("<III", name("netns_mib"), 4 << 24 | 2, 64),
        struct.pack("<III", name("tcp_statistics"), 1, 0),
        struct.pack("<III", name("net_statistics"), 1, 24 * 8),
        struct.pack("<III", name("u"), 5 << 24 | 1, 8),
        struct.pack("<III", name("m"), 1, 0),
        struct.pack("<III", 0, 13 << 24 | 2, 1),
        struct.pack("<IIII", 0, 1, 0, 1),
        struct.pack("<III", name("net"), 4 << 24 | 1, 128),
        struct.pack("<III", name("mib"), 2, 64 * 8),
        struct.pack("<III", 0, 6 << 24 | 5, 4),
        struct.pack("<II", name("LINUX_MIB_NUM"), 0),
        struct.pack("<II", name("LINUX_MIB_TCPMEMORYPRESSURES"), 2),
        struct.pack("<II", name("LINUX_MIB_TCPMEMORYPRESSURESCHRONO"), 3),
        struct.pack("<II", name("LINUX_MIB_TCPRCVQDROP"), 4),
        struct.pack("<II", name("LINUX_MIB_PFMEMALLOCDROP"), 5)))
    return struct.pack("<HBBIIIII", 0xeb9f, 1, 0, 24, 0, len(types),
                       len(types), len(name.data)) + types + name.data


class Qemu:
    """Answers memsave from pieces of memory."""

    BASE = 0xffffffff80000000

    def __init__(self):
        self.cpus = [0xffff888000010000, 0xffff888000020000]
        types = btf()
        self.pieces = {
            self.BASE: struct.pack("<I", 2),
            self.BASE + 0x100: struct.pack("<2Q", *self.cpus),
            self.BASE + 0x200: bytes(88) + struct.pack("<Q", 0x3000),
            self.BASE + 0x1000: types,
        }
        for n, cpu in enumerate(self.cpus, 1):
            self.pieces[cpu + 0x2000] = struct.pack("<6Q", 9, 9, n, 10 * n,
                                                    n, 2 * n)
            self.pieces[cpu + 0x3000] = struct.pack("<6Q", 0, 0, 5 * n,
                                                    7 * n, n, 100 * n)
        self.values = {
            "kernel_nr_cpu_ids": f"{self.BASE:x}",
            "kernel___per_cpu_offset": f"{self.BASE + 0x100:x}",
            "kernel_init_net": f"{self.BASE + 0x200:x}",
            "kernel___start_BTF": f"{self.BASE + 0x1000:x}",
            "kernel___stop_BTF": f"{self.BASE + 0x1000 + len(types):x}",
            "kernel_vm_event_states": "2000",
            "vmstat_events": "pgpgin pgpgout pswpin pswpout allocstall_dma32"
            " allocstall_normal foo",
        }

    def command(self, command, **arguments):
        if command == "x-query-virtio":
            return [{"name": "virtio-blk", "path": "/a"},
                    {"name": "virtio-net", "path": "/b"}]
        if command == "x-query-virtio-queue-status":
            assert arguments == {"path": "/b", "queue": 0}
            return {"vring-num": 256, "used-idx": 70}
        assert command == "memsave"
        assert -1 << 63 <= arguments["val"] < 1 << 63, "QEMU's number"
        address, size = arguments["val"] % (1 << 64), arguments["size"]
        for start, data in self.pieces.items():
            if start <= address and address + size <= start + len(data):
                at = address - start
                Path(arguments["filename"]).write_bytes(data[at:at + size])
                return
        raise OSError("Invalid addr")

    def hmp(self, text):
        assert text == "info usernet"
        return "Hub -1 (net):\r\n  TCP[ESTABLISHED]"


def counters():
    q = Qemu()
    left = evidence.collect(q, TMP, q.values)
    assert left["missing"] == [], left
    assert left["counters"] == {
        "pswpin": 3, "pswpout": 30, "allocstall_dma32": 3,
        "allocstall_normal": 6, "allocstall": 9, "PFMemallocDrop": 300,
        "TCPRcvQDrop": 3, "TCPMemoryPressures": 15,
        "TCPMemoryPressuresChrono": 21}, left
    assert left["usernet"] == [
        "@@BEGIN usernet", "Hub -1 (net):", "  TCP[ESTABLISHED]",
        "@@END usernet", "@@BEGIN virtio", "vring-num=256", "used-idx=70",
        "@@END virtio"], left
    assert not list(TMP.glob("memsave.*")), "a file was left"


def no_counters():
    """Each piece that is missing costs what depends on it, and is named."""
    for key in list(Qemu().values):
        q = Qemu()
        del q.values[key]
        left = evidence.collect(q, TMP, q.values)
        assert left["missing"] and left["usernet"], (key, left)
        assert "0" not in map(str, left["counters"].values()), (key, left)
    q = Qemu()
    q.pieces[q.BASE] = struct.pack("<I", 1 << 20)
    left = evidence.collect(q, TMP, q.values)
    assert left["counters"] == {} and len(left["missing"]) == 2, left
    q = Qemu()
    q.values["kernel_init_net"] = "zz"
    q.values["vmstat_events"] = "a b"
    left = evidence.collect(q, TMP, q.values)
    assert left["counters"] == {} and len(left["missing"]) == 2, left
    assert not list(TMP.glob("memsave.*")), "a file was left"


# --- the console ----------------------------------------------------------

def formats():
    """What 6.1, 6.12 and lockdep print."""
    c = Console("""\
[    1.0] Command line: a netswap.nbd_port=1 netswap.nbd_port=2
[    2.0] task:kworker/0:1     state:D stack:    0 pid:   14 ppid:     2 flags:0x00004000
[    2.0] Workqueue: events refill_work [virtio_net]
[    2.0] Call Trace:
[    2.0]  <TASK>
[    2.0]  __schedule+0x351/0xa20
[    2.0]  ? klist_next+0x1/0x2
[    2.0] random: a line of another CPU
[    2.0]  __mutex_lock.constprop.0+0x1/0x2
[    2.0]  nbd_queue_rq+0xd0/0x3f0 [nbd]
[    2.0]  </TASK>
[    2.0]  not_of_it+0x1/0x2
[    2.0][    T5] task:a b c           state:D stack:0     pid:7     tgid:7     ppid:2      flags:0x0
[    2.0][    T5]  __alloc_pages_noprof+0x1/0x2
[    2.1] 2 locks held by kworker/0:1/14:
[    2.1]  #0: ffff888100a1b0c8 ((wq_completion)events){+.+.}-{0:0}, at: process_one_work+0x1/0x2
[    2.1]  #1: ffff888100a1b0d0 (&nsock->tx_lock){+.+.}-{4:4}, at: nbd_queue_rq+0x9/0x10 [nbd]
""")
    assert c.parameter("nbd_port") == "2" and c.parameter("port") is None
    one, two = c.tasks[14], c.tasks[7]
    assert one.name == "kworker/0:1 refill_work (pid 14)", one
    assert one.stack == ["__schedule", "__mutex_lock", "nbd_queue_rq"], one
    assert (two.comm, two.stack) == ("a b c", ["__alloc_pages"]), two
    assert c.locks[14][1][1:] == ("&nsock->tx_lock", "nbd_queue_rq"), c.locks


def task(pid, comm, *functions):
    return (f"[    2.0] task:{comm:15} state:D stack:0     pid:{pid} "
            "tgid:1 ppid:1 flags:0x0\n[    2.0] Call Trace:\n[    2.0]  "
            "<TASK>\n" + "".join(f"[    2.0]  {f}+0x1/0x2\n"
                                 for f in functions) + "[    2.0]  </TASK>\n")


def owner():
    """With lockdep a mutex has an owner, and waiting is not owning."""
    run = TMP / "owner"
    run.mkdir(exist_ok=True)

    (run / "console.log").write_text(
        task(5, "kswapd0", "schedule", "__mutex_lock", "a_user", "kswapd") +
        task(6, "waiter", "schedule", "__mutex_lock", "b_user") +
        task(7, "holder", "schedule", "throttle_direct_reclaim",
             "try_to_free_pages") +
        "".join(f"[    2.1] 1 lock held by x/{pid}:\n[    2.1]  #0: "
                f"ffff (&some_mutex){{+.+.}}-{{4:4}}, at: a_user+0x1/0x2\n"
                for pid in (5, 6, 7)))
    found = diagnose.diagnose(run)
    assert found["chain_closed"], found["chain"]
    assert [link["who"].split()[0] for link in found["chain"]] == \
        ["kswapd0", "holder"], found["chain"]
    assert "lockdep: &some_mutex at a_user" in found["chain"][0]["evidence"]
    text = (run / "console.log").read_text().replace("held by x/7", "held by x/8")
    (run / "console.log").write_text(text)
    found = diagnose.diagnose(run)
    assert not found["chain_closed"] and "lockdep" in found["open_end"], found


SEND = ("sk_stream_wait_memory", "tcp_sendmsg_locked", "tcp_sendmsg",
        "sock_sendmsg", "__sock_xmit", "nbd_queue_rq")
DIRECT = ("try_to_free_pages", "__alloc_pages_slowpath", "__alloc_pages")
CMDLINE = "[    0.0] Command line: a netswap.server_port=10809 "
TCP = """\
@@BEGIN tcp
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt
   0: 0F02000A:D858 0202000A:2A39 {} 0000{:04X}:00000000 00:00000000 00000000
@@END tcp
"""
MEM_INFO = """\
[    3.0] Mem-Info:
[    3.0] active_anon:100 inactive_anon:26000 isolated_anon:0
[    3.0]  unevictable:6430 dirty:0 writeback:{}
[    3.0] Node 0 DMA free:1396kB boost:0kB min:184kB low:216kB high:248kB
[    3.0] Node 0 DMA32 free:{}kB boost:0kB min:5376kB low:5788kB high:6200kB
[    3.0] Free swap  = {}kB
[    3.0] Total swap = 100000kB
"""
OOM = ("[    3.0] memstress invoked oom-killer: gfp_mask=0x140dca(GFP_X), "
       "order=0, oom_score_adj=500\n{}[    3.1] Out of memory: Killed process "
       "235 (memstress) total-vm:1kB\n")
KSWAPD = task(49, "kswapd0", "schedule", "__mutex_lock", "nbd_queue_rq",
              "balance_pgdat")
THROTTLED = task(60, "memstress", "schedule", "throttle_direct_reclaim",
                 *DIRECT)

# circle, confidence, verdict, console.log, watch.txt, and what has to go for
# the rule not to match
RULES = [
    ("stale-int3", "certain", "CRASHED",
     "[    9.0] Oops: int3: 0000 [#1] SMP\n", "", "int3"),
    ("crashed", "certain", "CRASHED",
     "[    9.0] BUG: unable to handle page fault for address: 0\n", "",
     "BUG: "),
    ("corrupt", "certain", "CORRUPT", "\n", "x=1", None),
    ("memory-deadlock", "certain", "CRASHED",
     MEM_INFO.format(2, 400, 90000) + "[    9.0] Kernel panic - not syncing: "
     "System is deadlocked on memory\n", "", "deadlocked"),
    ("oom-while-swap-free", "certain", "OOM-KILLED",
     OOM.format(MEM_INFO.format(2, 4000, 90000)), "", "Free swap"),
    ("unbounded-fs-writeback", "certain", "OOM-KILLED",
     CMDLINE + "netswap.swap=nfs41\n[    2.9] SLUB: Unable to allocate memory "
     "on node -1, gfp=0x820(GFP_ATOMIC)\n[    2.9]   cache: skbuff_head_cache,"
     " object size: 232\n" + OOM.format(MEM_INFO.format(25999, 400, 90000)),
     "", "writeback:"),
    ("unbounded-fs-writeback", "likely", "HUNG",
     CMDLINE + "netswap.swap=nfs3\n" + MEM_INFO.format(25999, 400, 90000),
     "", "netswap.swap"),
    ("server-gone", "likely", "HUNG",
     CMDLINE + "\n[    5.0] block nbd0: Connection timed out\n", "",
     "timed out"),
    ("server-gone", "likely", "HUNG", CMDLINE + "\n", TCP.format("08", 9),
     "server_port"),
    ("reconnect-in-reclaim", "likely", "HUNG",
     CMDLINE + "\n" + task(70, "nbdkeep", "schedule", "blk_mq_get_tag",
                            "shrink_node", *DIRECT), TCP.format("07", 0),
     "shrink_node|try_to_free|alloc_pages"),
    ("no-reserve-for-sender", "likely", "HUNG",
     CMDLINE + "\n" + task(135, "kworker/0:1H", "schedule", *SEND) +
     MEM_INFO.format(2, 4000, 90000),
     TCP.format("01", 0), "sk_stream_wait_memory"),
    ("no-reserve-for-sender", "certain", "HUNG",
     CMDLINE + "netswap_off=pf_memalloc\n" + task(
         135, "kworker/0:1H", "schedule", "throttle_direct_reclaim", *DIRECT,
         *SEND[1:]) + MEM_INFO.format(2, 4000, 90000),
     TCP.format("01", 500), "__sock_xmit"),
    ("no-reserve-for-sender", "certain", "TIMED-OUT",
     CMDLINE + "netswap_off=no_watermarks\n[    9.0] kworker/0:1H: page "
     "allocation failure: order:0, mode:0x20c00(GFP_NOIO), nodemask=(null)\n"
     "[    9.0] Call Trace:\n[    9.0]  __alloc_pages_slowpath+0x1/0x2\n" +
     "".join(f"[    9.0]  {f}+0x1/0x2\n" for f in SEND[1:]) +
     "[    9.0]  </TASK>\n" + MEM_INFO.format(2, 4000, 90000), "",
     "tcp_sendmsg"),
    ("tcp-memory-limit", "certain", "HUNG",
     CMDLINE + "\n" + task(135, "kworker/0:1H", "schedule", *SEND),
     "tcp_mem=100 200 300\n@@BEGIN sockstat\nTCP: inuse 2 orphan 0 tw 0 "
     "alloc 2 mem 301\n@@END sockstat\n" + TCP.format("01", 0),
     "sk_stream_wait_memory"),
    ("kswapd-waits", "likely", "HUNG", KSWAPD + THROTTLED, "",
     "kswapd0"),
    ("slow-progress", "certain", "TIMED-OUT", "\n", "".join(
        f"tick={n} pages={n * 10} requests=5 free=1 swap=1\n"
        for n in range(12)), None),
]


def rules():
    run = TMP / "rules"
    run.mkdir(exist_ok=True)
    for circle, confidence, verdict, console, watch, gone in RULES:
        def found():
            (run / "console.log").write_text(console)
            (run / "watch.txt").write_text(watch)
            return diagnose.diagnose(run, {"verdict": verdict})
        first = found()
        assert (first["circle"], first["confidence"]) == \
            (circle, confidence), (circle, first)
        assert first["title"] and first["explanation"], first
        if gone:
            console = "".join(line for line in console.splitlines(True)
                              if not re.search(gone, line))
        else:
            watch, verdict = "", "HUNG"
        second = found()
        assert second["circle"] != circle, (circle, gone, second)


def crawl():
    """At TCP's limit, not hung: what the server had to send again tells."""
    run = TMP / "crawl"
    run.mkdir(exist_ok=True)
    (run / "console.log").write_text("\n")
    # At the end it may be just below the limit, having been above it.
    for again, used, pressures, circle in (
            (673, 301, 0, "tcp-memory-limit"), (3, 301, 0, "slow-progress"),
            (673, 199, 0, "slow-progress"), (673, 199, 9, "tcp-memory-limit")):
        (run / "watch.txt").write_text(
            "tcp_mem=100 200 300\n@@BEGIN sockstat\nTCP: inuse 2 orphan 0 tw "
            f"0 alloc 2 mem {used}\n@@END sockstat\n" + RULES[-1][4])
        (run / "outside.json").write_text(json.dumps({
            "counters": {"TCPMemoryPressures": pressures}}))
        (run / "swap.json").write_text(json.dumps({
            "to_guest": {"retransmits": again},
            "from_guest": {"zero_windows": 255}}))
        found = diagnose.diagnose(run, {"verdict": "TIMED-OUT"})
        assert found["circle"] == circle, (again, used, pressures, found)


def cuts():
    """What is too much for a page is not kept, and how much that is, is."""
    run = TMP / "cuts"
    run.mkdir(exist_ok=True)
    (run / "watch.txt").write_text(
        "@@BEGIN rpc_tasks.1\n" + "5 0001 0 0x1 q:xprt_sending\n" * 70 +
        "@@END rpc_tasks.1\n@@BEGIN rpc_xprt.1\nstate: CONNECTED\n"
        "@@END rpc_xprt.1\n")
    found = diagnose.diagnose(run, {"verdict": "HUNG"})
    assert len(found["rpc"]) == 61 and found["rpc"][-1] == "and 10 more", found
    assert found["rpc_transports"] == ["state: CONNECTED"], found


def untaken():
    """QEMU has answered SYNs of the guest, which has not seen the answers."""
    run = TMP / "untaken"
    run.mkdir(exist_ok=True)
    (run / "watch.txt").write_text("server_port=2049\n")
    for state, port, says in (("SYN_RCVD", 2049, 1), ("SYN_RCVD", 80, 0),
                              ("ESTABLISHED", 2049, 0)):
        (run / "host.txt").write_text(
            f"@@BEGIN usernet\n  TCP[{state}]  39  10.0.2.15  770  10.0.2.2 "
            f"{port}  0  0\n@@END usernet\n")
        assert len(Run(run, {}).deaf()) == says, (state, port)


def noise():
    """Cut anywhere, or with any byte for another: no exception."""
    import random
    rng = random.Random(1)
    for name in ("console.log", "watch.txt", "host.txt"):
        path = Path(sys.argv[3]) / name
        if not path.exists():
            continue
        text = path.read_text()
        for _ in range(15):
            part = list(text[rng.randrange(len(text)):][:6000])
            for _ in range(60):
                part[rng.randrange(len(part))] = chr(rng.randrange(256))
            run = TMP / "noise"
            run.mkdir(exist_ok=True)
            (run / name).write_text("".join(part))
            diagnose.diagnose(run)


globals()[sys.argv[1]]()

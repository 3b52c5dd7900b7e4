# SPDX-License-Identifier: GPL-2.0
"""A run's directory, read: what the guest, the host and the capture say.

Whatever is not there, or damaged, is named in Run.missing and otherwise
passed over.
"""

import json
import re
import struct
from collections import Counter
from pathlib import Path

from . import pcap, waits
from .console import Console
from .text import read

QUIET_S = 5         # what is in the capture and not in the guest by then, lost
FLAG = re.compile(r"([\w.-]+)=(.*)")
TCP_STATES = {"01": "ESTABLISHED", "02": "SYN_SENT", "04": "FIN_WAIT1",
              "06": "TIME_WAIT", "07": "CLOSE", "08": "CLOSE_WAIT"}


def parse_report(text):
    """KEY=VALUE lines, and the files between @@BEGIN and @@END: the last of
    each name.  A file that was cut has what came.  Keys of which there may be
    several have lists."""
    values, files, name = {}, {}, None
    for line in text.split("\n"):
        line = line.rstrip("\r")
        if line.startswith("@@BEGIN "):
            name = line[8:].strip()
            files[name] = []
        elif line.startswith("@@END"):
            name = None
        elif name is not None:
            files[name].append(line)
        elif line.startswith("tick="):
            values.setdefault("ticks", []).append(line)
        elif match := FLAG.fullmatch(line):
            if match[1] in ("not_read", "cut"):
                values.setdefault(match[1] + "s", []).append(match[2])
            else:
                values[match[1]] = match[2]
    return values, files


def parse_tick(line):
    return {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)", line)}


def _address(text):
    """0F02000A:CE26 -> 10.0.2.15:52774"""
    address, port = text.split(":")
    number = bytes.fromhex(address)[::-1]
    return ".".join(str(b) for b in number) + f":{int(port, 16)}"


def parse_tcp(lines):
    """Rows of /proc/net/tcp."""
    rows = []
    for line in lines:
        field = line.split()
        try:
            sent, received = field[4].split(":")
            row = {"local": _address(field[1]), "remote": _address(field[2]),
                   "state": TCP_STATES.get(field[3], field[3]),
                   "tx_queue": int(sent, 16), "rx_queue": int(received, 16),
                   "retransmits": int(field[6], 16)}
        except (IndexError, ValueError):
            continue            # the head, or a line that was cut
        row["text"] = (f"{row['local']} > {row['remote']} {row['state']}: "
                       f"{row['tx_queue']} bytes to be acknowledged, "
                       f"{row['rx_queue']} received and not read, "
                       f"{row['retransmits']} retransmissions in a row")
        rows.append(row)
    return rows


def parse_devices(lines):
    """Received and sent packets of each interface of /proc/net/dev."""
    found = {}
    for line in lines:
        name, colon, rest = line.partition(":")
        field = rest.split()
        if colon and len(field) >= 16 and name.strip() != "lo":
            try:
                found[name.strip()] = (int(field[1]), int(field[9]))
            except ValueError:
                pass
    return found


def parse_operations(lines):
    """READ and WRITE of an NFS mount: how many ended, and the milliseconds
    that all of them together were queued and waited for the server."""
    found = {}
    for line in lines:
        field = line.split()
        if len(field) >= 9 and field[0] in ("READ:", "WRITE:"):
            try:
                found[field[0][:-1]] = (int(field[1]), int(field[6]),
                                        int(field[7]))
            except ValueError:
                pass
    return found


class Run:
    """A run's directory, read."""

    def __init__(self, directory, found=None):
        self.dir = Path(directory)
        self.missing = []
        self.found = found if found is not None else self._json("run.json")
        self.console = Console(self._file("console.log",
                                          "no stacks and no kernel messages"))
        self.values, self.files = parse_report(
            self._file("watch.txt", "no state of sockets, RPC and memory"))
        self.result, _ = parse_report(self._file("result.txt", None))
        _, self.host = parse_report(
            self._file("host.txt", "nothing of the host's end"))
        # An OOM kill may be all over when the load has ended: there is what
        # was collected at once.
        at_oom = self.verdict == "OOM-KILLED"
        tasks = at_oom and self.console.oom_tasks or self.console.tasks
        if at_oom and any(name.endswith(".oom") for name in self.files):
            self.files = {name[:-4]: lines for name, lines in
                          self.files.items() if name.endswith(".oom")}
        self.tasks = [t for t in tasks.values() if t.comm != "watch"]
        self.blocked = [t for t in self.tasks if waits.classify(t)]
        self.tcp = parse_tcp(self.files.get("tcp.2") or
                             self.files.get("tcp", []))
        self.capture = self._capture()
        self.counters = self._json("outside.json").get("counters") or {}
        self._missing()

    def _json(self, name):
        try:
            found = json.loads(read(self.dir / name) or "{}")
        except ValueError:
            found = {}
        return found if isinstance(found, dict) else {}

    def _file(self, name, without):
        text = read(self.dir / name)
        if not text.strip() and without:
            self.missing.append(f"{name}: not there or empty: {without}")
        return text

    def _missing(self):
        if not self.tasks and self.console.lines != [""]:
            self.missing.append("stacks: the console has no dump of tasks")
        if not self.console.memory:
            self.missing.append("memory: the console has no Mem-Info")
        if self.values.get("watch") == "ready" and \
                "verdict" not in self.values and \
                self.verdict in ("HUNG", "TIMED-OUT"):
            ticks = self.ticks()
            self.missing.append(
                "watch.txt: no evidence: watch itself stopped" +
                (f" at its second {ticks[-1].get('tick')}" if ticks else ""))
        if self.values.get("evidence") == "unacknowledged":
            self.missing.append("the host did not come in time")
        if "verdict" in self.values and "evidence" not in self.values:
            self.missing.append("watch stopped while it collected: what it "
                                "wrote last is "
                                f"{list(self.files)[-1:] or ['nothing']}")
        self.missing += [f"{name}: its end: there is too much of it"
                         for name in self.values.get("cuts", [])]
        self.missing += [f"not read: {text}"
                         for text in self.values.get("not_reads", [])]

    # --- what kind of run -------------------------------------------------

    def _parameters(self):
        cell = self.found.get("cell")
        params = cell.get("params") if isinstance(cell, dict) else None
        return params if isinstance(params, dict) else {}

    @property
    def swap(self):
        """nbd or nfs."""
        word = str(self._parameters().get("swap") or
                   self.console.parameter("swap") or "")
        if not word:
            word = "nfs" if self.console.parameter("nfs_port") else "nbd"
        return word[:3]

    @property
    def off(self):
        """The protections that are switched off, or ''."""
        word = re.findall(r"(?:^| )netswap_off=(\S+)", self.console.cmdline)
        word = word[-1] if word else str(self._parameters().get("off") or "")
        return "" if word == "none" else word

    @property
    def verdict(self):
        return str(self.found.get("verdict") or self.values.get("verdict") or
                   self.result.get("verdict") or "")

    @property
    def ports(self):
        found = []
        for name in ("server_port", "nbd_port", "nfs_port"):
            for value in (self.console.parameter(name),
                          self.result.get(name), self.values.get(name)):
                if value and value.isdecimal() and int(value) < 65536:
                    found.append(int(value))
        return found

    def _capture(self):
        path = self.dir / "swap.pcap"
        try:
            summary = json.loads(read(path.with_suffix(".json")) or "null")
        except ValueError:
            summary = None
        if isinstance(summary, dict):
            return summary
        if not path.exists():
            self.missing.append("swap.pcap: not there: no capture of the "
                                "swap connection")
            return {}
        try:
            return pcap.summarise(path, self.ports)
        except (OSError, pcap.PcapError, struct.error) as error:
            self.missing.append(f"swap.pcap: {error}")
            return {}

    # --- evidence which several rules and links use -----------------------

    @property
    def swap_sockets(self):
        return [row for row in self.tcp
                if int(row["remote"].rpartition(":")[2]) in self.ports]

    def moved(self, kind):
        """Packets that the NIC received (0) or sent (1) between the two
        looks, or None."""
        before = parse_devices(self.files.get("dev", []))
        after = parse_devices(self.files.get("dev.2", []))
        both = [name for name in before if name in after]
        if not both:
            return None
        return sum(after[n][kind] - before[n][kind] for n in both)

    def deaf(self):
        """Evidence that the guest does not receive what is sent to it."""
        found = []
        if self.moved(0):
            return found
        guest = self.capture.get("from_guest")
        again = guest.get("acked_again_at_end") if isinstance(guest, dict) \
            else 0
        # Once may be a lost packet or a late one.
        if again and again > 1:
            found.append(f"capture: at its end the guest sent {again} times "
                         "what the server had acknowledged: it did not "
                         "receive the ACKs")
        behind = [s for s in self.swap_sockets if s["tx_queue"]]
        quiet = min(self.capture.get("last_new_from_guest_s") or 0,
                    self.capture.get("last_new_to_guest_s") or 0)
        if behind and quiet > QUIET_S and \
                self.capture.get("unacked_from_guest_bytes") == 0:
            found.append(f"the guest waits for ACKs of {behind[0]['tx_queue']}"
                         " bytes; in the capture the server has acknowledged "
                         "all that was sent")
        waiting = sum(1 for line in self.host.get("usernet", [])
                      if "SYN_RCVD" in line and self.ports and
                      re.search(rf"\b{self.ports[0]}\b", line))
        if waiting:
            found.append(f"QEMU: the answers to {waiting} of the guest's new "
                         "connections to the server (SYN_RCVD) are not taken")
        return found

    def ring(self):
        """The receive ring of a virtio NIC, as text: of QEMU's indices, and
        of the packets that the guest has received."""
        ring, _ = parse_report("\n".join(self.host.get("virtio", [])))
        try:
            size, used, taken, given = (int(ring[key]) for key in (
                "vring-num", "used-idx", "last-avail-idx",
                "shadow-avail-idx"))
        except (KeyError, ValueError):
            return []
        left = (given - taken) % 65536
        found = [f"virtio ring: {left or 'none'} of its {size} buffers are "
                 "left for QEMU to receive into"]
        devices = parse_devices(self.files.get("dev.2") or
                                self.files.get("dev", []))
        if len(devices) == 1:
            lying = (used - next(iter(devices.values()))[0]) % 65536
            # With several buffers to a packet the two do not compare.
            if 0 < lying <= size:
                found.append(f"virtio ring: {lying} packets lie in it that "
                             "the guest has not taken out")
        return found

    def receive_evidence(self):
        found = self.deaf() + self.ring()
        received = self.moved(0)
        if received is not None:
            found.append(f"/proc/net/dev: {received} packets received in the "
                         "seconds between two looks at the hung guest")
        return found

    def in_flight(self):
        found = []
        words = " ".join(self.files.get("inflight", [])).split()
        if len(words) == 2:
            found.append(f"{words[0]} reads and {words[1]} writes of the "
                         "block device are in flight")
        tasks = self.rpc()
        if tasks:
            queues = Counter(m[1] for line in tasks
                             if (m := re.search(r"\bq:(.+)", line)))
            found.append(f"{len(tasks)} RPCs: " + ", ".join(
                f"{n} in {q}" for q, n in queues.most_common()))
        return found

    def operations(self):
        """NFS requests that ended between two looks: (name, how many,
        milliseconds each was queued, and was at the server)."""
        before = parse_operations(self.files.get("mountstats", []))
        after = parse_operations(self.files.get("mountstats.2", []))
        found = []
        for name in before:
            ended, queued, waited = (a - b for a, b in zip(
                after.get(name, before[name]), before[name]))
            if ended > 0:
                found.append((name, ended, queued // ended, waited // ended))
        return found

    def rpc(self):
        return self._lines_of("rpc_tasks")

    def rpc_transports(self):
        return self._lines_of("rpc_xprt")

    def _lines_of(self, prefix):
        return [line.strip() for name in sorted(self.files)
                if name.startswith(prefix) for line in self.files[name]
                if line.strip()]

    @property
    def memory(self):
        """The last Mem-Info that tells of the failure itself."""
        full = [m for m in self.console.memory if m.zones]
        cause = "sysrq" if self.verdict in ("HUNG", "TIMED-OUT") else "oom"
        return ([m for m in full if m.cause == cause] or full or [None])[-1]

    def mostly_writeback(self):
        """Evidence that hardly a page is left which is not being written."""
        memory = self.memory
        # Half of next to nothing is no reason.
        if not memory or memory.writeback < 0.5 * max(memory.anon, 1) or \
                not memory.writeback or \
                memory.writeback < memory.managed / 20:
            return None
        return (f"{memory.writeback} pages are under writeback, "
                f"{memory.anon} on the anonymous lists")

    def server_lost(self):
        """What the kernel says of it, unless its last word is that all is
        well again."""
        found = self.console.find(
            r"nbd\d*: (Connection timed out|Receive (control|data) failed|"
            r"Dead connection|Send (control|data) failed)|"
            r"nfs: server \S+ (not responding|timed out|OK)|"
            r"I/O error, dev nbd|(Read|Write)-error on swap-device", 1000)
        if not found or found[-1].endswith(" OK"):
            return None
        return "; ".join(dict.fromkeys(found[:1] + found[-2:]))

    def not_connected(self):
        if not self.files.get("tcp") or not self.ports:
            return None
        if any(s["state"] == "ESTABLISHED" for s in self.swap_sockets):
            return None
        return ("the guest has no established connection to the server's "
                f"port {self.ports[0]}")

    def server_is_gone(self):
        return self.server_lost() or self.not_connected()

    def ticks(self):
        return [parse_tick(line) for line in self.values.get("ticks", [])]

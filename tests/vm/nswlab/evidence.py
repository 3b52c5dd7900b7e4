# SPDX-License-Identifier: GPL-2.0
"""What the host can learn of a guest that may be too dead to ask.

All of it goes through QEMU's control socket: the state of QEMU's own TCP
stack, the kernel's counters out of the guest's memory, and, when nothing in
the guest answers any more, sysrq through its console.

Where the counters are the guest has said at boot (kernel_layout in
guest/evidence.sh): addresses of symbols and the order of events.  The offset
of TcpExt's counters is in the kernel's own type information (BTF),
which is read out of the guest's memory as well.
"""

import os
import struct
import tempfile
import time

EVENTS = ("pgscan_direct_throttle", "pswpin", "pswpout", "oom_kill",
          "pgmajfault", "pgscan_kswapd", "pgscan_direct", "pgsteal_kswapd",
          "pgsteal_direct")
MIB = ("PFMemallocDrop", "TCPRcvQDrop", "TCPMemoryPressures",
       "TCPMemoryPressuresChrono")
MIB_PREFIX = "LINUX_MIB_"
MAX_CPUS = 1024
BTF_MAX = 64 << 20
KIND_STRUCT, KIND_ENUM, KIND_ENUM64 = 4, 6, 19


class EvidenceError(Exception):
    """Why something could not be read."""


# --- the guest's memory ---------------------------------------------------

class Memory:
    """Kernel memory by virtual address.  The kernel's text, data and direct
    map look the same from every CPU and every task."""

    def __init__(self, qmp, directory=None):
        self.qmp = qmp
        self.directory = directory

    def read(self, address, size):
        # QEMU writes to a file, and truncates the one that is there.
        fd, path = tempfile.mkstemp(prefix="memsave.", dir=self.directory)
        try:
            os.close(fd)
            # QEMU takes a signed number.
            signed = address - (1 << 64) if address >> 63 else address
            self.qmp.command("memsave", val=signed, size=size, filename=path)
            with open(path, "rb") as file:
                data = file.read()
        finally:
            os.unlink(path)
        if len(data) != size:
            raise EvidenceError(f"only {len(data)} of {size} bytes of the "
                                f"guest's memory at {address:#x}")
        return data

    def words(self, address, count):
        return struct.unpack(f"<{count}Q", self.read(address, count * 8))


def _address(values, symbol):
    try:
        return int(values["kernel_" + symbol], 16)
    except KeyError:
        raise EvidenceError(f"the guest did not say where {symbol} is"
                            ) from None
    except ValueError:
        raise EvidenceError(f"{symbol}: no address: "
                            f"{values['kernel_' + symbol]!r}") from None


def _per_cpu(memory, values):
    """Offsets of the CPUs' own areas."""
    cpus = struct.unpack("<I", memory.read(_address(values, "nr_cpu_ids"),
                                           4))[0]
    if not 0 < cpus <= MAX_CPUS:
        raise EvidenceError(f"{cpus} CPUs in the guest's memory: the layout "
                            "is not this kernel's")
    return memory.words(_address(values, "__per_cpu_offset"), cpus)


def _add(address, offset):
    return (address + offset) & 0xffffffffffffffff


def vm_events(memory, values):
    """The events of /proc/vmstat, summed over the CPUs."""
    names = values.get("vmstat_events", "").split()
    if names[:1] != ["pgpgin"]:
        raise EvidenceError("the guest did not say the order of vmstat")
    base = _address(values, "vm_event_states")
    last = max((names.index(n) for n in names
                if n in EVENTS or n.startswith("allocstall_")), default=0)
    sums = [0] * (last + 1)
    for offset in _per_cpu(memory, values):
        for i, n in enumerate(memory.words(_add(base, offset), last + 1)):
            sums[i] += n
    # A CPU may have gone below 0 what another has counted.
    sums = [n & 0xffffffffffffffff for n in sums]
    found = {name: sums[i] for i, name in enumerate(names[:last + 1])
             if name in EVENTS or name.startswith("allocstall_")}
    found["allocstall"] = sum(n for name, n in found.items()
                              if name.startswith("allocstall_"))
    return found


# --- type information -----------------------------------------------------

# What follows a type's head: bytes for the kind, and for each of its members.
_BTF_EXTRA = {1: (4, 0), 3: (12, 0), 4: (0, 12), 5: (0, 12), 6: (0, 8),
              13: (0, 8), 14: (4, 0), 15: (0, 12), 17: (4, 0), 19: (0, 12)}


class Btf:
    """As much of BTF as it takes to find members and enumerators."""

    def __init__(self, data):
        try:
            magic, _, _, head, types, types_len, strings, strings_len = \
                struct.unpack_from("<HBBIIIII", data)
        except struct.error:
            raise EvidenceError("no type information (BTF)") from None
        if magic != 0xeb9f:
            raise EvidenceError("no type information (BTF): bad magic")
        self.types = data[head + types:head + types + types_len]
        self.strings = data[head + strings:head + strings + strings_len]

    def _name(self, offset):
        end = self.strings.find(b"\0", offset)
        return self.strings[offset:end].decode("ascii", "replace")

    def _walk(self):
        """Yield (kind, name offset, offset of the members, their number)."""
        unpack = struct.Struct("<II").unpack_from
        types, pos = self.types, 0
        while pos + 12 <= len(types):
            name, info = unpack(types, pos)
            kind, members = info >> 24 & 31, info & 0xffff
            pos += 12
            yield kind, name, pos, members
            fixed, each = _BTF_EXTRA.get(kind, (0, 0))
            pos += fixed + each * members

    def look_up(self, members, enumerators):
        """Byte offsets of MEMBERS, a set of (struct, member), and values of
        ENUMERATORS, in one walk.  What is not there is left out."""
        found = {}
        structs = {struct_name for struct_name, _ in members}
        # Comparing offsets is quicker than making a string of each name.
        names = {}
        for name in structs | set(enumerators):
            at = self.strings.find(b"\0" + name.encode() + b"\0")
            if at >= 0:
                names[at + 1] = name
        for kind, name, pos, count in self._walk():
            if kind == KIND_STRUCT and names.get(name) in structs:
                for i in range(count):
                    member, _, bits = struct.unpack_from(
                        "<III", self.types, pos + 12 * i)
                    key = (names[name], self._name(member))
                    if key in members:
                        found[key] = (bits & 0xffffff) // 8
            elif kind in (KIND_ENUM, KIND_ENUM64):
                size = 8 if kind == KIND_ENUM else 12
                for i in range(count):
                    at, value = struct.unpack_from("<II", self.types,
                                                   pos + size * i)
                    if names.get(at) in enumerators:
                        found[names[at]] = value
        return found


def tcp_ext(memory, values):
    """What MIB names of TcpExt, in the first network namespace."""
    start = _address(values, "__start_BTF")
    size = _address(values, "__stop_BTF") - start
    if not 0 < size < BTF_MAX:
        raise EvidenceError(f"{size} bytes of type information: the layout is "
                            "not this kernel's")
    mib, statistics = ("net", "mib"), ("netns_mib", "net_statistics")
    found = Btf(memory.read(start, size)).look_up(
        {mib, statistics}, {MIB_PREFIX + n.upper() for n in MIB})
    try:
        pointer = memory.words(_address(values, "init_net") + found[mib] +
                               found[statistics], 1)[0]
        index = {n: found[MIB_PREFIX + n.upper()] for n in MIB}
    except KeyError as error:
        raise EvidenceError(f"the kernel's types lack {error}") from None
    return {name: sum(memory.words(_add(pointer, offset) + 8 * at, 1)[0]
                      for offset in _per_cpu(memory, values))
            for name, at in index.items()}


# --- all of it ------------------------------------------------------------

def virtio_receive(qmp):
    """The receive ring of a virtio NIC as QEMU sees it, KEY=VALUE lines; of
    other NICs nothing.  Indices count modulo 65536."""
    for device in qmp.command("x-query-virtio"):
        if device["name"] != "virtio-net":
            continue
        queue = qmp.command("x-query-virtio-queue-status",
                            path=device["path"], queue=0)
        return [f"{key}={queue[key]}" for key in
                ("vring-num", "used-idx", "last-avail-idx",
                 "shadow-avail-idx", "inuse") if key in queue]
    return []


def collect(qmp, directory, values):
    """What QEMU knows of the guest: "usernet", lines of its TCP stack and its
    receive ring for host.txt; "counters", the kernel's own, by their names in
    /proc; "missing", what could not be had and why.  VALUES is what the guest
    has reported."""
    left = {"usernet": [], "counters": {}, "missing": []}
    try:
        text = qmp.hmp("info usernet")
        left["usernet"] = ["@@BEGIN usernet", *text.splitlines(),
                           "@@END usernet"]
    except (OSError, ValueError, RuntimeError) as error:
        left["missing"].append(f"QEMU's TCP connections: {error}")
    try:
        if ring := virtio_receive(qmp):
            left["usernet"] += ["@@BEGIN virtio", *ring, "@@END virtio"]
    except (OSError, ValueError, RuntimeError, KeyError, TypeError):
        pass            # an older QEMU: it is a detail
    memory = Memory(qmp, directory)
    for what, read in (("vmstat", vm_events), ("TcpExt", tcp_ext)):
        try:
            left["counters"] |= read(memory, values)
        except (EvidenceError, OSError, ValueError, RuntimeError,
                struct.error) as error:
            left["missing"].append(f"{what} from the guest's memory: {error}")
    return left


def sysrq_from_outside(qmp, console, keys, chardev="con", pause=1.0):
    """Sysrq KEYS by a break on the guest's console, for a guest in which
    nobody can write to /proc/sysrq-trigger: the serial port's interrupt does
    it all.  CONSOLE has send(), the way in to the console's chardev.  Returns
    the keys that were sent."""
    sent = ""
    for key in keys:
        try:
            qmp.command("chardev-send-break", id=chardev)
        except (OSError, ValueError):
            break
        console.send(key.encode())
        sent += key
        time.sleep(pause)       # until it is printed
    return sent

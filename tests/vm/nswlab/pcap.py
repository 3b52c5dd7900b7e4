# SPDX-License-Identifier: GPL-2.0
"""The swap connection, cut out of a capture of all that the guest's NIC did.

QEMU's filter-dump writes each packet when the network back end or the NIC
hands it over, that is, also those which a guest that has stopped receiving
never takes.  So the capture tells what the guest can't: which ACKs were on
their way to it when it sent the same data again.

Some of QEMU's NICs (vmxnet3 in 7.2) do the guest's TCP segmentation by IP
fragmentation: only the first fragment has ports and sequence numbers, and
the others follow it.
"""

import json
import struct
import sys
from collections import deque
from pathlib import Path

MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1e-6),
    b"\xa1\xb2\xc3\xd4": (">", 1e-6),
    b"\x4d\x3c\xb2\xa1": ("<", 1e-9),
    b"\xa1\xb2\x3c\x4d": (">", 1e-9),
}
LINKTYPE_ETHERNET = 1
BLOCK = 1 << 20
HEAD = 1000             # packets kept from the beginning, whatever the limit
FIN, SYN, RST, ACK = 1, 2, 4, 16


class PcapError(Exception):
    """A file that is no capture, with the reason."""


def _header(data, path):
    if len(data) < 24:
        raise PcapError(f"{path}: no capture: only {len(data)} bytes")
    try:
        order, unit = MAGICS[data[:4]]
    except KeyError:
        raise PcapError(f"{path}: no capture: bad magic number") from None
    link = struct.unpack_from(order + "I", data, 20)[0]
    if link != LINKTYPE_ETHERNET:
        raise PcapError(f"{path}: link type {link} is not Ethernet")
    return order, unit


def _records(file, order, unit):
    """Yield (time, buffer, offset, length) of each packet; the record header
    lies in the 16 bytes before.  A record that is cut ends the capture, as
    does one with a length that no packet has."""
    unpack = struct.Struct(order + "IIII").unpack_from
    data, pos = b"", 0
    while True:
        if len(data) - pos < 16:
            more = file.read(BLOCK)
            if not more:
                return
            data, pos = data[pos:] + more, 0
            continue
        seconds, fraction, length, _ = unpack(data, pos)
        if length > 1 << 18:
            return
        if len(data) - pos < 16 + length:
            more = file.read(BLOCK)
            if not more:
                return
            data, pos = data[pos:] + more, 0
            continue
        yield seconds + fraction * unit, data, pos + 16, length
        pos += 16 + length


def _window_scale(data, start, end):
    """The shift that a SYN's options ask for, or None."""
    while start + 1 < end:
        kind = data[start]
        if kind == 0:
            return None
        if kind == 1:
            start += 1
            continue
        size = data[start + 1]
        if size < 2:
            return None
        if kind == 3 and start + 2 < end:
            return min(data[start + 2], 14)
        start += size
    return None


class _Side:
    """What one end of a connection sent.  Sequence numbers do not wrap
    here: each is counted on from the one before."""

    def __init__(self):
        self.packets = self.bytes = 0
        self.first = self.last = None
        self.retransmits = self.dup_acks = self.zero_windows = 0
        self.retransmits_of_acked = self.acked_again = 0
        self.syn = self.fin = self.rst = 0
        self.window = None
        self.scale = 0
        self.end = None         # highest sequence number sent, plus 1
        self.acked = None       # highest acknowledgement sent
        self.last_new_data = None

    @staticmethod
    def unwrap(near, value):
        if near is None:
            return value
        return near + ((value - near + (1 << 31)) & 0xffffffff) - (1 << 31)

    def numbers(self):
        return {
            "packets": self.packets, "bytes": self.bytes,
            "retransmits": self.retransmits,
            "retransmits_of_acked": self.retransmits_of_acked,
            # of these, since it last received or sent anything new
            "acked_again_at_end": self.acked_again,
            "dup_acks": self.dup_acks, "zero_windows": self.zero_windows,
            "last_window": self.window,
            "syn": self.syn, "fin": self.fin, "rst": self.rst,
        }


class _Connection:
    def __init__(self, guest_port, port):
        self.guest_port, self.port = guest_port, port
        self.guest, self.host = _Side(), _Side()
        self.scaled = 0

    def add(self, when, from_guest, data, tcp, payload, captured_end):
        seq, ack, off, flags, window = struct.unpack_from(
            ">IIBBH", data, tcp + 4)
        me, peer = ((self.guest, self.host) if from_guest
                    else (self.host, self.guest))
        me.packets += 1
        me.bytes += payload
        if me.first is None:
            me.first = when
        me.last = when
        if flags & SYN:
            me.syn += 1
            scale = _window_scale(data, tcp + 20,
                                  min(tcp + (off >> 4) * 4, captured_end))
            if scale is not None:
                me.scale = scale
                self.scaled += 1
            if not flags & ACK:
                # A new connection on the same ports begins anew.
                me.end = peer.end = me.acked = peer.acked = None
        me.fin += bool(flags & FIN)
        me.rst += bool(flags & RST)

        length = payload + bool(flags & SYN) + bool(flags & FIN)
        seq = me.unwrap(me.end, seq)
        if length:
            end = seq + length
            if me.end is not None and end <= me.end:
                me.retransmits += 1
                if peer.acked is not None and end <= peer.acked:
                    me.retransmits_of_acked += 1
                    me.acked_again += 1
            else:
                me.acked_again = 0
                me.end = end
                me.last_new_data = when
        elif me.end is None:
            me.end = seq
        if not flags & RST:
            shown = window
            # Only if both ends asked for it, and never in a SYN.
            if self.scaled >= 2 and not flags & SYN:
                shown <<= me.scale
            if not window:
                me.zero_windows += 1
            if flags & ACK:
                ack = self._ack(peer, ack, me)
                if (not length and ack == me.acked and shown == me.window and
                        peer.end is not None and ack < peer.end):
                    me.dup_acks += 1
                if me.acked is None or ack > me.acked:
                    me.acked = ack
                    me.acked_again = 0
            me.window = shown

    def fragment(self, when, from_guest, seq, length):
        """LENGTH bytes more of a segment, from sequence number SEQ on."""
        me = self.guest if from_guest else self.host
        me.packets += 1
        me.bytes += length
        me.last = when
        end = me.unwrap(me.end, seq & 0xffffffff) + length
        if me.end is None or end > me.end:
            me.end = end
            me.acked_again = 0
            me.last_new_data = when

    @staticmethod
    def _ack(peer, ack, me):
        near = me.acked if me.acked is not None else peer.end
        return _Side.unwrap(near, ack)

    def last(self):
        return max(x for x in (self.guest.last, self.host.last)
                   if x is not None)

    def unacked(self, sender, receiver):
        if sender.end is None or receiver.acked is None:
            return None
        return max(sender.end - receiver.acked, 0)

    def numbers(self, end):
        guest, host = self.guest, self.host

        def ago(when):
            return None if when is None else round(end - when, 3)

        return {
            "guest_port": self.guest_port, "port": self.port,
            "packets": guest.packets + host.packets,
            "from_guest": guest.numbers(), "to_guest": host.numbers(),
            "unacked_from_guest_bytes": self.unacked(guest, host),
            "unacked_to_guest_bytes": self.unacked(host, guest),
            "last_packet_s": ago(self.last()),
            "last_from_guest_s": ago(guest.last),
            "last_to_guest_s": ago(host.last),
            "last_new_from_guest_s": ago(guest.last_new_data),
            "last_new_to_guest_s": ago(host.last_new_data),
        }


def summarise(source, ports, target=None, limit=50000):
    """Read the capture SOURCE, cut out TCP connections whose port on the
    host's side is one of PORTS, write them to TARGET (the first HEAD packets
    and the last LIMIT), and return what there is to say about them.  All
    "..._s" are seconds before the end of the capture."""
    wanted = {struct.pack(">H", port) for port in ports}
    connections = {}
    head, tail = [], deque(maxlen=limit)
    all_packets = swap_packets = fragments = 0
    started = {}        # of IP: first fragments, by sender and identification
    first = end = None

    with open(source, "rb") as file:
        header = file.read(24)
        order, unit = _header(header, source)
        for when, data, pos, length in _records(file, order, unit):
            all_packets += 1
            end = when
            if first is None:
                first = when
            # Ethernet, IPv4, TCP
            if (length < 54 or data[pos + 12:pos + 14] != b"\x08\x00" or
                    data[pos + 23] != 6):
                continue
            tcp = pos + 14 + (data[pos + 14] & 15) * 4
            where = struct.unpack_from(">H", data, pos + 20)[0]
            if where & 0x1fff:
                first_of = started.get(data[pos + 26:pos + 30] +
                                       data[pos + 18:pos + 20])
                if not first_of:
                    continue
                swap_packets += 1
                fragments += 1
                if target:
                    kept = head if len(head) < HEAD else tail
                    kept.append(data[pos - 16:pos + length])
                connection, from_guest, seq, header_len = first_of
                total = struct.unpack_from(">H", data, pos + 16)[0]
                connection.fragment(
                    when, from_guest, seq + (where & 0x1fff) * 8 - header_len,
                    total - (tcp - pos - 14))
                continue
            if tcp + 20 > pos + length:
                continue
            if data[tcp + 2:tcp + 4] in wanted:
                from_guest = True
            elif data[tcp:tcp + 2] in wanted:
                from_guest = False
            else:
                continue
            swap_packets += 1
            if target:
                kept = head if len(head) < HEAD else tail
                kept.append(data[pos - 16:pos + length])
            source_port, dest_port = struct.unpack_from(">HH", data, tcp)
            key = ((source_port, dest_port) if from_guest
                   else (dest_port, source_port))
            connection = connections.get(key)
            if connection is None:
                connection = connections[key] = _Connection(*key)
            total = struct.unpack_from(">H", data, pos + 16)[0]
            payload = total - (tcp - pos - 14) - (data[tcp + 12] >> 4) * 4
            connection.add(when, from_guest, data, tcp, max(payload, 0),
                           pos + length)
            if where & 0x2000:
                if len(started) > 1000:
                    started.clear()
                started[data[pos + 26:pos + 30] + data[pos + 18:pos + 20]] = (
                    connection, from_guest,
                    struct.unpack_from(">I", data, tcp + 4)[0],
                    (data[tcp + 12] >> 4) * 4)

    if target:
        with open(target, "wb") as out:
            out.write(header)
            out.writelines(head)
            out.writelines(tail)
    ordered = sorted(connections.values(), key=_Connection.last)
    summary = {
        "packets": swap_packets, "all_packets": all_packets,
        "kept_packets": len(head) + len(tail) if target else None,
        "connections": len(ordered), "fragments": fragments,
        "seconds": round(end - first, 3) if first is not None else 0,
        "end": end,
    }
    if ordered:
        # The one in use at the end, and how many packets in all.
        summary.update(ordered[-1].numbers(end))
        summary["packets"] = swap_packets
        summary["retransmits"] = (ordered[-1].guest.retransmits +
                                  ordered[-1].host.retransmits)
        summary["last_window_from_guest"] = ordered[-1].guest.window
        summary["last_window_to_guest"] = ordered[-1].host.window
    return summary


def keep(source, target, ports):
    """Of the capture SOURCE only the swap connection goes to TARGET, and what
    there is to say about it beside it, to the same name with .json: the end
    of the whole capture is known here only."""
    summary = summarise(source, ports, target)
    Path(target).with_suffix(".json").write_text(
        json.dumps(summary, indent=1) + "\n")
    return summary


def main(argv):
    if len(argv) < 3 or not all(a.isdecimal() for a in argv[2:]):
        print("usage: pcap.py CAPTURE PORT...", file=sys.stderr)
        return 2
    try:
        summary = summarise(argv[1], [int(a) for a in argv[2:]])
    except (OSError, PcapError) as error:
        print(f"pcap.py: {error}", file=sys.stderr)
        return 1
    print(json.dumps(summary, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))

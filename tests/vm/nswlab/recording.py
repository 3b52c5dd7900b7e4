# SPDX-License-Identifier: GPL-2.0
"""A recording of netswap (docs/json.md) as series over time, for curves.

What a snapshot does not have is None in every series and stays None: a gap in
the curve, never 0.  A recording that came over a serial port may be damaged
anywhere; what can't be read is left out and told in `notes`.
"""

import json
import statistics
from dataclasses import dataclass, field

from .text import count, number, obj, objs, one_line

LINE_MAX = 4 << 20
FORMAT = 1
CLASSES = ("nbd", "net", "local", "nfs", "fs")
DROP_PLACES = ("sk_filter", "protocol", "backlog")
ZONE = ("free", "min", "low", "high", "low_water")


@dataclass
class Recording:
    """Series are lists as long as `seconds`; `rates` are over the interval
    that ends with their snapshot."""
    seconds: list = field(default_factory=list)     # CLOCK_MONOTONIC
    gauges: dict = field(default_factory=dict)
    rates: dict = field(default_factory=dict)
    zone: str = None            # the zone that gauges' free, min, ... are of
    other_zones: list = field(default_factory=list)     # (name, lowest)
    sources: dict = field(default_factory=dict)     # rate: keys of counters
    page_bytes: int = None
    notes: list = field(default_factory=list)

    def __len__(self):
        return len(self.seconds)


def read(path):
    """The recording in the file PATH; empty, with a note, if there is none."""
    rec = Recording()
    snaps, odd, line = [], [], b"\n"
    try:
        with open(path, "rb") as file:
            for nr, line in enumerate(iter(
                    lambda: file.readline(LINE_MAX), b""), 1):
                snap = _snapshot(line, snaps)
                if snap:
                    snaps.append(snap)
                else:
                    odd.append(nr)
    except FileNotFoundError:
        rec.notes.append("No recording: there is no record.jsonl.")
        return rec
    except OSError as err:
        rec.notes.append(f"No recording: record.jsonl: {err.strerror}.")
        return rec
    if odd and not line.endswith(b"\n"):
        odd.pop()
        rec.notes.append("The last line of the recording is cut off.")
    if odd:
        rec.notes.append(
            f"{count(len(odd), 'line')} of the recording left out, from line "
            f"{odd[0]} on: no snapshot, or earlier than the one before.")
    if not snaps:
        rec.notes.append("The recording has no snapshot.")
        return rec
    _fill(rec, snaps)
    return rec


def _snapshot(line, before):
    """What we need of one line; None if it is none, or goes back in time."""
    try:
        doc = json.loads(line)
    except (ValueError, RecursionError):
        return None
    doc = obj(doc)
    mono = number(doc.get("mono_ns"))
    if mono is None or number(doc.get("netswap")) != FORMAT:
        return None
    if before and mono / 1e9 <= before[-1]["t"]:
        return None
    counters = obj(doc.get("counters"))
    kernel = obj(doc.get("kernel_counters"))
    proc = number(doc.get("proc_ns"))
    return {
        "t": mono / 1e9,
        "proc": proc / 1e9 if proc else None,
        "why": doc.get("why"),
        "page_bytes": number(doc.get("page_bytes")),
        "throttled": number(obj(doc.get("gauges")).get("throttled_tasks")),
        BPF: {k: _natural(counters.get(k)) for k in KEYS[BPF]},
        KERNEL: {k: _natural(kernel.get(k)) for k in KEYS[KERNEL]},
        "zones": {(z.get("node"), one_line(z.get("zone"))[:16]): z
                  for z in map(_zone, objs(doc.get("zones"))[:64])},
    }


def _natural(value):
    value = number(value)
    return None if value is None or value < 0 else value


def _zone(z):
    values = {k: number(z.get(k + "_pages"))
              for k in ZONE + ("managed",)}
    # Other members are of no use, and may be large.
    return {"node": number(z.get("node")), "zone": z.get("zone"), **values}


# The counts that a rate can be made of, best first: whose they are, the keys
# to be summed, and a factor.  One is taken only if all of its keys are known.
BPF, KERNEL = "counters", "kernel"
RATES = {
    "swap_out": [(BPF, [f"swap_bytes_{c}_out" for c in CLASSES], None),
                 (KERNEL, ["kernel_swapout_pages"], "page_bytes")],
    "swap_in": [(BPF, [f"swap_bytes_{c}_in" for c in CLASSES], None),
                (KERNEL, ["kernel_swapin_pages"], "page_bytes")],
    "throttles": [(BPF, ["throttle"], None),
                  (KERNEL, ["kernel_throttle"], None)],
    "drops": [(BPF, [f"pfmemalloc_drops_{p}" for p in DROP_PLACES], None),
              (BPF, ["pfmemalloc_drops_sk_filter"], None),
              (KERNEL, ["kernel_pfmemalloc_drops"], None)],
    "reserve": [(BPF, ["reserve_allocs"], None)],
}


def _keys(whose):
    return {key for ways in RATES.values() for way, keys, _ in ways
            if way == whose for key in keys}


KEYS = {whose: _keys(whose) for whose in (BPF, KERNEL)}


def _sum(values):
    values = list(values)
    return None if None in values else sum(values)


def _per_second(before, after, seconds):
    """None too where a counter went back: netswap was loaded anew."""
    if None in (before, after) or seconds <= 0 or after < before:
        return None
    return (after - before) / seconds


def _rate_of(snaps, whose, keys, factor):
    """The kernel's counters are of the time at which /proc was read, and are
    not read again for each snapshot."""
    clock = "t" if whose == BPF else "proc"
    rates = [None]
    for a, b in zip(snaps, snaps[1:]):
        rate = None
        if None not in (a[clock], b[clock]):
            rate = _per_second(_sum(a[whose][k] for k in keys),
                               _sum(b[whose][k] for k in keys),
                               b[clock] - a[clock])
        if rate is not None and factor:
            rate = rate * b[factor] if b[factor] else None
        rates.append(rate)
    return rates


def _rate(snaps, ways):
    """(series, the keys it is made of) by the first way that is known."""
    for whose, keys, factor in ways:
        series = _rate_of(snaps, whose, keys, factor)
        if any(v is not None for v in series):
            return series, keys
    return [None] * len(snaps), []


def _headroom(z):
    """Pages above min at the worst moment that a snapshot knows of."""
    values = [z["low_water"]]
    if None not in (z["free"], z["min"]):
        values.append(z["free"] - z["min"])
    return min((v for v in values if v is not None), default=None)


def _lowest(snaps):
    """The least headroom of each zone, that which tells most first: a zone
    like DMA, of which little is used but its reserve, says nothing."""
    lowest, managed = {}, {}
    for snap in snaps:
        for key, z in snap["zones"].items():
            room = _headroom(z)
            if room is not None and z["managed"] != 0:
                lowest[key] = min(room, lowest.get(key, room))
                managed[key] = max(z["managed"] or 0, managed.get(key, 0))
    large = max(managed.values(), default=0) / 8
    return sorted(lowest.items(), key=lambda item: (
        managed[item[0]] < large, item[1]))


def _zone_name(key, several_nodes):
    node, name = key
    return f"{name} of node {node}" if several_nodes else name


def _fill(rec, snaps):
    rec.seconds = [s["t"] for s in snaps]
    rec.page_bytes = next((int(s["page_bytes"]) for s in snaps
                           if s["page_bytes"]), None)
    rec.gauges["throttled"] = [s["throttled"] for s in snaps]
    for name, ways in RATES.items():
        rec.rates[name], rec.sources[name] = _rate(snaps, ways)
    lowest = _lowest(snaps)
    for name in ZONE:
        rec.gauges[name] = [None] * len(snaps)
    if lowest:
        nodes = len({node for (node, _), _ in lowest}) > 1
        names = [(_zone_name(k, nodes), room) for k, room in lowest]
        rec.zone, rec.other_zones = names[0][0], names[1:]
        own = [s["zones"].get(lowest[0][0], {}) for s in snaps]
        for name in ZONE:
            rec.gauges[name] = [z.get(name) for z in own]
    whys = [s["why"] for s in snaps if s["why"]]
    if whys:
        rec.notes.append("netswap: " + one_line(whys[-1])[:300])


def _worst_room(rec, a, b):
    """Of points A to B the one with the least free above min."""
    def room(i):
        free, least = rec.gauges["free"][i], rec.gauges["min"][i]
        return float("inf") if None in (free, least) else free - least
    return min(range(a, b), key=room)


def thinned(rec, most):
    """REC with at most MOST points, each the worst of those it stands for."""
    n = len(rec)
    if n <= most:
        return rec
    # The first point is alone in its group: no rate ends there.
    bounds = [0] + [1 + (n - 1) * i // (most - 1) for i in range(most)]
    groups = list(zip(bounds, bounds[1:]))

    def pick(series, worst):
        return [worst((v for v in series[a:b] if v is not None), default=None)
                for a, b in groups]

    thin = Recording(zone=rec.zone, other_zones=rec.other_zones,
                     sources=rec.sources, page_bytes=rec.page_bytes,
                     notes=rec.notes + [f"Each point is the worst of about "
                                        f"{n / most:.1f} snapshots."])
    thin.seconds = pick(rec.seconds, max)
    thin.rates = {k: pick(v, max) for k, v in rec.rates.items()}
    at = [_worst_room(rec, a, b) for a, b in groups]
    thin.gauges = {k: [v[i] for i in at] for k, v in rec.gauges.items()}
    thin.gauges["low_water"] = pick(rec.gauges["low_water"], min)
    thin.gauges["throttled"] = pick(rec.gauges["throttled"], max)
    return thin


def gaps(seconds):
    """Indices of the points before which snapshots are missing."""
    steps = [b - a for a, b in zip(seconds, seconds[1:])]
    if not steps:
        return set()
    limit = max(3.0, 3 * statistics.median(steps))
    return {i for i, step in enumerate(steps, 1) if step > limit}

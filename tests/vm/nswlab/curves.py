# SPDX-License-Identifier: GPL-2.0
"""Curves of a recording: charts above each other over one axis of time.

Only lines are SVG, stretched to the room there is; all text is HTML beside
them, so that it stays legible at any width.  Every series has a line of its
own kind (dash, weight): the charts can be read without colour.
"""

import math
from dataclasses import dataclass

from .markup import esc, number_text
from .recording import gaps, thinned

POINTS = 300            # most points of a series
SPARK_POINTS = 60
MIB = 1 << 20
SPAN = 1000             # the plots' coordinates, both ways


@dataclass
class Series:
    """A line of a chart: what it is called, and how it is drawn."""
    label: str
    values: list            # what is drawn
    style: str              # class in page.css
    step: bool = False      # holds for the interval before its point
    unit: str = ""
    told: list = None       # what is told in numbers, if not what is drawn
    rest: str = ""          # its text while no time is pointed at


@dataclass
class Chart:
    title: str
    unit: str
    series: list
    absent: str             # why there may be nothing to draw
    log: bool = False
    shade_below: bool = False
    cap: float = None


def known(values):
    return [v for v in values if v is not None]


def short(value):
    """A number for a label: 3 digits are enough there."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(value) >= size:
            return f"{value / size:.3g}{unit}".replace("-", "−")
    return f"{value:.3g}".replace("-", "−")


def exact(value):
    """A value as it is told: whole, or with one digit after the point."""
    if value is None:
        return "-"
    if value == int(value) or abs(value) >= 1000:
        return number_text(round(value)).replace("-", "−")
    return (f"{value:.1f}" if abs(value) >= 0.05
            else f"{value:.2g}").replace("-", "−")


def step_of(span, most):
    """1, 2 or 5 times a power of ten: at most MOST steps in SPAN."""
    raw = max(span / most, 1e-9)
    base = 10 ** math.floor(math.log10(raw))
    return next(m * base for m in (1, 2, 5, 10) if m * base >= raw * 0.9999)


def ticks(low, high, most):
    step = step_of(high - low, most)
    first = math.ceil(low / step - 1e-6)
    return [n * step for n in range(first, math.floor(high / step + 1e-6) + 1)]


class Scale:
    """Values to heights in a plot, 0 at its top."""

    def __init__(self, chart):
        values = [v for s in chart.series for v in known(s.values)]
        self.log = chart.log
        self.low = min(values + [0])
        self.high = max(values + [0])
        if chart.cap:
            self.high = min(self.high, chart.cap)
        # A curve of nothing but 0 lies on the ground, not in the middle.
        if self.high == self.low:
            self.high = self.low + 1
        self.low, self.high = self._warp(self.low), self._warp(self.high)
        self.high += (self.high - self.low) * 0.06

    def _warp(self, value):
        return math.log10(1 + max(value, 0)) if self.log else value

    def __call__(self, value):
        part = (self._warp(value) - self.low) / (self.high - self.low)
        return round(SPAN * (1 - min(max(part, 0), 1)))

    def ticks(self):
        if not self.log:
            return ticks(self.low, self.high, 4)
        found = []
        for value in [0] + [10 ** n for n in range(19)]:
            if math.log10(1 + value) > self.high:
                break
            # Labels must not lie on each other.
            if not found or self(found[-1]) - self(value) > SPAN * 0.16:
                found.append(value)
        return found


@dataclass
class Axis:
    """Time: seconds of a recording to places across a plot."""
    low: float
    high: float
    zero: float

    def __call__(self, seconds):
        span = max(self.high - self.low, 1e-3)
        return round(SPAN * (seconds - self.low) / span)


def line_path(xs, ys, breaks):
    """A point to the next; pen up where there is none, or a gap."""
    out, pen = [], 0
    for i, (x, y) in enumerate(zip(xs, ys)):
        if y is None or i in breaks:
            if pen == 1:            # a point alone: a dot
                out.append("h.1")
            pen = 0
        if y is not None:
            out.append(f"{'L' if pen else 'M'}{x} {y}")
            pen += 1
    return "".join(out) + ("h.1" if pen == 1 else "")


def step_path(xs, ys):
    """Each height over the interval that ends with its point."""
    out, at = [], None
    for x0, x, y in zip(xs, xs[1:], ys[1:]):
        if y is None:
            at = None
            continue
        if at is None:
            out.append(f"M{x0} {y}")
        elif at != y:
            out.append(f"V{y}")
        out.append(f"H{x}")
        at = y
    return "".join(out)


def _key(series):
    """The legend: line, name, and number (that at the time pointed at)."""
    told = series.values if series.told is None else series.told
    data = ",".join("" if v is None else exact(v) for v in told)
    sample = ('<svg class="sample" viewBox="0 0 30 8" aria-hidden="true">'
              f'<path class="{series.style}" d="M1 4H29"/></svg>')
    rest = esc(series.rest or "not measured")
    return (f'<li data-v="{esc(data)}" data-u="{esc(series.unit)}">{sample}'
            f"{esc(series.label)} <b>{rest}</b></li>")


def _svg(chart, scale, xs, breaks, bands, marks):
    ground = scale(0)
    parts = [f'<rect class="gap" x="{a}" width="{b - a}" height="{SPAN}"/>'
             for a, b in bands]
    if chart.shade_below and ground < SPAN:
        parts.append(f'<rect class="below" y="{ground}" width="{SPAN}" '
                     f'height="{SPAN - ground}"/>')
    grid = "".join(f"M0 {scale(t)}h{SPAN}" for t in scale.ticks())
    parts.append(f'<path class="grid" d="{grid}"/>')
    if marks:
        parts.append('<path class="mark" d="'
                     + "".join(f"M{x} 0v{SPAN}" for x in marks) + '"/>')
    for s in chart.series:
        ys = [None if v is None else scale(v) for v in s.values]
        path = step_path(xs, ys) if s.step else line_path(xs, ys, breaks)
        if path:
            parts.append(f'<path class="{s.style}" d="{path}"/>')
    told = "; ".join(f"{s.label} {s.rest or 'not measured'}"
                     for s in chart.series)
    return (f'<svg viewBox="0 0 {SPAN} {SPAN}" preserveAspectRatio="none" '
            f'role="img" aria-label="{esc(chart.title)}: {esc(told)}">'
            + "".join(parts) + "</svg>")


def _chart(chart, xs, breaks, bands, marks):
    head = (f'<h4>{esc(chart.title)} <span class="unit">{esc(chart.unit)}'
            "</span></h4>")
    if not any(known(s.values) for s in chart.series):
        return (f'<div class="chart">{head}<p class="none">{esc(chart.absent)}'
                "</p></div>\n")
    scale = Scale(chart)
    labels = "".join(
        f'<i style="top:{scale(t) / SPAN:.1%}">'
        f"{'min' if chart.shade_below and t == 0 else short(t)}</i>"
        for t in scale.ticks())
    wide = [(a, b) for a, b in bands if b - a > SPAN * 0.16]
    words = "".join(f'<em style="left:{a / SPAN:.1%};width:'
                    f'{(b - a) / SPAN:.1%}">no snapshots</em>'
                    for a, b in wide) if chart.shade_below else ""
    key = "".join(map(_key, chart.series))
    if chart.shade_below:
        key += '<li><span class="swatch below"></span>below min: reserve</li>'
    return (f'<div class="chart">{head}<ul class="key">{key}</ul>'
            f'<div class="plot{" tall" if chart.shade_below else ""}">'
            f'<div class="ys">{labels}</div>'
            + _svg(chart, scale, xs, breaks, bands, marks) + words
            + '<div class="cross"></div></div></div>\n')


def _minus(a, b):
    return [None if None in (x, y) else x - y for x, y in zip(a, b)]


def _range(values):
    values = known(values)
    if not values:
        return ""
    low, high = exact(min(values)), exact(max(values))
    return low if low == high else f"{low} to {high}"


def _peak(values, unit):
    values = known(values)
    return f"peak {exact(max(values))} {unit}".rstrip() if values else ""


def room_series(rec):
    """Free pages above min."""
    return _minus(rec.gauges["free"], rec.gauges["min"])


def _cap(rec):
    """Before the load most memory is free: that would flatten the rest."""
    high = known(_minus(rec.gauges["high"], rec.gauges["min"]))
    return 4 * max(high) if high and max(high) > 0 else None


def _memory_chart(rec):
    g = rec.gauges
    room, cap = room_series(rec), _cap(rec)
    lowest = known(g["low_water"])
    series = [
        Series("high", _minus(g["high"], g["min"]), "high", told=g["high"],
               rest=_range(g["high"])),
        Series("low", _minus(g["low"], g["min"]), "low", told=g["low"],
               rest=_range(g["low"])),
        Series("min", _minus(g["min"], g["min"]), "min", told=g["min"],
               rest=_range(g["min"])),
        Series("free", room, "a", told=g["free"], rest=_range(g["free"])),
        # What the first one is since nobody knows.
        Series("lowest between snapshots, from min",
               [None] + g["low_water"][1:], "lowest", step=True,
               told=g["low_water"],
               rest=f"down to {exact(min(lowest))}" if lowest else ""),
    ]
    cut = cap is not None and max(known(room), default=0) > cap
    return Chart(f"Free memory of zone {rec.zone or '-'}",
                 "pages above the min watermark"
                 + (f", drawn up to {exact(cap)}" if cut else ""), series,
                 "Not measured: no zone in the recording.", shade_below=True,
                 cap=cap)


def _from_kernel(rec, name):
    return any(k.startswith("kernel_") for k in rec.sources[name])


def _rate_series(rec, name, label, style, factor=1, unit="/s"):
    values = [None if v is None else v / factor for v in rec.rates[name]]
    if _from_kernel(rec, name):
        label += " (the kernel's count)"
    return Series(label, values, style, True, unit, rest=_peak(values, unit))


def _charts(rec):
    one = len(rec) == 1

    def absent(what):
        return ("Not measured: a rate needs two snapshots." if one
                else f"Not measured: {what} not attached, or not recorded.")

    throttled = rec.gauges["throttled"]
    places = ("drops at sk_filter" if len(rec.sources["drops"]) == 1
              else "drops")
    swap = [_rate_series(rec, "swap_out", "out", "a", MIB, "MiB/s"),
            _rate_series(rec, "swap_in", "in", "b", MIB, "MiB/s")]
    asleep = [Series("tasks asleep now", throttled, "a",
                     rest=_peak(throttled, "")),
              _rate_series(rec, "throttles", "throttles", "b")]
    reserve = [_rate_series(rec, "drops", places, "a"),
               _rate_series(rec, "reserve", "allocations from the reserve",
                            "b")]
    return [
        _memory_chart(rec),
        Chart("Swap", "MiB/s", swap,
              absent("hook groups swap_block, swap_fs")),
        Chart("Throttled", "tasks; throttles/s", asleep,
              absent("hook group throttle")),
        Chart("Reserve", "per second, logarithmic", reserve,
              absent("hook groups sk_filter, skb_drop, reserve"), log=True),
    ]


def _axis(rec, zero, end):
    first, last = rec.seconds[0], rec.seconds[-1]
    origin = first if zero is None else zero
    low = min(first, origin)
    if end is not None:     # silence must not take the room of the curves
        end = min(end, last + max((last - low) / 3, 3))
    return Axis(low, last if end is None else end, origin)


def _bands(rec, axis, breaks):
    """Where there is no snapshot: between two, and after the last one."""
    spans = [(rec.seconds[i - 1], rec.seconds[i]) for i in sorted(breaks)]
    if axis.high > rec.seconds[-1]:
        spans.append((rec.seconds[-1], axis.high))
    return [(axis(a), axis(b)) for a, b in spans]


def _times(axis):
    """The axis of time, under the last chart."""
    low, high = axis.low - axis.zero, axis.high - axis.zero
    labels = []
    for t in ticks(low, high, 6):
        x = axis(t + axis.zero) / SPAN
        at = f"left:{x:.1%}" if x < 0.95 else "right:0;transform:none"
        labels.append(f'<i style="{at}">{exact(t)} s</i>')
    return '<div class="times">' + "".join(labels) + "</div>\n"


def _caption(rec, axis, zero, done, end):
    words = ["Time 0: the load starts." if zero is not None
             else "Time 0: the first snapshot."]
    if done:
        words.append("Vertical line: the load ends.")
    if end is not None:
        words.append("No more snapshots came until the run was ended, at "
                     f"about {end - axis.zero:.0f} s.")
    others = ", ".join(f"{name} {exact(room)}"
                       for name, room in rec.other_zones[:6])
    if others:
        words.append(f"Other zones' lowest, from min: {others} pages.")
    return " ".join(words + rec.notes)


def figure(rec, zero=None, load_seconds=None, end=None):
    """All charts of REC.  ZERO: when the load started, END: when the run
    ended without the guest; both in the guest's seconds, None if unknown."""
    if not len(rec):
        return (f'<p class="none">No curves. {esc(" ".join(rec.notes))}</p>\n')
    if end is not None and end < rec.seconds[-1] + 3:
        end = None
    rec = thinned(rec, POINTS)
    axis = _axis(rec, zero, end)
    breaks = gaps(rec.seconds)
    xs = [axis(t) for t in rec.seconds]
    marks = []
    done = zero is not None and load_seconds is not None and \
        zero + load_seconds <= axis.high
    if done:
        marks = [axis(zero + load_seconds)]
    bands = _bands(rec, axis, breaks)
    charts = "".join(_chart(c, xs, breaks, bands, marks)
                     for c in _charts(rec))
    times = ",".join(f"{t - axis.zero:.1f}" for t in rec.seconds)
    return (f'<figure class="curves" data-x="{",".join(map(str, xs))}" '
            f'data-t="{times}">\n{charts}{_times(axis)}<figcaption>'
            f'<span class="when"></span>'
            f"{esc(_caption(rec, axis, zero, done, end))}</figcaption>"
            "</figure>\n")


def spark(rec):
    """Free memory of a run at a glance; nothing if it is not known."""
    if len(rec) < 2:
        return ""
    rec = thinned(rec, SPARK_POINTS)
    room = room_series(rec)
    chart = Chart("", "", [Series("", room, "a")], "", cap=_cap(rec))
    if not known(room):
        return ""
    scale = Scale(chart)
    axis = _axis(rec, None, None)
    xs = [axis(t) for t in rec.seconds]
    ys = [None if v is None else scale(v) for v in room]
    ground = scale(0)
    return (f'<svg class="spark" viewBox="0 0 {SPAN} {SPAN}" '
            'preserveAspectRatio="none" aria-hidden="true">'
            f'<rect class="below" y="{ground}" width="{SPAN}" height='
            f'"{SPAN - ground}"/><path class="min" d="M0 {ground}h{SPAN}"/>'
            f'<path class="a" d="{line_path(xs, ys, gaps(rec.seconds))}"/>'
            "</svg>")

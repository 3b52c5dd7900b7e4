# SPDX-License-Identifier: GPL-2.0
"""The page of a run that failed: what waited for what, and the evidence."""

import json
import re
import textwrap
from pathlib import Path

from . import curves, recording
from .markup import (MARKS, against, bullets, details, document, esc,
                     esc_line, link, number_text, or_dash, pages_text, rows,
                     seconds_text, tone, write)
from .results import ResultsError, cell_name, other_problems
from .text import count, number, obj, objs, one_line, printable, strings

PASSED = ("COMPLETED", "INVALID")
CONSOLE_LINES = 60
CONSOLE_BYTES = 64 << 10
GROUPS = 60             # most groups of blocked tasks that are shown
FRAMES = 40             # most functions of a stack

CONFIDENCE = {
    "certain": "every link of it was seen in this run",
    "likely": "it fits what was seen; some links were not",
    "unknown": "no rule fits what was seen",
}


def failed(run):
    """Whether the run has a page of its own."""
    return run["verdict"] not in PASSED


def load_start(run):
    """When the load began, in seconds of the guest's uptime, or None."""
    text = str(obj(run.get("values")).get("load_start_seconds"))
    return float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text) else None


def diagnosis_of(rundir):
    """(diagnosis.json's object or None, why there is none)."""
    path = Path(rundir) / "diagnosis.json"
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None, "there is no diagnosis.json"
    except OSError as err:
        return None, f"diagnosis.json: {err.strerror}"
    except (ValueError, RecursionError):
        return None, "diagnosis.json is not JSON"
    if not isinstance(found, dict):
        return None, "diagnosis.json is no JSON object"
    return found, None


def failure_page(rundir, run=None, rec=None):
    """Write RUNDIR/failure.html; what is known already need not be read."""
    rundir = Path(rundir)
    if run is None:
        run = _read_run(rundir)
    if rec is None:
        rec = recording.read(rundir / "record.jsonl")
    diagnosis, missing = diagnosis_of(rundir)
    d = diagnosis or {}
    body = "".join([
        _head(rundir, run), _cause(run, d, missing),
        _columns("", _chain(d), _memory(d, rec) + _missing(d, missing)),
        "<h2>Curves</h2>\n", curves.figure(
            rec, load_start(run), number(run.get("load_seconds")),
            number(run.get("seconds"))),
        _tasks(d), _locks(d), _network(rundir, d), _console(rundir)])
    write(rundir / "failure.html", document(
        f"{run['verdict']}: {cell_name(run)}, run {run.get('run')}", body))


def _columns(style, *parts):
    """Parts side by side where there is room for it."""
    parts = [f"<div>{p}</div>\n" for p in parts if p]
    return f'<div class="columns {style}">' + "".join(parts) + "</div>\n" \
        if parts else ""


def _read_run(rundir):
    path = rundir / "run.json"
    try:
        run = json.loads(path.read_bytes())
    except OSError as err:
        raise ResultsError(f"{path}: {err.strerror}") from None
    except (ValueError, RecursionError):
        raise ResultsError(f"{path}: not JSON") from None
    if not isinstance(obj(obj(run).get("cell")).get("name"), str) or \
            not isinstance(run.get("verdict"), str):
        raise ResultsError(f"{path}: not a run of the lab")
    return run


def _head(rundir, run):
    host = obj(run.get("host"))
    index = Path("..", "..", "index.html")
    back = (f'<p><a href="{index}">All runs of this session</a></p>\n'
            if (rundir / index).is_file() or rundir.parent.name == "runs"
            else "")
    params = obj(obj(run.get("cell")).get("params"))
    return (
        f'{back}<h1>{esc_line(cell_name(run))}, run '
        f'{esc_line(run.get("run", "?"), 12)}</h1>\n'
        f'<div class="banner big {tone(run)}">{MARKS[tone(run)]} '
        f"{esc_line(run['verdict'])} <small>{against(run)}</small>"
        "</div>\n" + rows([
            ("Kernel", or_dash(run.get("release"))),
            ("Started", or_dash(run.get("started"))),
            ("Whole run", seconds_text(run.get("seconds"))),
            ("Load", seconds_text(run.get("load_seconds"))),
            ("Emulation", or_dash(str(host.get("accel") or "").upper())),
            ("Host CPUs", or_dash(host.get("cpus"))),
            ("Parameters", esc_line(" ".join(
                f"{k}={v}" for k, v in params.items() if v != ""))),
            ("Files", " ".join(filter(None, (
                link(rundir, f, f) for f in (
                    "console.log", "result.txt", "watch.txt", "host.txt",
                    "record.jsonl", "swap.pcap", "diagnosis.json",
                    "run.json"))))),
        ]))


def _cause(run, d, missing):
    if not d:
        return (f"<h2>No diagnosis</h2>\n<p>{esc_line(missing)}. What follows"
                f" is what the run itself left.</p>\n{_also(run)}")
    sure = one_line(d.get("confidence") or "unknown")
    circle = d.get("circle")
    evidence = strings(d.get("evidence"))
    shown = details("what shows it", bullets(evidence)) if evidence else ""
    return (
        f"<h2>{esc_line(d.get('title') or 'No title')}</h2>\n"
        f"<p>{esc(d.get('explanation') or '')}</p>\n" + rows([
            ("Confidence", f"<strong>{esc_line(sure)}</strong>: "
             f"{esc(CONFIDENCE.get(sure, 'unknown to this page'))}"),
            ("Circle", f"<code>{esc_line(circle)}</code>" if circle
             else "none of those known"),
            ("Matches too", esc_line(", ".join(strings(d.get("also"))))),
        ]) + shown + _also(run))


def _also(run):
    """What was wrong besides the verdict."""
    bad = other_problems(run)
    return f"<h3>Besides, not as expected</h3>\n{bullets(bad)}" if bad else ""


# The chain, drawn: a box for each that waits, an arrow to what it waits for,
# and, if a rule closed the circle, one from the last back to the first.

CHAR = 7.9              # of the 13 px monospace font
SOFT_CHAR = 7.0         # of the 11.5 px one
LINE = 18


def _wrap(text, width, char, most):
    lines = textwrap.wrap(one_line(text), max(int(width / char), 8)) or ["-"]
    if len(lines) > most:
        lines[most - 1:] = [lines[most - 1][:-1] + "…"]
    return lines


def _text(x, y, line, style):
    return f'<text class="{style}" x="{x}" y="{y}">{esc(line)}</text>'


def _evidence(link_):
    """Evidence is lines of a stack, as one text or as a list."""
    found = link_.get("evidence")
    if isinstance(found, str):
        return [s for s in printable(found).split("\n") if s.strip()]
    return strings(found)


class Drawing:
    """Boxes under each other; the arrow back runs along the left edge."""

    LEFT = 34
    PAD = 12

    def __init__(self, width):
        self.width = width
        self.y = 8
        self.parts = []
        self.middles = []       # of the boxes

    def box(self, link_):
        room = self.width - self.LEFT - 2 * self.PAD - 2
        lines = [("who", s) for s in _wrap(link_.get("who"), room, CHAR, 3)]
        evidence = _evidence(link_)
        for text in evidence[:3]:
            lines += [("soft", s) for s in _wrap(text, room, SOFT_CHAR, 2)]
        if evidence[3:]:
            lines.append(("soft", "and "
                          + count(len(evidence) - 3, "more line")))
        height = len(lines) * LINE + 2 * self.PAD - 6
        self.rect(height, "")
        for i, (style, text) in enumerate(lines):
            self.parts.append(_text(self.LEFT + self.PAD,
                                    self.y + self.PAD + 11 + i * LINE, text,
                                    style))
        self.y += height

    def rect(self, height, style):
        self.parts.append(
            f'<rect class="{style}" x="{self.LEFT}" y="{self.y}" rx="5" '
            f'width="{self.width - self.LEFT - 2}" height="{height}"/>')
        self.middles.append(self.y + height // 2)

    def arrow(self, link_, head=True):
        x = self.LEFT + 40
        room = self.width - x - 14 - self.PAD
        lines = _wrap("waits for " + one_line(link_.get("waits_for") or "?"),
                      room, CHAR, 4)
        height = len(lines) * LINE + 18
        for i, text in enumerate(lines):
            self.parts.append(_text(x + 14, self.y + 22 + i * LINE, text, ""))
        self.parts.append(f'<path d="M{x} {self.y}v{height - 8 * head}"/>')
        self.y += height
        if head:
            self.parts.append(f'<path class="head" d="M{x} {self.y}l-6-11h12'
                              'z"/>')

    def back(self):
        """From the end of the last arrow to the first box."""
        x, top = self.LEFT + 40, self.middles[0]
        self.parts.append(f'<path d="M{x} {self.y}H14V{top}H{self.LEFT - 9}"'
                          f'/><path class="head" d="M{self.LEFT} {top}l-11-6'
                          'v12z"/>')
        self.y += 6

    def unknown(self, text):
        lines = _wrap(text or "not established", self.width - self.LEFT
                      - 2 * self.PAD, SOFT_CHAR, 4)
        height = len(lines) * LINE + 16
        self.rect(height, "open")
        for i, line in enumerate(lines):
            self.parts.append(_text(self.LEFT + self.PAD,
                                    self.y + 22 + i * LINE, line, "soft"))
        self.y += height

    def svg(self, style):
        height = self.y + 8
        return (f'<svg class="chain {style}" width="{self.width}" height='
                f'"{height}" viewBox="0 0 {self.width} {height}" '
                'aria-hidden="true">' + "".join(self.parts) + "</svg>\n")


def _drawn(chain, closed, end, width, style):
    drawing = Drawing(width)
    for i, link_ in enumerate(chain):
        drawing.box(link_)
        last = i == len(chain) - 1
        drawing.arrow(link_, head=not (last and closed))
    if closed:
        drawing.back()
    else:
        drawing.unknown(end)
    return drawing.svg(style)


def _chain(d):
    chain = objs(d.get("chain"))[:12]
    if not chain:
        return ""
    closed, end = d.get("chain_closed"), d.get("open_end")
    if not isinstance(closed, bool):
        closed = bool(d.get("circle"))
    lines = []
    for link_ in chain:
        text = "\n".join(_evidence(link_)) or "-"
        lines.append(f"<tr><td>{esc(link_.get('who') or '-')}</td>"
                     f"<td>{esc(link_.get('waits_for') or '-')}</td>"
                     f'<td class="mono">'
                     f"{esc(text).replace(chr(10), '<br>')}</td></tr>\n")
    return ("<h2>Who waits for whom</h2>\n"
            + _drawn(chain, closed, end, 560, "wide-only")
            + _drawn(chain, closed, end, 350, "narrow")
            + "<details><summary>as a table, with all of the evidence"
            '</summary><div class="wide"><table><thead><tr><th>who</th><th>'
            "waits for</th><th>evidence</th></tr></thead><tbody>"
            + "".join(lines) + "</tbody></table></div></details>\n")


def _size(pages, page_bytes):
    if pages is None or not page_bytes:
        return ""
    return f" ({pages * page_bytes / (1 << 20):.1f} MiB)"


def _state(z, page_bytes):
    free = number(z.get("free"))
    for name in ("min", "low", "high"):
        mark = number(z.get(name))
        if None not in (free, mark) and free < mark:
            return (f"<strong>below {name}</strong> by "
                    f"{number_text(mark - free)} pages"
                    + _size(mark - free, page_bytes))
    return "above high" if free is not None else "-"


def _level(z):
    """Free memory as a bar, the watermarks as strokes across it."""
    values = [number(z.get(k)) for k in ("free", "min", "low", "high")]
    marks = [v for v in values[1:] if v is not None and v >= 0]
    if values[0] is None or not marks or max(marks) <= 0:
        return ""
    top = max(marks) * 1.5
    width = round(min(max(values[0], 0) / top, 1) * 1000)
    short = " short" if values[1] is not None and values[0] < values[1] \
        else ""
    strokes = "".join(f"M{round(m / top * 1000)} 0v100" for m in marks)
    return ('<svg class="level" viewBox="0 0 1000 100" preserveAspectRatio='
            f'"none" aria-hidden="true"><rect class="bar{short}" y="25" '
            f'width="{width}" height="50"/><path d="{strokes}"/></svg>')


def _pages(pages):
    """Of the whole machine."""
    def kib(key):
        value = number(pages.get(key))
        return None if value is None else f"{value / 1024:.0f} MiB"

    return rows([
        ("Anonymous", pages_text(pages.get("anon"))),
        ("Under writeback", pages_text(pages.get("writeback"))),
        ("Swap free", or_dash(kib("swap_free_kb"))),
        ("Swap", or_dash(kib("swap_total_kb"))),
    ]) if pages else ""


def _memory(d, rec):
    zones = objs(d.get("memory"))[:64]
    if not zones:
        return ""
    lines = []
    for z in zones:
        cells = "".join(f'<td class="n">{number_text(number(z.get(k)))}</td>'
                        for k in ("free", "min", "low", "high"))
        lines.append(f"<tr><td>{esc_line(z.get('zone') or '-', 40)}</td>"
                     f'{cells}<td class="state">{_level(z)}'
                     f"{_state(z, rec.page_bytes)}</td></tr>\n")
    return ('<h2>Memory</h2>\n<div class="wide"><table><thead><tr><th>zone'
            '</th><th class="n">free</th><th class="n">min</th><th class="n">'
            'low</th><th class="n">high</th><th></th></tr></thead><tbody>'
            + "".join(lines) + "</tbody></table></div>\n"
            '<p class="soft">Pages, at the time of the verdict. Bar: free; '
            "strokes: min, low, high.</p>\n" + _pages(obj(d.get("pages"))))


def _tasks(d):
    tasks = objs(d.get("tasks"))
    if not tasks:
        return ""
    groups = {}
    for t in tasks:
        stack = tuple(one_line(s) for s in strings(t.get("stack")))
        key = (one_line(t.get("where") or "-"), stack)
        groups.setdefault(key, []).append(t)
    order = sorted(groups.items(), key=lambda item: -len(item[1]))
    parts = [f"<h2>Blocked tasks: {len(tasks)}, in "
             f"{count(len(order), 'group')} of one stack each</h2>\n"]
    parts.append(_columns("stacks", *(
        _group(where, stack, own)
        for (where, stack), own in order[:GROUPS])))
    if order[GROUPS:]:
        parts.append(f"<p>and {len(order) - GROUPS} more groups</p>\n")
    more = (number(d.get("blocked")) or 0) - len(tasks)
    if more > 0:
        parts.append(f"<p>and {count(more, 'more task')}: see console.log"
                     "</p>\n")
    return "".join(parts)


def _who(tasks):
    """Tasks of a name together: memstress 101 102 103 (D)."""
    names = {}
    for t in tasks:
        name = (one_line(t.get("comm") or "-"),
                one_line(t.get("state") or "?"))
        names.setdefault(name, []).append(one_line(t.get("pid", "?")))
    return "; ".join(f"{comm} ({state}) {' '.join(pids)}"
                     for (comm, state), pids in names.items())


def _group(where, stack, tasks):
    frames = "\n".join(stack[:FRAMES])
    if stack[FRAMES:]:
        frames += f"\n… {len(stack) - FRAMES} more"
    shown = f"<pre>{esc(frames)}</pre>" if frames else \
        '<p class="none">no stack</p>'
    return (f'<div class="group"><h3><span class="times-n">{len(tasks)} ×'
            f'</span> {esc_line(where)}</h3><p class="mono">'
            f"{esc_line(_who(tasks), 2000)}</p>{shown}</div>\n")


def _lines(title, items):
    if not items:
        return ""
    text = esc("\n".join(items))
    return f'<h3>{esc(title)}</h3><pre class="wrap">{text}</pre>\n'


def _locks(d):
    text = esc("\n".join(strings(d.get("locks"))))
    return f'<h2>Locks held</h2>\n<pre class="wrap">{text}</pre>\n' \
        if text else ""


CAPTURE = (
    ("packets", "Packets", ""),
    ("last_packet_s", "Last packet, before the end", "s"),
    ("retransmits", "Retransmits", ""),
    ("last_window_from_guest", "Last window the guest offered", "bytes"),
    ("unacked_from_guest_bytes", "Sent by the guest, not acknowledged",
     "bytes"),
    ("unacked_to_guest_bytes", "Sent to the guest, not acknowledged",
     "bytes"),
)


def _quantity(value, unit):
    value = number(value)
    return "-" if value is None else esc(
        f"{number_text(value)} {unit}".strip())


def _network(rundir, d):
    capture = obj(d.get("capture"))
    pairs = [(title, _quantity(capture.get(key), unit))
             for key, title, unit in CAPTURE]
    # What the other end has acknowledged, and the guest does not know.
    guest = obj(capture.get("from_guest"))
    if "retransmits_of_acked" in guest:
        pairs.append(("Guest's retransmits of what was acknowledged",
                      _quantity(guest["retransmits_of_acked"], "")))
    found = rows(pairs) if capture else ""
    if found:
        found = ("<h3>Capture of the swap connection "
                 f"{link(rundir, 'swap.pcap', 'swap.pcap')}</h3>\n{found}")
    both = _columns(
        "", _lines("TCP, the guest's end", strings(d.get("tcp_guest"))),
        _lines("TCP, the host's end", strings(d.get("tcp_host"))))
    rpc = _columns(
        "", _lines("RPC tasks", strings(d.get("rpc"))),
        _lines("RPC transports", strings(d.get("rpc_transports"))))
    text = found + both + rpc
    return f"<h2>The swap connection</h2>\n{text}" if text else ""


def _missing(d, missing):
    items = strings(d.get("missing"))
    if missing:
        items = [f"diagnosis: {missing}"] + items
    if not items:
        return ""
    return f"<h2>What is missing, and why</h2>\n{bullets(items)}"


def _console(rundir):
    try:
        with open(rundir / "console.log", "rb") as file:
            size = file.seek(0, 2)
            file.seek(max(size - CONSOLE_BYTES, 0))
            text = file.read().decode(errors="replace")
    except OSError as err:
        return ("<h2>Console</h2>\n<p class=\"none\">console.log: "
                f"{esc(err.strerror)}</p>\n")
    lines = text.splitlines()[-CONSOLE_LINES:]
    return (f"<h2>Console, the last {count(len(lines), 'line')}</h2>\n"
            f'<pre class="console">{esc(chr(10).join(lines))}</pre>\n')

# SPDX-License-Identifier: GPL-2.0
"""The page of a session: DIR/index.html, and one page per failure.

    python3 -m nswlab.page DIR
"""

import os
from pathlib import Path

from . import curves, recording
from .cells import NEVER_ANY, VERDICTS
from .failure import diagnosis_of, failed, failure_page, load_start
from .markup import (MARKS, against, badge, bullets, details, document, esc,
                     esc_line, link, number_text, or_dash, pages_text, rows,
                     safe_dir, seconds_text, tone, write)
from .results import (ANY, DROPS, THROTTLES, cell_name, conclusion, facts,
                      is_ok, kernel_count, load, ok_text, other_problems,
                      problems, run_main, session_parser, short_names,
                      summary)
from .text import count, number, obj, objs, strings

# Files of a run's directory that the page links to, in this order.
FILES = ("console.log", "result.txt", "watch.txt", "host.txt", "record.jsonl",
         "swap.pcap", "diagnosis.json", "run.json")
# Runs that are open from the start: what one comes for, if that is few.
OPEN = 3
EMPTY = '<span class="spark"></span>'
LISTED = 10             # most lines, and runs in a line, of the banner


def page(directory, runs):
    """Write DIRECTORY/index.html and the pages of the runs that failed."""
    base = Path(directory)
    cells = {}
    for i, run in enumerate(runs):
        cells.setdefault(cell_name(run), []).append((i, run))
    odd = [i for i, run in enumerate(runs) if not is_ok(run)]
    shown = {0} if len(runs) == 1 else set(odd[:OPEN])
    common, short = short_names(list(cells))
    body = [_head(base, runs), _banner(runs, odd, short),
            _table(runs, common, short), _tools(runs)]
    for nr, (name, own) in enumerate(cells.items()):
        body.append(f'<section class="cell" id="cell{nr}">\n<h2>'
                    f"{esc_line(short[name])}</h2>\n")
        body.append(_cell_line(summary([r for _, r in own])[0],
                               short[name]))
        body += [_run(base, i, run, i in shown) for i, run in own]
        body.append("</section>\n")
    write(base / "index.html", document(
        f"{base.resolve().name}: {conclusion(runs)}", "".join(body)))


def _head(base, runs):
    f = facts(runs)
    dates = f["dates"]
    if len(dates) > 2:
        dates = [dates[0] + " to " + dates[-1]]
    commands = "; ".join(f"<code>{esc(c)}</code>" for c in f["commands"])
    return (f"<h1>netswap lab: {esc_line(base.resolve().name)}</h1>\n" + rows([
        ("Date", esc(", ".join(dates) or "-")),
        ("Kernels", esc(", ".join(f["releases"]) or "-")),
        ("Emulation", esc(", ".join(f["accel"]).upper() or "-")),
        ("Host CPUs", esc(", ".join(f["cpus"]) or "-")),
        ("Command", commands or "-"),
        ("Files", " ".join(filter(None, (
            link(base, p, p) for p in ("results.jsonl", "junit.xml"))))),
    ]))


def _odd(runs, name, why, own):
    """Runs of a cell with the same trouble, each a link."""
    links = ", ".join(f'<a href="#run{i}">run '
                      f'{esc_line(runs[i].get("run", "?"), 12)}</a>'
                      for i in own[:LISTED])
    if own[LISTED:]:
        links += f" and {len(own) - LISTED} more"
    return (f"<li><strong>{esc_line(name)}</strong>: {esc_line(why, 160)}: "
            f"{links}</li>")


def _banner(runs, odd, short):
    if not runs:
        return '<div class="banner void">No run has ended.</div>\n'
    if not odd:
        return (f'<div class="banner good">{MARKS["good"]} '
                f"{esc(conclusion(runs))}</div>\n")
    groups = {}
    for i in odd:
        why = (problems(runs[i]) or ["not as expected"])[0]
        groups.setdefault((cell_name(runs[i]), why), []).append(i)
    items = "".join(_odd(runs, short[key[0]], key[1], own)
                    for key, own in list(groups.items())[:LISTED])
    if len(groups) > LISTED:
        items += f"<li>and {len(groups) - LISTED} more</li>"
    tones = {tone(runs[i]) for i in odd}
    look = "bad" if "bad" in tones else "void"
    return (f'<div class="banner {look}">{MARKS[look]} {len(odd)} of '
            f"{count(len(runs), 'run')} not as expected<ul>{items}</ul>"
            "</div>\n")


def _verdict_cell(row, verdict):
    n = row["verdicts"].get(verdict, 0)
    names = ["n"] + (["zero"] if not n else ["hit"])
    wanted = row["expected"].split(" or ")
    if verdict in wanted:
        names.append("want")
        names += ["good"] if n else []
    elif n and (ANY not in wanted or verdict in NEVER_ANY):
        names.append("void" if verdict in ("INVALID", "BROKEN") else "bad")
    text = f"{n} of {row['runs']}" if n else "0"
    return f'<td class="{" ".join(names)}">{text}</td>'


def _sum_cell(total, runs):
    if total is None:
        return '<td class="n">-</td>'
    note = "" if total["runs"] == runs else \
        f'<span class="range">of {total["runs"]} runs</span>'
    return f'<td class="n">{number_text(total["sum"])}{note}</td>'


def _seconds_cell(spread):
    if spread is None:
        return '<td class="n">-</td>'
    return (f'<td class="n">{spread["median"]:.1f} s<span class="range">'
            f'{spread["min"]:.1f} to {spread["max"]:.1f}</span></td>')


def _table(runs, common, short):
    cells = summary(runs)
    all_ = f"<p>All cells: <code>{esc_line(common)}</code></p>\n" \
        if common else ""
    verdicts = [v for v in VERDICTS if any(
        v in r["verdicts"] or v in r["expected"].split(" or ")
        for r in cells)]
    heads = "".join(f'<th class="n">{esc(h)}</th>' for h in [
        "as expected"] + verdicts + ["load (median)", "throttled", "dropped",
                                     "counts equal"])
    lines = []
    for nr, r in enumerate(cells):
        c = r["counts"]
        ok = "good" if r["ok"] == r["runs"] else "bad"
        lines.append(
            f'<tr><td class="name"><a href="#cell{nr}">'
            f'{esc_line(short[r["name"]])}</a></td><td class="n">'
            f'<span class="badge {ok}">{MARKS[ok]} {ok_text(r)}</span></td>'
            + "".join(_verdict_cell(r, v) for v in verdicts)
            + _seconds_cell(r["load_seconds"])
            + _sum_cell(r["throttles"], r["runs"])
            + _sum_cell(r["drops"], r["runs"])
            + (f'<td class="n">{c["equal"]} of {c["of"]}</td>' if c
               else '<td class="n">-</td>') + "</tr>\n")
    return (all_ + '<div class="wide"><table><thead><tr><th>cell</th>' + heads
            + "</tr></thead>\n<tbody>" + "".join(lines)
            + "</tbody></table></div>\n<p class=\"soft\">Framed: the expected"
            " verdict. Throttled and dropped: sums over the runs by the "
            "kernel's counters; - is not measured.</p>\n")


def _tools(runs):
    if len(runs) < 2:
        return ""
    return ('<div class="tools hide-good"><label><input type="checkbox" '
            'id="only-odd"> only runs not as expected</label>'
            '<button data-open="1" hidden>open all</button>'
            '<button data-open="0" hidden>close all</button>'
            '<span class="soft">Beside each run: free memory above and '
            "(shaded) below the min watermark.</span></div>\n")


def _cell_line(row, short):
    words = [row["name"]] if row["name"] != short else []
    words += [f"expected {row['expected']}",
              f"{row['ok']} of {row['runs']} as expected"]
    if row["load_seconds"]:
        words.append(f"load {row['load_seconds']['median']:.1f} s (median of "
                     f"{row['load_seconds']['runs']} completed)")
    return f'<p class="soft">{esc_line("; ".join(words), 2000)}</p>\n'


def _summary_line(run, rec, diagnosis):
    why = "; ".join(other_problems(run)[:2])
    title = obj(diagnosis).get("title")
    if title and failed(run):
        why = f"{title}" + (f" ({why})" if why else "")
    return (f'<span class="nr">run {esc_line(run.get("run", "?"), 12)}</span>'
            f'{badge(run)}<span class="against">{against(run)}</span>'
            f'<span class="took">{seconds_text(run.get("load_seconds"))}'
            f"</span>{curves.spark(rec) or EMPTY}"
            f'<span class="why">{esc_line(why, 240)}</span>')


def _counts(run):
    found = []
    for c in objs(run.get("counts")):
        mark = {True: "=", False: "≠"}.get(c.get("equal"), "?")
        found.append(f"{esc_line(c.get('name'))}: BPF {or_dash(c.get('bpf'))} "
                     f"{mark} kernel {or_dash(c.get('kernel'))}")
    return "<br>".join(found)


def _run(base, nr, run, opened):
    rundir = safe_dir(base, run.get("dir"))
    diagnosis, files = None, ""
    if rundir:
        rec = recording.read(base / rundir / "record.jsonl")
        diagnosis = diagnosis_of(base / rundir)[0]
        files = " ".join(filter(None, (
            link(base, str(rundir / f), f) for f in FILES)))
        if failed(run):
            failure_page(base / rundir, run, rec)
    else:
        rec = recording.Recording(notes=["The run's directory is gone."])
    values, host = obj(run.get("values")), obj(run.get("host"))
    more = ""
    if rundir and failed(run):
        more = ("<p><strong>" + link(base, str(rundir / "failure.html"),
                                     "Why: the page of this failure")
                + "</strong></p>\n")
    bad = other_problems(run)
    checks = objs(run.get("checks"))
    body = more + (bullets(bad) if bad else "") + rows([
        ("Load", seconds_text(run.get("load_seconds"))),
        ("Whole run", seconds_text(run.get("seconds"))),
        ("Kernel", or_dash(run.get("release"))),
        ("Started", or_dash(run.get("started"))),
        ("Throttled", number_text(kernel_count(run, THROTTLES))),
        ("Dropped", number_text(kernel_count(run, DROPS))),
        ("Swapped out", pages_text(values.get("delta_pswpout"))),
        ("Swapped in", pages_text(values.get("delta_pswpin"))),
        ("Counts", _counts(run)),
        ("Checks", f"{sum(c.get('ok') is True for c in checks)} of "
                   f"{len(checks)} ok" if checks else ""),
        ("Kernel messages", esc_line("; ".join(strings(run.get("splats"))))),
        ("Host's load before", or_dash(host.get("load1"))),
        ("Files", files),
    ]) + curves.figure(rec, load_start(run), number(run.get("load_seconds")),
                       number(run.get("seconds")) if failed(run) else None)
    good = ' class="is-good"' if is_ok(run) else ""
    return details(_summary_line(run, rec, diagnosis), body, opened,
                   f' id="run{nr}"{good}')


def main():
    args = session_parser(
        "nswlab.page", "Write DIR/index.html, and runs/*/failure.html of the "
        "runs that failed.").parse_args()
    page(args.directory, load(args.directory))
    print(os.path.join(args.directory, "index.html"))


if __name__ == "__main__":
    run_main("nswlab.page", main)

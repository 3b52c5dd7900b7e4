# SPDX-License-Identifier: GPL-2.0
"""What the runs of a session of the lab come to: as text and as Markdown.

    python3 -m nswlab.results DIR [--markdown | --json]

DIR is the session's directory (build/lab/NAME).  Exit code 0: shown, whatever
the verdicts are; 1: could not; 2: usage.
"""

import argparse
import json
import os
import re
import statistics
import sys
import textwrap

from .cells import VERDICTS, accepts
from .text import number, obj, objs, one_line, strings, whole

WIDTH = 80
HEADS = {"OOM-KILLED": "OOM"}
# The kernel's own number: in result.txt, or, of a guest that is dead, as it
# was read from outside for the comparison with BPF's.
THROTTLES = ("delta_pgscan_direct_throttle", "throttles")
DROPS = ("delta_PFMemallocDrop", "drops")
ANY = "any"             # expected where a verdict is to be found out


class ResultsError(Exception):
    """One line: what is wrong, and the remedy."""


def warn_stderr(text):
    print(f"lab: warning: {text}", file=sys.stderr)


def load(directory, warn=warn_stderr):
    """The same, where there must be some."""
    runs = found(directory, warn)
    if not runs:
        raise ResultsError(f"{directory}: no run in it: neither in "
                           "results.jsonl nor as runs/*/run.json")
    return runs


def found(directory, warn=warn_stderr):
    """The runs of a session, oldest first; each is what its run.json says.

    A last line that has no end and is no JSON is left out and told to WARN:
    the lab may just be writing it, or was killed.
    """
    path = os.path.join(directory, "results.jsonl")
    runs = lines(path, warn) if os.path.exists(path) else []
    # A lab that was killed, or a full disk, may have left it empty.
    return runs or [_load_file(p) for p in _run_files(directory)]


def _run_files(directory):
    runs = os.path.join(directory, "runs")
    if not os.path.isdir(runs):
        os.listdir(directory)       # says so if even that is missing
        return []
    names = sorted(os.listdir(runs), key=lambda n: (len(n), n))
    paths = [os.path.join(runs, n, "run.json") for n in names]
    return [p for p in paths if os.path.exists(p)]


def _load_file(path):
    with open(path, "rb") as file:
        run = _parse(file.read(), path)
    # What results.jsonl has besides.
    run.setdefault("dir", "/".join(path.split("/")[-3:-1]))
    return run


def lines(path, warn=warn_stderr):
    """The runs of a file with one on each line."""
    runs = []
    with open(path, "rb") as file:
        for nr, line in enumerate(file, 1):
            try:
                runs.append(_parse(line, f"{path}:{nr}"))
            except ResultsError:
                # Only the last line can be without an end.
                if line.endswith(b"\n"):
                    raise
                warn(f"{path}:{nr}: last line is cut off, left out")
    return runs


def _parse(data, where):
    try:
        run = json.loads(data)
    except (ValueError, RecursionError):
        raise ResultsError(f"{where}: not JSON: move it away, or run the lab "
                           "again") from None
    if not isinstance(run, dict):
        raise ResultsError(f"{where}: not a run: no JSON object")
    if not isinstance(obj(run.get("cell")).get("name"), str):
        raise ResultsError(f"{where}: not a run: it has no cell.name")
    if run.get("verdict") not in VERDICTS:
        raise ResultsError(f"{where}: '{one_line(run.get('verdict'))}' is no "
                           "verdict: one of " + ", ".join(VERDICTS))
    return run


def kept(run):
    """What is kept of a run for years: what tables are made of."""
    keys = ("run", "verdict", "expected", "release", "kernel_id",
            "load_seconds", "started")
    return {"cell": {"name": cell_name(run)}, "ok": is_ok(run),
            **{k: run.get(k) for k in keys},
            "values": {key: kernel_count(run, (key, name))
                       for key, name in (THROTTLES, DROPS)},
            "host": {k: obj(run.get("host")).get(k) for k in ("accel", "cpus")}}


def cell_name(run):
    return one_line(run["cell"]["name"])


def short_names(names):
    """(words that all cells have, {name: the others}): a table of cells that
    differ in one parameter shall show that one."""
    common = [w for w in (names[0].split() if names[1:] else [])
              if all(w in n.split() for n in names)]
    short = {n: " ".join(w for w in n.split() if w not in common)
             or "(no more)" for n in names}
    if not common or len(set(short.values())) < len(short):
        return "", {n: n for n in names}
    return " ".join(common), short


def expected(run):
    return one_line(run.get("expected") or "COMPLETED")


def problems(run):
    """Why a run is not as expected, one line each; none if it is."""
    found = []
    if run["verdict"] == "INVALID":
        found.append("INVALID: " + one_line(
            run.get("invalid_reason") or "the pressure never came"))
    elif run["verdict"] == "BROKEN":
        found.append("BROKEN: " + one_line(
            run.get("broken_reason") or "the lab failed, and did not say why"))
    elif not accepts(expected(run), run["verdict"]):
        found.append(f"{run['verdict']}, expected {expected(run)}")
    for check in objs(run.get("checks")):
        if check.get("ok") is not True:
            text = check.get("text") or ""
            found.append(one_line(f"check failed: {check.get('name')}"
                                  + (f": {text}" if text else "")))
    for c in objs(run.get("counts")):
        if c.get("equal") is False:
            found.append(one_line(
                f"counts differ: {c.get('name')}: BPF {_or_dash(c.get('bpf'))}"
                f", kernel {_or_dash(c.get('kernel'))}"))
    # A guest that hung or crashed has said so; one that did not must be clean.
    if run["verdict"] == "COMPLETED":
        found += ["kernel: " + one_line(s)
                  for s in strings(run.get("splats"))]
    return found


def other_problems(run):
    """The same without the verdict, where that is shown already."""
    return [p for p in problems(run)
            if p != f"{run['verdict']}, expected {expected(run)}"]


def _or_dash(value):
    return "-" if value is None else value


def is_ok(run):
    """As expected: the run itself knows; else by what it holds."""
    if isinstance(run.get("ok"), bool):
        return run["ok"]
    return not problems(run)


def _spread(values):
    values = [v for v in values if v is not None]
    if not values:
        return None
    return {"runs": len(values), "median": statistics.median(values),
            "min": min(values), "max": max(values)}


def kernel_count(run, which):
    """THROTTLES or DROPS of a run, None if it could not be had."""
    key, name = which
    value = whole(obj(run.get("values")).get(key))
    if value is None:
        value = next((number(c.get("kernel")) for c in objs(run.get("counts"))
                      if c.get("name") == name), None)
    return value


def _sum(runs, which):
    """Over the runs that could say."""
    values = [kernel_count(r, which) for r in runs]
    values = [v for v in values if v is not None]
    return {"sum": sum(values), "runs": len(values)} if values else None


def summary(runs):
    """One row per cell, in the order in which cells first appear."""
    cells = {}
    for run in runs:
        cells.setdefault(cell_name(run), []).append(run)
    return [_cell(name, own) for name, own in cells.items()]


def _cell(name, runs):
    equal = [c["equal"] for r in runs for c in objs(r.get("counts"))
             if isinstance(c.get("equal"), bool)]
    return {
        "name": name,
        "runs": len(runs),
        "verdicts": {v: n for v in VERDICTS
                     if (n := sum(r["verdict"] == v for r in runs))},
        "expected": " or ".join(sorted({expected(r) for r in runs})),
        "ok": sum(map(is_ok, runs)),
        "load_seconds": _spread(number(r.get("load_seconds")) for r in runs
                                if r["verdict"] == "COMPLETED"),
        "throttles": _sum(runs, THROTTLES),
        "drops": _sum(runs, DROPS),
        "counts": {"equal": sum(equal), "of": len(equal)} if equal else None,
    }


def facts(runs):
    """When, on what and how the runs were made; from the runs alone."""
    def each(values):
        return sorted({one_line(v) for v in values if v not in (None, "")})

    hosts = [obj(r.get("host")) for r in runs]
    return {
        "dates": each(m[0] for r in runs if (m := re.match(
            r"\d{4}-\d\d-\d\d", str(r.get("started")), re.ASCII))),
        "releases": each(r.get("release") for r in runs),
        "accel": each(h.get("accel") for h in hosts),
        "cpus": each(h.get("cpus") for h in hosts),
        "commands": each(r.get("command") or h.get("command")
                         for r, h in zip(runs, hosts)),
    }


def _seconds(spread):
    return "-" if spread is None else f"{spread['median']:.1f}"


def _total(total, runs):
    """A sum; with '+' when some runs could not say."""
    if total is None:
        return "-"
    return f"{total['sum']}" + ("+" if total["runs"] < runs else "")


def ok_text(row):
    return "yes" if row["ok"] == row["runs"] else f"{row['ok']}/{row['runs']}"


def conclusion(runs):
    return f"{sum(map(is_ok, runs))} of {len(runs)} runs as expected"


def _columns(rows):
    """(head, texts) of each column but the name; all-zero ones left out."""
    def column(head, texts):
        return (head, texts) if set(texts) != {"0"} else None

    columns = [("RUNS", [str(r["runs"]) for r in rows])]
    columns += [column(HEADS.get(v, v),
                       [str(r["verdicts"].get(v, 0)) for r in rows])
                for v in VERDICTS]
    columns += [
        ("SECONDS", [_seconds(r["load_seconds"]) for r in rows]),
        column("THROTTLED", [_total(r["throttles"], r["runs"])
                             for r in rows]),
        column("DROPPED", [_total(r["drops"], r["runs"]) for r in rows]),
        ("OK?", [ok_text(r) for r in rows]),
    ]
    return [c for c in columns if c]


def _line(columns, pick, gap="  "):
    return gap.join(pick(head, texts).rjust(width)
                    for width, (head, texts) in columns)


def wrapped(text, width):
    return textwrap.wrap(text, width, break_on_hyphens=False) or ["-"]


def _layout(rows, columns, short):
    """Name beside its numbers if that leaves it room, else above them."""
    sized = [(max(map(len, [head] + texts)), (head, texts))
             for head, texts in columns]
    used = sum(width + 2 for width, _ in sized)
    longest = max(map(len, short.values()))
    if WIDTH - used >= min(longest, 24):
        room = max(min(longest, WIDTH - used), 4)
        yield "CELL".ljust(room) + "  " + _line(sized, lambda h, t: h)
        for i, row in enumerate(rows):
            parts = wrapped(short[row["name"]], room)
            yield (parts[0].ljust(room) + "  "
                   + _line(sized, lambda h, t: t[i]))
            yield from parts[1:]
        return
    # Numbers below the name, closer or on more lines if they must.
    gap = "  " if used <= WIDTH else " "
    groups = [[]]
    for one in sized:
        if sum(w + len(gap) for w, _ in groups[-1] + [one]) + 1 > WIDTH:
            groups.append([])
        groups[-1].append(one)
    yield "CELL"
    for group in groups:
        yield "  " + _line(group, lambda h, t: h, gap)
    for i, row in enumerate(rows):
        yield from wrapped(short[row["name"]], WIDTH)
        for group in groups:
            yield "  " + _line(group, lambda h, t: t[i], gap)


def _painted(line, color):
    """Lines of cells that are not as expected stand out on a terminal."""
    if not color:
        return line
    return re.sub(r"(?<= )(?:yes|\d+/\d+)$", lambda m: (
        "\033[32m" if m[0] == "yes" else "\033[1;31m") + m[0] + "\033[0m",
        line)


def table(runs, color=False):
    """For a terminal: cells and verdicts, then what was not as expected."""
    if not runs:
        return "no runs\n"
    rows = summary(runs)
    common, short = short_names([r["name"] for r in rows])
    lines = wrapped("All cells: " + common, WIDTH) + [""] if common else []
    lines += [_painted(line.rstrip(), color)
              for line in _layout(rows, _columns(rows), short)]
    if any(_total(r[key], r["runs"]).endswith("+")
           for r in rows for key in ("throttles", "drops")):
        lines.append("+ at least: some of these runs could not report it")
    odd = [r for r in runs if not is_ok(r)]
    if odd:
        lines += [""] + [_odd(r) for r in odd[:10]]
        if odd[10:]:
            lines.append(f"and {len(odd) - 10} more")
    return "\n".join(lines + ["", conclusion(runs)]) + "\n"


def _odd(run):
    """A run and the first thing that is wrong with it, in one line."""
    why = problems(run) or ["not as expected; its run.json does not say why"]
    where = one_line(run.get("dir") or f"run {run.get('run')}")
    line = f"{where}  {why[0]}"
    if len(why) > 1:
        line += f" (and {len(why) - 1} more)"
    return line


def _md(text):
    """TEXT inside a cell of a Markdown table."""
    return re.sub(r"([\\`*_\[\]<>|&])", r"\\\1", one_line(text))


def _md_code(text):
    """A code span; its own fence is longer than any run of backticks."""
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{one_line(text)}{pad}{fence}"


def _heading(runs):
    f = facts(runs)
    dates = f["dates"] or ["-"]
    date = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    words = [date, "kernel " + _md(", ".join(f["releases"]) or "-"),
             _md((", ".join(f["accel"]) or "-").upper()),
             "host CPUs: " + _md(", ".join(f["cpus"]) or "-")]
    return "; ".join(words + [_md_code(c) for c in f["commands"]])


def _n_of_m(n, m):
    return f"{n} of {m}" if n else "0"


def markdown(runs):
    """For docs/lab.md: a line that says when and where, and the table."""
    if not runs:
        return "no runs\n"
    rows = summary(runs)
    common, short = short_names([r["name"] for r in rows])
    shown = [v for v in VERDICTS if any(v in r["verdicts"] for r in rows)]
    heads = (["Cell", "Expected"] + shown
             + ["Seconds: median (min-max)", "Throttled", "Dropped",
                "Counts equal", "As expected"])
    lines = [_heading(runs), ""]
    lines += [f"All cells: {_md_code(common)}", ""] if common else []
    lines += ["| " + " | ".join(heads) + " |",
              "|---|---|" + "---:|" * (len(heads) - 2)]
    for r in rows:
        s = r["load_seconds"]
        cells = [_md(short[r["name"]]), _md(r["expected"])]
        cells += [_n_of_m(r["verdicts"].get(v, 0), r["runs"]) for v in shown]
        cells += [
            f"{s['median']:.1f} ({s['min']:.1f}-{s['max']:.1f})" if s else "-",
            _total(r["throttles"], r["runs"]), _total(r["drops"], r["runs"]),
            f"{r['counts']['equal']} of {r['counts']['of']}"
            if r["counts"] else "-",
            f"{r['ok']} of {r['runs']}"]
        lines.append("| " + " | ".join(cells) + " |")
    if any("+ |" in line for line in lines):
        lines += ["", "`+`: at least; some of these runs could not report "
                      "it. `-`: not measured."]
    return "\n".join(lines) + "\n\n" + conclusion(runs) + ".\n"


def document(runs):
    """The summary for programs."""
    return {"runs": len(runs), "as_expected": sum(map(is_ok, runs)),
            **facts(runs), "cells": summary(runs)}


class Parser(argparse.ArgumentParser):
    """Usage errors in one line, as everywhere in netswap."""

    def error(self, message):
        self.exit(2, f"{self.prog}: {message}: see '{self.prog} --help'\n")


def run_main(prog, main):
    """Exit as the command MAIN; what stops it is told in one line."""
    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        main()
        sys.stdout.flush()
    except ResultsError as err:
        sys.exit(f"{prog}: {one_line(err)}")
    except OSError as err:
        # Nothing more can be said on a stdout that is full or closed.
        if err.filename is None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(f"{prog}: {err.filename or 'stdout'}: {err.strerror}")


def session_parser(prog, description):
    """Arguments of a program about one session."""
    parser = Parser(prog=prog, description=description)
    parser.add_argument("directory", metavar="DIR",
                        help="the session's directory, build/lab/NAME")
    return parser


def main():
    parser = session_parser("nswlab.results", "Show what the runs of a session "
                            "of the lab come to.")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true",
                      help="a table for docs/lab.md")
    form.add_argument("--json", action="store_true", help="for programs")
    args = parser.parse_args()
    runs = load(args.directory)
    if args.json:
        text = json.dumps(document(runs), indent=1) + "\n"
    elif args.markdown:
        text = markdown(runs)
    else:
        text = table(runs, sys.stdout.isatty())
    sys.stdout.write(text)


if __name__ == "__main__":
    run_main("nswlab.results", main)

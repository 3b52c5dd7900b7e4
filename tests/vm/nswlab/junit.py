# SPDX-License-Identifier: GPL-2.0
"""The runs of a session as JUnit XML, for CI: a suite per cell, a case per
run."""

from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from .failure import diagnosis_of, failed
from .markup import safe_dir
from .results import cell_name, facts, is_ok, problems
from .text import number, obj, one_line, printable, strings


def junit(runs, directory=None):
    """XML text.  With DIRECTORY, the session's, a failure says its cause."""
    cells = {}
    for run in runs:
        cells.setdefault(cell_name(run), []).append(run)
    suites = "".join(_suite(name, own, directory)
                     for name, own in cells.items())
    return ('<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<testsuites{_totals(runs)}>\n{suites}</testsuites>\n")


def _attributes(pairs):
    return "".join(f" {k}={quoteattr(one_line(v))}" for k, v in pairs
                   if v is not None)


def _broken(run):
    return run["verdict"] in ("INVALID", "BROKEN")


def _totals(runs):
    errors = sum(map(_broken, runs))
    odd = sum(not is_ok(r) and not _broken(r) for r in runs)
    seconds = sum(number(r.get("seconds")) or 0 for r in runs)
    return _attributes([("tests", len(runs)), ("failures", odd),
                        ("errors", errors), ("time", f"{seconds:.3f}")])


def _properties(pairs):
    found = "".join(f"   <property{_attributes([('name', k), ('value', v)])}"
                    "/>\n" for k, v in pairs if v not in (None, ""))
    return f"  <properties>\n{found}  </properties>\n" if found else ""


def _suite(name, runs, directory):
    f = facts(runs)
    params = obj(runs[0]["cell"].get("params"))
    properties = [("kernel", runs[0]["cell"].get("kernel"))]
    properties += [("release", r) for r in f["releases"]]
    properties += [("accel", a) for a in f["accel"]]
    properties += [(f"param.{k}", v) for k, v in params.items()]
    started = next((r["started"] for r in runs if r.get("started")), None)
    stamp = str(started).rstrip("Z") if started else None
    return (f"<testsuite{_attributes([('name', name)])}{_totals(runs)}"
            f"{_attributes([('timestamp', stamp)])}>\n"
            + _properties(properties)
            + "".join(_case(name, r, directory) for r in runs)
            + "</testsuite>\n")


def _case(name, run, directory):
    seconds = number(run.get("seconds"))
    attributes = _attributes([
        ("classname", name), ("name", f"run {run.get('run', '?')}"),
        ("time", None if seconds is None else f"{seconds:.3f}")])
    cause = _cause(run, directory)
    bad = problems(run) or ["not as expected; the run does not say why"]
    if _broken(run):
        body = _element("error", run["verdict"], bad, cause)
    elif not is_ok(run):
        body = _element("failure", run["verdict"], bad, cause)
    elif cause:
        body = f"  <system-out>{escape(cause)}</system-out>\n"
    else:
        return f" <testcase{attributes}/>\n"
    return f" <testcase{attributes}>\n{body} </testcase>\n"


def _element(tag, kind, bad, cause):
    text = "\n".join(bad + ([cause] if cause else []))
    return (f"  <{tag}{_attributes([('type', kind), ('message', bad[0])])}>"
            f"{escape(text)}</{tag}>\n")


def _cause(run, directory):
    """The diagnosis in a few lines, and where its page is."""
    rundir = safe_dir(directory, run.get("dir")) if directory else None
    if rundir is None or not failed(run):
        return ""
    d = diagnosis_of(Path(directory) / rundir)[0] or {}
    lines = [d.get("title"), d.get("explanation"),
             f"confidence: {d['confidence']}" if d.get("confidence") else None]
    links = d.get("chain") if isinstance(d.get("chain"), list) else []
    lines += [f"{one_line(obj(c).get('who') or '?')} waits for "
              f"{one_line(obj(c).get('waits_for') or '?')}"
              for c in links[:12]]
    lines += [f"missing: {m}" for m in strings(d.get("missing"))]
    lines = [printable(x) for x in lines if x]
    return "\n".join(lines + [f"see {rundir}/failure.html"])

# SPDX-License-Identifier: GPL-2.0
"""Which wait closed the circle: a run's directory becomes diagnosis.json.

	python3 -m nswlab.diagnose RUNDIR

What no rule knows (rules.py) is told as it is: who waits for what.
"""

import json
import sys
from collections import Counter
from pathlib import Path

from . import waits
from .rules import RULES, match
from .rundir import Run

STACK_KEPT = 40
TASKS_KEPT = 100
LINES_KEPT = 60


def _text(part, run):
    return part(run) if callable(part) else part


def _unknown(run):
    waiting = waits.groups(run)
    if not waiting:
        return ("no rule matches, and no blocked task was found",
                "The run's files have no task that waits: see what is "
                "missing below.")
    lines = []
    for where, tasks in waiting[:6]:
        wait = waits.classify(tasks[0])
        names = ", ".join(f"{n} × {comm}" if n > 1 else comm for comm, n in
                          Counter(t.comm for t in tasks).most_common(3))
        lines.append(f"{names}: {where} (waits for {wait.text})")
    text = "No rule matches. The waits, most frequent first: " + \
        "; ".join(lines) + "."
    if run.chain.open_end:
        text += f" The chain ends here: {run.chain.open_end}."
    return "unknown: " + waiting[0][0], text


def _tasks(run):
    # Those of the chain first, then the most frequent waits last: they are
    # the crowd.
    pids = {link.pid for link in run.chain.links}
    crowd = {where: len(tasks) for where, tasks in waits.groups(run)}
    ordered = sorted(run.blocked, key=lambda t: (
        t.pid not in pids, crowd.get(waits.where(t), 0), t.pid))
    return [{"pid": t.pid, "comm": t.comm, "state": t.state,
             "what_for": waits.what_for(t), "where": waits.where(t),
             "stack": t.waiting_in[:STACK_KEPT]}
            for t in ordered[:TASKS_KEPT]]


def _kept(lines):
    """As many as a page is read for, and how many more there are."""
    more = len(lines) - LINES_KEPT
    return lines[:LINES_KEPT] + ([f"and {more} more"] if more > 0 else [])


def _capture(run):
    keys = ("packets", "last_packet_s", "retransmits",
            "last_window_from_guest", "unacked_from_guest_bytes",
            "unacked_to_guest_bytes", "from_guest", "to_guest", "seconds",
            "last_from_guest_s", "last_to_guest_s", "last_new_from_guest_s",
            "last_new_to_guest_s", "connections", "guest_port", "port")
    return {k: run.capture[k] for k in keys if k in run.capture}


def examine(run):
    """diagnosis.json of a Run."""
    run.chain = waits.build(run)
    matched = [(rule, found) for rule in RULES if (found := match(rule, run))]
    memory = run.memory
    result = {
        "circle": None, "title": "", "explanation": "",
        "confidence": "unknown", "evidence": [],
        "chain": [link.as_dict() for link in run.chain.links],
        "chain_closed": run.chain.closed, "open_end": run.chain.open_end,
        "also": [],
        "waits": [{"where": where, "tasks": len(tasks)}
                  for where, tasks in waits.groups(run)],
        "memory": memory.zones if memory else [],
        "pages": {"anon": memory.anon, "writeback": memory.writeback,
                  "free": memory.free, "swap_free_kb": memory.swap_free,
                  "swap_total_kb": memory.swap_total} if memory else {},
        "blocked": len(run.blocked),
        "tasks": _tasks(run),
        "locks": _kept(run.console.lock_lines),
        "rpc": _kept(run.rpc()),
        "rpc_transports": _kept(run.rpc_transports()),
        "tcp_guest": _kept([row["text"]
                            for row in run.swap_sockets or run.tcp]),
        "tcp_host": _kept([line.strip() for name in ("ss", "usernet")
                           for line in run.host.get(name, [])
                           if line.strip()]),
        "capture": _capture(run),
        "missing": run.missing,
    }
    if matched:
        rule, (evidence, certain) = matched[0]
        result |= {
            "circle": rule.id, "title": _text(rule.title, run),
            "explanation": _text(rule.explanation, run),
            "confidence": "certain" if certain else "likely",
            "evidence": evidence,
            "also": [r.id for r, _ in matched[1:]],
        }
    else:
        result["title"], result["explanation"] = _unknown(run)
    return result


def diagnose(directory, found=None):
    """Write DIRECTORY/diagnosis.json and return it.  FOUND is run.json, if
    the file is not there yet."""
    result = examine(Run(directory, found))
    (Path(directory) / "diagnosis.json").write_text(
        json.dumps(result, indent=1) + "\n")
    return result


def show(result):
    """The explanation as text."""
    lines = [result["title"], "", result["explanation"], "",
             f"circle: {result['circle'] or 'none known'} "
             f"({result['confidence']})"]
    lines += [f"  evidence: {text}" for text in result["evidence"]]
    for i, link in enumerate(result["chain"], 1):
        lines.append(f"{i:3}. {link['who']}")
        lines.append(f"     waits for {link['waits_for']}")
        lines += [f"       {text}" for text in link["evidence"]]
    if result["chain_closed"]:
        lines.append("     which is one of those above: the circle is closed")
    elif result["open_end"]:
        lines.append(f"     open end: {result['open_end']}")
    lines += [f"missing: {text}" for text in result["missing"]]
    return "\n".join(lines)


def main(argv):
    if len(argv) != 2 or argv[1].startswith("-"):
        print("usage: python3 -m nswlab.diagnose RUNDIR", file=sys.stderr)
        return 2
    directory = Path(argv[1])
    if not directory.is_dir():
        print(f"diagnose: {directory}: no such directory: name one of a "
              "run, as in build/lab/NAME/runs", file=sys.stderr)
        return 1
    if not any((directory / name).exists()
               for name in ("console.log", "watch.txt", "result.txt")):
        print(f"diagnose: {directory}: no run's directory: it has neither "
              "console.log nor watch.txt nor result.txt", file=sys.stderr)
        return 1
    try:
        result = diagnose(directory)
    except OSError as error:
        print(f"diagnose: {error.filename}: {error.strerror}: the diagnosis "
              "is written there", file=sys.stderr)
        return 1
    print(show(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the lab shows of its runs.  Catches: a count or verdict that is lost or
# made up, 0 where nothing was measured, a table or page that breaks on what a
# guest wrote, and silence about what is missing.
set -u
. "$TESTS/lib/tap.sh"
export PYTHONPATH=$TESTS/vm PYTHONDONTWRITEBYTECODE=1
here=$TESTS/cli/050-lab-results
rec=$TESTS/data/guest.jsonl
dir=$tmp/session
python3 "$here/session.py" "$dir" "$rec" || exit

results() { python3 -m nswlab.results "$@"; }
page() { python3 -m nswlab.page "$@"; }
check() { python3 "$here/check.py" "$@"; }
has() { grep -qF -- "$2" "$1"; }
lacks() { ! grep -qF -- "$2" "$1"; }

# --- the table
results "$dir" >"$tmp/table" 2>"$tmp/err"
is "nothing on stderr" "$(cat "$tmp/err")" ""
is "words of all cells are said once" "$(head -n 1 "$tmp/table")" \
	"All cells: 110-a 6.12 nic=virtio"
is "columns" "$(grep -w RUNS "$tmp/table" | xargs)" \
	"RUNS COMPLETED HUNG CRASHED INVALID BROKEN SECONDS THROTTLED DROPPED OK?"
# row N: the numbers below the Nth cell
row() { grep -E '^ +[0-9]' "$tmp/table" | sed -n "$1p" | xargs; }
is "row: sums, median" "$(row 1)" "3 3 0 0 0 0 12.5 7 42 2/3"
is "row: seconds of completed runs only; + is at least" "$(row 2)" \
	"3 1 2 0 0 0 9.0 50+ 40+ 2/3"
is "row: not measured is -, not 0" "$(row 3)" "3 0 0 1 1 1 - - - 0/3"
is "at most 80 columns" "$(awk 'length > 80' <(grep -v '^runs/\|alert' \
	"$tmp/table"))" ""
is "what is not as expected, and why" "$(grep '^runs/006' "$tmp/table")" \
	"runs/006  COMPLETED, expected HUNG (and 1 more)"
is "counts that differ" "$(grep '^runs/003' "$tmp/table")" \
	"runs/003  counts differ: drops: BPF 29, kernel 30"
is "invalid and broken say why" "$(sed -n \
	's/^.*\(INVALID: .*\|BROKEN: .*\)/\1/p' "$tmp/table" | xargs)" \
	"INVALID: no pressure BROKEN: port in use"
is "conclusion" "$(tail -n 1 "$tmp/table")" "4 of 9 runs as expected"
ok "no control bytes" bash -c "! grep -qP '[\\x00-\\x08\\x0b-\\x1f\\x7f]' $tmp/table"
mkdir "$tmp/one"
head -n 2 "$dir/results.jsonl" >"$tmp/one/results.jsonl"
is "all-zero columns left out, name beside the numbers" \
	"$(results "$tmp/one" | head -n 2 | xargs)" \
	"CELL RUNS COMPLETED SECONDS THROTTLED DROPPED OK? 110-a 6.12 nic=virtio 2 2 11.2 3 12 yes"
jq -c 'del(.ok) | .expected = "any" | .verdict = "HUNG" | .load_seconds = null' \
	"$tmp/one/results.jsonl" >"$tmp/any" && mkdir "$tmp/a" &&
	mv "$tmp/any" "$tmp/a/results.jsonl"
is "any verdict was expected" "$(results "$tmp/a" | tail -n 1)" \
	"2 of 2 runs as expected"
jq -c 'del(.ok) | .verdict = "HUNG"' "$tmp/one/results.jsonl" >"$tmp/any" &&
	mv "$tmp/any" "$tmp/a/results.jsonl"
is "a run that does not say whether it is ok" \
	"$(results "$tmp/a" | tail -n 1)" "0 of 2 runs as expected"

# --- reading
cp -r "$dir" "$tmp/files" && rm "$tmp/files/results.jsonl"
ok "without results.jsonl: run.json of each" diff "$tmp/table" \
	<(results "$tmp/files")
mkdir "$tmp/cut"
head -c -20 "$dir/results.jsonl" >"$tmp/cut/results.jsonl"
is "cut last line loses only itself" "$(results "$tmp/cut" 2>"$tmp/err" |
	tail -n 1)" "4 of 8 runs as expected"
is "and says so" "$(cat "$tmp/err")" \
	"lab: warning: $tmp/cut/results.jsonl:9: last line is cut off, left out"
damaged() {		# NAME LINE TEXT: a session whose second line is LINE
	mkdir -p "$tmp/damaged"
	{ head -n 1 "$dir/results.jsonl"; echo "$2"; head -n 1 \
		"$dir/results.jsonl"; } >"$tmp/damaged/results.jsonl"
	ok "$1" fails 1 "$tmp/damaged/results.jsonl:2: $3" \
		python3 -m nswlab.results "$tmp/damaged"
}
damaged "damage in the middle" '{"cell":' "not JSON"
damaged "another document" '[]' "not a run"
damaged "without a cell" '{"verdict":"HUNG"}' "not a run: it has no cell.name"
damaged "unknown verdict" '{"cell":{"name":"a"},"verdict":"FINE"}' \
	"'FINE' is no verdict"
ok "deep nesting" fails 1 "run.json: not JSON" bash -c "
	mkdir -p $tmp/deep/runs/001
	printf '[%.0s' {1..100000} >$tmp/deep/runs/001/run.json
	python3 -m nswlab.results $tmp/deep"
mkdir "$tmp/none"
for tool in results page; do
	run="python3 -m nswlab.$tool"
	ok "$tool: no such directory" fails 1 "/nonexistent: No such file" \
		$run /nonexistent
	ok "$tool: nothing in it" fails 1 "$tmp/none: no run in it" \
		$run "$tmp/none"
	ok "$tool: usage" fails 2 "required: DIR" $run
done
ok "usage: two forms" fails 2 "not allowed with" \
	python3 -m nswlab.results "$dir" --json --markdown
ok "full disk" fails 1 "stdout: No space left" \
	bash -c "python3 -m nswlab.results '$dir' >/dev/full"

# --- for programs and documents
results "$dir" --json >"$tmp/json"
is "JSON" "$(jq -c '[.runs, .as_expected, .cells[1].verdicts,
	.cells[1].load_seconds.runs, .cells[0].counts, .cells[2].drops]' \
	"$tmp/json")" \
	'[9,4,{"COMPLETED":1,"HUNG":2},1,{"equal":5,"of":6},null]'
results "$dir" --markdown >"$tmp/md"
ok "Markdown: heading is made of the runs" has "$tmp/md" "6.12.117-test"
is "Markdown: n of m" "$(grep '^| flood=tcp' "$tmp/md")" \
	"| flood=tcp | HUNG | 1 of 3 | 2 of 3 | 0 | 0 | 0 | 9.0 (9.0-9.0) | 50+ | 40+ | - | 2 of 3 |"
is "Markdown: every row has the columns of the head" \
	"$(grep '^|' "$tmp/md" | sed 's/\\|//g' | tr -dc '|\n' | sort -u |
	wc -l)" 1
python3 -c "
import sys
from nswlab import junit, results
print(junit.junit(results.load('$dir'), '$dir'), end='')" >"$tmp/junit.xml"
xml() {
	python3 - "$tmp/junit.xml" "$1" <<-'END'
	import sys
	import xml.etree.ElementTree as tree
	root = tree.parse(sys.argv[1]).getroot()
	print(eval(sys.argv[2]))
	END
}
is "JUnit: a suite per cell, a case per run" \
	"$(xml '[len(s.findall("testcase")) for s in root]')" "[3, 3, 3]"
is "JUnit: totals" \
	"$(xml '[root.get(k) for k in ("tests", "failures", "errors")]')" \
	"['9', '3', '2']"
is "JUnit: the totals are true" \
	"$(xml '[len(root.findall(".//" + k)) for k in ("testcase", "failure", "error")]')" \
	"[9, 3, 2]"
is "JUnit: totals of a suite" \
	"$(xml '[root[2].get(k) for k in ("tests", "failures", "errors")]')" \
	"['3', '1', '2']"
is "JUnit: message" "$(xml 'root[1][3].find("failure").get("message")')" \
	"COMPLETED, expected HUNG"
is "JUnit: all that is wrong" \
	"$(xml '"WARNING: at mm/x.c:1" in root[1][3].find("failure").text')" True
is "JUnit: an expected failure says its cause" \
	"$(xml '"receive them & <b>can\x27t]]>." in root[1][1].find("system-out").text')" \
	True
is "JUnit: invalid, broken" \
	"$(xml '[e.get("message") for e in root.iter("error")]')" \
	"['INVALID: no pressure', 'BROKEN: port in use']"
is "JUnit: time" "$(xml 'root[0][1].get("time")')" 31.250
is "JUnit: properties" \
	"$(xml '{p.get("name"): p.get("value") for p in root[0][0]}')" \
	"{'kernel': '6.12', 'release': '6.12.117-test', 'accel': 'tcg', 'param.nic': 'virtio'}"
is "JUnit: hostile text is text" "$(xml \
	'"<script>alert(1)</script>" in root[2][1].find("failure").text')" True
ok "no runs yet" python3 -c "
from nswlab import junit, page, results
results.table([]); results.markdown([]); page.page('$tmp/none', [])
assert 'tests=\"0\"' in junit.junit([])
assert 'No run has ended' in open('$tmp/none/index.html').read()"

# --- the page
# A run's directory may name another place: there must be something to find.
touch "$tmp/console.log"
ok "page" page "$dir"
index=$dir/index.html
ok "page is ours alone" check html "$dir" "$index"
is "a run each" "$(grep -c '<details[^>]* id="run' "$index")" 9
is "verdict at the top" "$(check text "$index" banner |
	grep -o '^.*not as expected' | head -n 1)" \
	"✗ 5 of 9 runs not as expected"
is "cells and verdicts" "$(check text "$index" hit | xargs)" \
	"3 of 3 1 of 3 2 of 3 1 of 3 1 of 3 1 of 3"
is "each run: verdict and what was expected" \
	"$(check text "$index" run5 | grep -o '^.*HUNG9')" \
	"run 3✗ COMPLETEDexpected HUNG9"
ok "time 0 is the load's start" has <(check text "$index" run0) \
	"Time 0: the load starts. Vertical line: the load ends."
ok "time 0 is the first snapshot where that is unknown" \
	has <(check text "$index" run7) "The run's directory is gone"
# Swap-out has 6 intervals: those beside the unknown one are a gap.
is "curves" "$(check charts "$index" run0 | xargs)" "Free memory high: 1 \
low: 1 min: 1 a: 1 lowest: 1 Swap a: 1 b: 1 Throttled a: 1 b: 1 Reserve \
a: 1 b: 1"
is "unknown is a gap" "$(check charts "$index" run1 | sed -n 7,9p | xargs)" \
	"Swap a: 2 b: 1"
is "not measured is said, not 0" "$(check charts "$index" run2 |
	sed -n 10,11p | xargs)" "Throttled Not measured: hook group throttle \
not attached, or not recorded."
ok "zone with the least free" has "$index" "Free memory of zone DMA32"
ok "no recording is said" has <(check text "$index" run4) \
	"No curves. No recording: there is no record.jsonl."
ok "lines that can't be read are said" has <(check text "$index" run6) \
	"5 lines of the recording left out, from line 2 on"
ok "cut recording is said" has <(check text "$index" run6) \
	"The last line of the recording is cut off."
ok "no directory above the session's" lacks "$index" 'href="..'
is "the page of a failure is linked" "$(grep -o 'href="[^"]*failure.html' \
	"$index" | cut -c 7- | xargs)" \
	"runs/004/failure.html runs/005/failure.html runs/007/failure.html"

# --- a failure
for nr in 004 005 007; do
	ok "failure $nr is ours alone" check html "$dir" \
		"$dir/runs/$nr/failure.html"
done
f=$dir/runs/004/failure.html
cp "$f" "$tmp/failure.html"
ok "failure: alone, it is the same" bash -c "
	python3 -c 'from nswlab import page
page.failure_page(\"$dir/runs/004\")' && diff $f $tmp/failure.html"
is "failure: verdict" "$(check text "$f" big)" "✓ HUNG as expected"
for text in "The refill waits for ACKs" "have to receive them &amp; &lt;b&gt;can" \
	"<strong>certain</strong>" "waits for swap-out" "waits for ACKs" \
	"<strong>below min</strong> by 256" "(1.0 MiB)" "3 ×" \
	"memstress (D) 11 12 13" "sk_stream_wait_memory" "tx_lock" "no RPC task" \
	"state: BOUND" "and 5 more tasks" \
	"ESTAB guest" "ESTAB host" "12.5 s" "locks: no lockdep" \
	"<li>the capture ends" "another-rule" "2 MiB" \
	"Under writeback</dt><dd>-" "Swap</dt><dd>-" "was acknowledged</dt><dd>6" "[100] console" \
	"[41] console" 'class="curves"' "No more snapshots came"; do
	ok "failure: $text" has "$f" "$text"
done
ok "failure: only the end of the console" lacks "$f" "[40] console"
is "failure: unknown in a capture is -" "$(grep -o \
	'Retransmits</dt><dd>[^<]*' "$f")" "Retransmits</dt><dd>-"
heads() { grep -o 'class="head"' "$1" | wc -l; }
# Drawn twice, for wide and for narrow screens.
is "failure: the circle is closed" "$(heads "$f")" 4
ok "failure: nothing is open" lacks "$f" "not established"
# One without an end that is known, and one whose end is hostile.
ok "failure: an open chain says so" python3 -c "
from nswlab import failure
for d in {}, {'circle': 'x', 'chain_closed': False}:
    d['chain'] = [{'who': 'a'}]
    assert 'not established' in failure._chain(d)"
is "failure: an open chain is not closed" \
	"$(heads "$dir/runs/007/failure.html")" 2
ok "failure: no diagnosis is said" has "$dir/runs/005/failure.html" \
	"there is no diagnosis.json"
ok "failure: no recording is said" has "$dir/runs/005/failure.html" \
	"there is no record.jsonl"
ok "failure: no console is said" has "$dir/runs/005/failure.html" \
	"console.log: No such file"

# --- sizes, and places that can't be written
jq -c '.mono_ns as $t | range(400) as $i | .mono_ns = $t + $i * 1e9' \
	<(head -n 1 "$rec") >"$tmp/long"
python3 - "$tmp/long" >"$tmp/long.out" <<'END'
import sys
from nswlab import curves, recording
rec = recording.read(sys.argv[1])
rec.gauges["free"][203] = 7
html = curves.figure(rec)
print(len(rec), html.split('data-x="')[1].split('"')[0].count(",") + 1)
print(min(recording.thinned(rec, 50).gauges["free"]))
END
is "at most 300 points" "$(head -n 1 "$tmp/long.out")" "400 300"
is "the worst survives" "$(tail -n 1 "$tmp/long.out")" 7
rm "$index" && mkdir "$index"
ok "page that can't be written" fails 1 "index.html: Is a directory" \
	python3 -m nswlab.page "$dir"
is "nothing is left behind" "$(ls "$dir")" "$(printf '%s\n' index.html \
	results.jsonl runs)"
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# netswap report.  Catches: a page that needs something beside it or lets a
# recording's text become markup, a verdict or number that is not the
# recording's, a peak that is thinned away, a page that grows with the recording.
set -u
. "$TESTS/lib/tap.sh"

rec=$TESTS/data/guest.jsonl
report() { "$NETSWAP" report "$@"; }
# The verdict of the recording after a change of all its lines by jq.
verdict() {
	jq -c "$1" "$rec" >"$tmp/run"
	report "$tmp/run" --format md | sed -n 's/^\*\*\([A-Z]*\)\*\*.*/\1/p'
}
number() { sed -n "s/^| $1 | \(.*\) |$/\1/p" "$tmp/md"; }
of() { jq -s ".[-1]$1 - .[0]$1" "$rec"; }

quiet='.throttled = [] | .counters |= with_entries(.value = 0) |
	.kernel_counters |= with_entries(.value = 0)'
last="select(input_line_number == $(wc -l <"$rec"))"
is "asleep at the end" "$(verdict "$quiet | $last.throttled = [{}] // .")" STUCK
for v in "KILLED kernel_counters.kernel_oom_kills" \
	 "LOSSES counters.pfmemalloc_drops_sk_filter" \
	 "WAITS counters.throttle" "DIPS counters.reserve_allocs"; do
	is "${v#* } rises" "$(verdict "$quiet | .${v#* } = input_line_number")" \
		"${v% *}"
done
is "only the kernel knows" "$(verdict "$quiet | .hooks.sk_filter = false |
	.kernel_counters.kernel_pfmemalloc_drops = input_line_number")" LOSSES
is "the kernel is late" "$(verdict \
	"$quiet | .kernel_counters.kernel_pfmemalloc_drops = input_line_number")" CALM
is "nothing rises" "$(verdict "$quiet")" CALM
is "nothing is known" "$(verdict "$quiet | .hooks.throttle = false")" UNKNOWN
is "nothing is in it" "$(verdict "$quiet | .counters = {}")" UNKNOWN

report "$rec" --format md >"$tmp/md"
is "throttles" "$(number "Times a task was throttled")" \
	"$(of .counters.throttle)"
is "drops" "$(number 'Dropped at sk\\_filter')" \
	"$(of .counters.pfmemalloc_drops_sk_filter)"
is "pages swapped out" "$(number 'Pages swapped out (kernel)')" \
	"$(of .kernel_counters.kernel_swapout_pages)"
is "what did not happen is absent" "$(number "NFS swap-out, mean")" -
ok "the reserve in words" grep -q "^- $(of .counters.reserve_pages_softirq |
	jq -n --slurpfile r "$rec" '[$r[-1], $r[0] | .counters |
	to_entries | map(select(.key | startswith("reserve_pages_")).value) |
	add] | .[0] - .[1]') pages were taken" "$tmp/md"

page=$tmp/page.html
ok "a page" report "$rec" -o "$page"
is "it needs nothing beside it" \
	"$(grep -oE '(https?:|src=|href=|@import|url\()' "$page")" ""
is "the guard was not on: nothing of it is drawn" \
	"$(grep -oE 'The guard was not on|>The guard: [a-z]*' "$page")" \
	"The guard was not on"
data() { sed -n 's/.*id="data">\(.*\)<\/script>.*/\1/p' "$1"; }
is "its data is JSON, a value per snapshot" "$(data "$page" |
	jq '[.[0].t, .[0].v[][] | length] | unique[]')" "$(wc -l <"$rec")"
is "of the recording" "$(data "$page" | jq -c '.[0].v[2][0]')" \
	"$(jq -sc '[.[].gauges.throttled_tasks]' "$rec")"

# Curves: chart, curve, and the counter whose rate it is; of two runs, as not
# everything moves in one.  What is not known is no 0.
short() { awk '{ if ($1 == "null") print; else printf "%.4g\n", $1 }'; }
rate() {
	jq -rs "map([.mono_ns, ($1)]) as \$p | range(1; \$p | length) |
		(\$p[.][1] - \$p[. - 1][1]) * 1e9 / (\$p[.][0] - \$p[. - 1][0])" \
		"$run" | short
}
state() { jq "$1" "$run" | short; }
curve() { data "$page" | jq ".[0].v[$1][$2][$3:][]" | short; }
for run in "$rec" "$TESTS/data/lab-run.jsonl"; do
	report "$run" -o "$page"
	while read -r chart curve what; do
		is "${run##*/}: curve: $what" "$(curve "$chart" "$curve" 1)" \
			"$(rate "$what")"
	done <<'EOF'
1 0 [.counters | to_entries[] | select(.key | startswith("reserve_pages_")).value] | add
1 1 .counters.reserve_pages_softirq
2 1 .counters.throttle
3 0 .counters.pfmemalloc_drops_sk_filter
3 1 .counters.pfmemalloc_received
4 0 .counters.swap_bytes_nbd_out / 1048576
4 1 .counters.swap_bytes_nbd_in / 1048576
EOF
	while read -r chart curve what; do
		is "${run##*/}: curve: $what" "$(curve "$chart" "$curve" 0)" \
			"$(state "$what")"
	done <<'EOF'
0 0 .page_bytes / 1048576 * (.zones | max_by(.managed_pages) | .free_pages - .min_pages)
0 2 .page_bytes / 1048576 * (.zones | max_by(.managed_pages) | .high_pages - .min_pages)
0 3 .page_bytes / 1048576 * (.zones | max_by(.managed_pages) | .low_pages - .min_pages)
2 0 .gauges.throttled_tasks
EOF
	is "${run##*/}: curve: lowest in between" "$(curve 0 1 1)" "$(state '
		.page_bytes / 1048576 * (.zones | max_by(.managed_pages) |
		.low_water_pages)' | sed 1d)"
	is "${run##*/}: what is drawn is that" \
		"$(python3 "$(dirname "$0")/lines.py" "$page")" "14 lines"
done

jq -c '.host = "<frob>&\"" | .command = {name: "<frob>"} |
	.top |= map(.comm = "<frob>x" | .kind = "taker") |
	.events |= map(.comm = "<frob>x")' "$rec" >"$tmp/<frob>"
report "$tmp/<frob>" -o "$page"
is "text stays text" "$(grep -oE '<frob|frob>|&"' "$page")" ""
ok "and is there" grep -q '&lt;frob&gt;x' "$page"
is "in the picture too" "$(report "$tmp/<frob>" "$rec" --format svg |
	xmllint --xpath 'string(//*[local-name()="title"][1])' - 2>&1 |
	grep -c "Free memory")" 1
is "in Markdown too" "$(report "$tmp/<frob>" --format md |
	grep -oE '(^|[^\\])<frob')" ""

jq -c '.audit = {safe: false, findings: [{id: "frob-path", severity: "bad",
	subject: "nbd0", what: "<x>"}]}' "$rec" >"$tmp/audit"
report "$tmp/audit" -o "$page"
is "the audit" "$(grep -A 2 "Audit of the swap path" "$page" | sed 's/<[^>]*>/ /g' |
	tr -s '\n ' ' ')" " Audit of the swap path, as the recording began Safe: no. bad frob-path nbd0 &lt;x&gt; "

# Who it was: what they had when the run began is not of the run.
jq -c '.top = [{ kind: "taker", detail: 3, pid: 8, comm: "less", n: 10 },
	{ kind: "taker", detail: 3, pid: 7, comm: "most", n: 100 },
	{ kind: "drop", detail: 0, protocol_number: 17, port: 53, n: 5 } |
	.amount = .n * input_line_number | .count = input_line_number |
	.first_ns = 5] | .gauges.memalloc_sockets = null' "$rec" >"$tmp/top"
report "$tmp/top" -o "$page"
text() { sed 's/<[^>]*>/ /g' | tr -s ' \n' ' '; }
is "who took, largest first" "$(grep -A 2 'Who took' "$page" | head -n 3 |
	text)" " Who took from the reserve most[7], as pf_memalloc 600 pages less[8], as pf_memalloc 60 pages "
is "what was dropped" "$(grep -A 1 'What was dropped' "$page" | head -n 2 |
	text | cut -c 1-60)" " What was dropped udp port 53, at sk_filter 6 packets, 30B "
environment() { sed -n "s,^<tr><th>$1</th><td>\(.*\)</td></tr>\$,\1,p" "$page"; }
is "the environment" "$(environment Host), $(environment Kernel), $(environment \
	Length)" "$(jq -rs '"\(.[0].host), \(.[0].kernel), \((.[-1].mono_ns -
	.[0].mono_ns) / 1e8 | round / 10) s, \(length) snapshots"' "$rec")"
is "sockets that were not looked for" "$(environment "Memalloc sockets")" -
# Without colour: each curve of a chart has another kind of line.
is "kinds of lines" "$(sed -n \
	's/^\.chart \.l[0-9] { stroke: #[0-9a-f]*;\(.*\)}/\1/p' "$page" |
	sort -u | wc -l)" "$(grep -oE 'class="l[0-9]+' "$page" | sort -u | wc -l)"

# A run with a guard, first in monitor mode.
guard=$TESTS/data/guard.jsonl
report "$guard" -o "$page"
is "the guard's lease" "$(data "$page" | jq -r '.[0].v[6][0][]')" \
	"$(jq '.gauges.guard_lease_ns / 1e6' "$guard" |
		awk '{ printf "%.4g\n", $1 }')"
report "$guard" --format md >"$tmp/md"
is "what it dropped" "$(number "Dropped by the guard")" \
	"$(jq -s 'map(.counters.guard_packets_dropped) | .[-1] - .[0]' "$guard")"
ok "in words" grep -q "^- The guard was on (enforce): it saw" "$tmp/md"
jq -c 'if input_line_number < 4 then .hooks.guard = false |
	.gauges.guard_mode = null | .gauges.guard_lease_ns = null |
	.guard_rules = null | .counters |= with_entries(
	select(.key | startswith("guard") | not)) else . end' "$guard" >"$tmp/late"
report "$tmp/late" -o "$page"
is "on in the midst: what was before is not of the run" "$(data "$page" |
	jq -c '.[0].v[7][1][:4]')" "[null,null,null,null]"

# A long recording: one of its 4000 lines has a peak, one is doubled.
jq -c '.top = [] | .events = [] | .sockets = [] | .stacks = [] |
	.throttled = [] | .histograms = {} | .programs = []' "$rec" |
	tail -n 1 | jq -c '. as $l | range(4000) as $i | $l |
	.mono_ns += $i * 1000000000 | .gauges.throttled_tasks =
	(if $i == 2345 then 77 else 0 end)' | sed '3000p' >"$tmp/long"
ok "a long one" report "$tmp/long" -o "$page"
is "does not make a long page" $(($(wc -c <"$page") < 300000)) 1
is "but keeps its peak" "$(data "$page" | jq '.[0].v[2][0] | max')" 77
# KiB at most in memory; a sanitizer would keep what was given back.
peak() {
	ASAN_OPTIONS=quarantine_size_mb=1 python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=False)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@" 2>/dev/null
}
sed 3001d "$tmp/long" >"$tmp/whole"
head -n 40 "$tmp/whole" >"$tmp/short"
echo 'throttle >= 0' >"$tmp/rules"
for c in report "gate --rules $tmp/rules"; do
	# shellcheck disable=SC2086
	is "${c%% *} takes no more memory for a hundred times as much" \
		$(($(peak "$NETSWAP" $c "$tmp/whole") <
		   $(peak "$NETSWAP" $c "$tmp/short") + 1024)) 1
done
ok "and tells of what it leaves out" grep -q "1 snapshots were not later" "$page"

jq -c '.counters.throttle *= 2' "$rec" >"$tmp/b"
jq -c '.counters.throttle *= 3' "$rec" >"$tmp/c"
report "$rec" --compare "$tmp/b" -o "$page"
is "compared" "$(grep 'Times a task was throttled' "$page" |
	grep -o '[+-][0-9.]* %')" "+100 %"
is "each chart says whose it is" \
	"$(grep -o '>B: ' "$page" | wc -l) $(grep -o '>A: ' "$page" | wc -l)" "7 7"
report "$rec" --compare "$tmp/b" --format md >"$tmp/md"
is "compared in Markdown" "$(number "Times a task was throttled")" \
	"$(of .counters.throttle) | $(jq -s \
		'.[-1].counters.throttle - .[0].counters.throttle' "$tmp/b") | +100 %"
# Percentiles are ranges, and so is their difference.
# p99 A SLOT: of file A, then of one with all in SLOT, which is left as slotSLOT.
p99() {
	jq -c ".histograms.swap_latency_ns_nbd_out.log2_slots |=
		(map(0) | [range(length) as \$i | if \$i == $2
		then 9 * (input_line_number - 1) else 0 end])" "$rec" >"$tmp/slot$2"
	"$NETSWAP" report --compare "$tmp/$1" "$tmp/slot$2" --format md >"$tmp/md"
	number "NBD swap-out, 99 %"
}
p99 b 24 >/dev/null
is "a percentile in the same slot" "$(p99 slot24 24)" \
	"8.389ms to 16.78ms | 8.389ms to 16.78ms | same slot, -50 to +100 %"
is "in the next" "$(p99 slot24 25)" \
	"8.389ms to 16.78ms | 16.78ms to 33.55ms | +0 to +300 %"
is "in one far below" "$(p99 slot25 21)" \
	"16.78ms to 33.55ms | 1.049ms to 2.097ms | -97 to -88 %"
is "in the last, which has no end" "$(p99 slot24 43 | sed 's/.*| //')" \
	"+26214302 % or more"
is "on the page too" "$("$NETSWAP" report --compare "$tmp/slot24" \
	"$tmp/slot25" | sed -n '/NBD swap-out, 99 %/s,.*>\(.*\)</td></tr>,\1,p')" \
	"+0 to +300 %"
ok "and that it is a range" grep -q "so its difference to a range" "$tmp/md"

# The curve of one is somewhere in that slot: 8.4 to 16.8 ms.
report "$tmp/slot24" -o "$tmp/slot.html"
is "curve: latency" "$(data "$tmp/slot.html" | jq -c '[.[0].v[5][0][1:][] |
	. >= 8.388 and . <= 16.78] | unique')" "[true]"

# Several runs a side, in Markdown as on the page.
"$NETSWAP" report "$rec" "$tmp/b" --compare "$tmp/b" "$tmp/c" --format md \
	>"$tmp/md"
n=$(of .counters.throttle)
is "ranges in Markdown" "$(number "Times a task was throttled")" \
	"$n | $n to $((2 * n)) | $((2 * n)) | $((2 * n)) to $((3 * n)) | +100 %, \
ranges overlap"
is "their columns" "$(grep -E '^\| \|' "$tmp/md")" \
	"| | A | least to most | B | least to most | B against A |"
is "as many everywhere" "$(grep '^|' "$tmp/md" | tr -cd '|\n' | sort -u)" \
	"|||||||"
is "whose runs they are" "$(sed -nE 's,^### ([AB]: ).*/,\1,p' "$tmp/md" |
	paste -sd ' ')" "A: guest.jsonl A: b B: b B: c"
"$NETSWAP" report "$rec" "$tmp/b" --format md >"$tmp/md"
is "several runs, not compared" "$(number "Times a task was throttled")" \
	"$n | $n to $((2 * n))"

# A is what stands before --compare, or the first after it; other options may
# be anywhere.
other() { # the same written in another way
	"$NETSWAP" report "$@" -o "$tmp/other.html" &&
		cmp "$page" "$tmp/other.html" >&2
}
ok "--compare A B" other --compare "$rec" "$tmp/b"
ok "--compare=A, an option, B" other --compare="$rec" --format html "$tmp/b"
ok "-c A B" other -c "$rec" "$tmp/b"
ok "A, an option, --compare B" other "$rec" --format html --compare "$tmp/b"
ok "the other way round is another" fails 1 "differ" other "$tmp/b" -c "$rec"
ok "--compare A" fails 2 "names one recording: give two" \
	"$NETSWAP" report --compare "$rec"
ok "--compare A --compare B" fails 2 "no recording before it" \
	"$NETSWAP" report --compare "$rec" --compare "$tmp/b"
ok "a lone run has no spread" grep -q "One run a side" "$page"
spread() {
	report "$@" -o "$page"
	grep 'Times a task was throttled' "$page" | grep -o 'ranges [a-z]*'
}
is "two have" "$(spread "$rec" "$tmp/b" -c "$tmp/b" -c "$tmp/c")" "ranges overlap"
is "two apart" "$(spread "$rec" "$rec" -c "$tmp/b" -c "$tmp/c")" "ranges apart"
is "all after --compare are B" "$(spread "$rec" "$rec" --compare "$tmp/b" \
	"$tmp/c")" "ranges apart"
is "also when the first after it is A" "$(report -c "$rec" "$tmp/b" "$tmp/c" |
	sed -nE 's,^<h2>([AB]:) .*/([^/]*)</h2>,\1 \2,p')" \
	"$(printf '%s\n' "A: guest.jsonl" "B: b" "B: c")"

# Pictures: as large as the SVG says, twice.
report "$rec" --compare "$tmp/b" --format svg -o "$tmp/svg"
if command -v rsvg-convert >/dev/null; then
	ok "PNG" report "$rec" --compare "$tmp/b" --format png -o "$tmp/png"
	is "is one, of its size" "$(python3 -c 'import struct, sys
print(*struct.unpack(">8s8xII", open(sys.argv[1], "rb").read(24)))' "$tmp/png")" \
		"$(python3 -c 'print(b"\x89PNG\r\n\x1a\n")') $(sed -nE \
		'1s/.*width="([0-9]*)" height="([0-9]*)".*/\1 \2/p' "$tmp/svg" |
		awk '{ print 2 * $1, 2 * $2 }')"
	# A white one would be a few kB.
	ok "and not empty" [ "$(wc -c <"$tmp/png")" -gt 50000 ]
else
	skip "PNG" "needs rsvg-convert"
fi
png() { PATH=$1 "$NETSWAP" report "$rec" --format png -o "$tmp/none"; }
ok "without rsvg-convert" fails 1 "install librsvg2-bin" png /nonexistent
mkdir "$tmp/bin"
printf '#!/bin/sh\necho frob >&2\nexit 3\n' >"$tmp/bin/rsvg-convert"
chmod +x "$tmp/bin/rsvg-convert"
ok "that fails" fails 1 "rsvg-convert failed (status 3)" png "$tmp/bin"
ok "leave nothing" [ ! -e "$tmp/none" ]

head -c -100 "$rec" >"$tmp/cut"
ok "cut off: told as far as it goes" bash -c \
	"$NETSWAP report $tmp/cut --format md 2>&1 | grep -q 'in 6 snapshots'"
tac "$rec" >"$tmp/tac"
is "reordered: one warning" "$(report "$tmp/tac" --format md 2>&1 >/dev/null |
	sed 's/.*tac:/:/')" ":2: earlier than the line before: from another boot, or out of order"
ok "and what is left out is told" grep -q "6 snapshots were not later" \
	<(report "$tmp/tac" --format md 2>/dev/null)
: >"$tmp/empty"
ok "empty" fails 1 "empty" "$NETSWAP" report "$tmp/empty"
ok "missing" fails 1 "cannot open" "$NETSWAP" report /nonexistent
ok "no recording" fails 2 "name a recording" "$NETSWAP" report
ok "no format" fails 2 "'pdf' is no format" "$NETSWAP" report "$rec" --format pdf
ok "to nowhere" fails 1 "/nonexistent/x: cannot write" \
	"$NETSWAP" report "$rec" -o /nonexistent/x
ok "full disk" fails 1 "cannot write" "$NETSWAP" report "$rec" -o /dev/full
to_full() { "$NETSWAP" report "$rec" >/dev/full; }
ok "full disk behind stdout" fails 1 "cannot write" to_full
head -n 1 "$rec" >"$tmp/single"
is "one snapshot has no number" "$("$NETSWAP" report "$tmp/single" --format md |
	grep -cE '^\| .* \| [^-]')" 0
# shellcheck disable=SC2046
ok "too many" fails 1 "too many" "$NETSWAP" report $(yes "$rec" | head -n 17)
done_testing

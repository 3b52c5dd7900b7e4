#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# netswap gate: recordings against rules.  Catches: a number that is not the
# recording's, a limit taken in another unit, a pass where nothing was measured
# or where the value is known to a range only, a damaged recording or rule that
# is taken for a good one.
set -u
. "$TESTS/lib/tap.sh"

rec=$TESTS/data/guest.jsonl
gate() { "$NETSWAP" gate --rules "$tmp/rules" "$@"; }
# Verdict of one rule over recordings, as the exit code and the word.
judge() {
	local rule=$1
	shift
	echo "$rule" >"$tmp/rules"
	gate --json "$@" >"$tmp/json" 2>"$tmp/err"
	echo "$? $(jq -r '.rules[0].verdict' "$tmp/json")"
}
holds() { is "holds: $1" "$(judge "$@")" "0 holds"; }
short() { is "falls short: $1" "$(judge "$@")" "1 falls short"; }
unclear() { is "unclear: $1" "$(judge "$@")" "1 unclear"; }
unusable() { is "unusable: $1" "$(judge "$@")" "2 unusable"; }
of() { jq -s "$1" "$rec"; }

# The number of the recording, each by another way to say it.
n=$(of '.[-1].counters.throttle - .[0].counters.throttle')
holds "throttle == $n" "$rec"
holds "netswap_throttle_total total == $n" "$rec"
short "throttle > $n" "$rec"
short "throttle < $n" "$rec"
n=$(of '[.[0], .[-1] | .counters | to_entries | map(select(.key |
	startswith("reserve_pages_")) | .value) | add] | .[1] - .[0]')
holds "reserve_pages == $n  # a family is added up" "$rec"
holds "reserve_pages{cause=*} == $n" "$rec"
n=$(of '.[-1].counters.reserve_pages_softirq -
	.[0].counters.reserve_pages_softirq')
holds "reserve_pages{cause=softirq} == $n" "$rec"
holds "reserve_pages_softirq == $n" "$rec"
n=$(of '(.[-1].counters.swap_bytes_nbd_out - .[0].counters.swap_bytes_nbd_out) /
	(.[-1].mono_ns - .[0].mono_ns) * 1e9 / 1048576')
holds "swap_bytes{path=nbd_out} rate >= $(jq -n "$n * 0.9999")MiB/s" "$rec"
holds "swap_bytes{path=nbd_out} rate <= $(jq -n "$n * 1.0001") MiB/s" "$rec"
n=$(of '.[-1].kernel_counters.kernel_swapout_pages -
	.[0].kernel_counters.kernel_swapout_pages')
holds "kernel_swapout_pages == $n" "$rec"
n=$(of '[.[].gauges.reserve_outstanding_pages] | max')
holds "reserve_outstanding_pages max == $n" "$rec"
n=$(of '[.[].kernel_counters.mem_free_bytes] | min')
holds "mem_free_bytes min == $((n / 1024)) KiB" "$rec"
n=$(of '[.[1:][].zones[] | select(.zone == "DMA") | .low_water_pages] | min')
holds "low_water_pages{zone=DMA,node=0} min == $n" "$rec"
n=$(of '[.[1:][].zones[].low_water_pages] | min')
holds "low_water_pages min == $n" "$rec"
n=$(of '.[-1].histograms.throttle_time_ns.sum_ns -
	.[0].histograms.throttle_time_ns.sum_ns')
holds "throttle_time sum == ${n}ns" "$rec"
holds "throttle_time_ns sum == $n" "$rec"
holds "throttle_seconds_total <= $(jq -n "$n / 1e9 + 0.001")" "$rec"
short "throttle_seconds_total <= $(jq -n "$n / 1e9 - 0.001")" "$rec"

# A histogram of 99 values of 8.4 to 16.8 ms (slot 24) and one above.
jq -c '.histograms.swap_latency_ns_nbd_out |= (.sum_ns = 0 |
	.log2_slots = [range(44) | 0])' "$rec" >"$tmp/zero"
{ head -n 1 "$tmp/zero"; tail -n 1 "$tmp/zero" |
	jq -c '.histograms.swap_latency_ns_nbd_out |= (.sum_ns = 1000000000 |
		.log2_slots[24] = 99 | .log2_slots[25] = 1)'; } >"$tmp/hist"
for q in p50 p99; do
	holds "swap_out_latency{path=nbd_out} $q <= 16777215ns" "$tmp/hist"
	unclear "swap_latency{path=nbd_out} $q <= 16777214ns" "$tmp/hist"
	unclear "swap_latency{path=nbd_out} $q <= 8388608ns" "$tmp/hist"
	short "swap_latency{path=nbd_out} $q <= 8388607ns" "$tmp/hist"
	holds "swap_latency{path=nbd_out} $q >= 8388608ns" "$tmp/hist"
done
holds "swap_latency_ns_nbd_out p99.5 > 16ms" "$tmp/hist"
holds "swap_latency{path=nbd_out} count == 100" "$tmp/hist"
holds "swap_latency{path=nbd_out} mean == 10ms" "$tmp/hist"
holds "swap_latency{path=nbd_out} mean == 0.01s" "$tmp/hist"
unusable "swap_latency{path=nbd_out} p99 <= 1s" "$tmp/zero"
ok "and says why" grep -q "did not happen once" <(jq -r '.rules[0].why' "$tmp/json")
# Who still sleeps at the end has slept so long already.
{ head -n 1 "$rec"; tail -n 1 "$rec" | jq -c '.throttled = [{"start_ns":
	(.mono_ns - 5000000000), "comm": "x"}]'; } >"$tmp/asleep"
holds "throttle_time sum == $((n + 5000000000))ns" "$tmp/asleep"

jq -c '.gauges.reserve_outstanding_pages = -5' "$rec" >"$tmp/negative"
holds "reserve_outstanding_pages max == -5" "$tmp/negative"

# What was not measured never passes.
jq -c '.hooks.throttle = false' "$rec" >"$tmp/without"
unusable "throttle >= 0" "$tmp/without"
ok "and says what is missing" grep -q "line 1 has no throttle" \
	<(jq -r '.rules[0].why' "$tmp/json")
jq -c 'del(.counters.throttle)' "$rec" >"$tmp/lacks"
unusable "throttle <= 0" "$tmp/lacks"
ok "and says so" grep -q "line 1 has no throttle: it is not in the recording" \
	<(jq -r '.rules[0].why' "$tmp/json")
jq -c 'del(.zones[].boost_pages)' "$rec" >"$tmp/lacks"
unusable "boost_pages{node=0,zone=DMA32} max <= 0" "$tmp/lacks"
jq -c 'del(.histograms.throttle_time_ns)' "$rec" >"$tmp/lacks"
unusable "throttle_time sum <= 1ns" "$tmp/lacks"
{ head -n 3 "$rec"; sed -n 4p "$tmp/without"; tail -n 3 "$rec"; } >"$tmp/hole"
unusable "throttle >= 0" "$tmp/hole"
jq -c 'del(.kernel_counters.kernel_oom_kills)' "$rec" >"$tmp/without"
unusable "kernel_oom_kills == 0" "$tmp/without"
jq -c 'del(.gauges.throttled_tasks)' "$rec" >"$tmp/without"
unusable "throttled_tasks last == 0" "$tmp/without"
unusable "free_pages{zone=Frob} min >= 0" "$rec"
{ head -n 6 "$rec"; tail -n 1 "$rec" | jq -c '.counters.throttle = 1'; } \
	>"$tmp/anew"
unusable "throttle >= 0" "$tmp/anew"
# That of a network namespace goes when that does.
jq -c '.kernel_counters.kernel_pfmemalloc_drops = (if input_line_number == 4
	then 9 else 7 end)' "$rec" >"$tmp/shrank"
unusable "kernel_pfmemalloc_drops == 0" "$tmp/shrank"
ok "and says so" grep -q "shrank in line 5" <(jq -r '.rules[0].why' "$tmp/json")
jq -c '.command = {name: "x", ended_ns: (.proc_ns + 1), status: 0}' "$rec" \
	>"$tmp/stale"
unusable "kernel_oom_kills == 0" "$tmp/stale"
holds "throttle >= 0" "$tmp/stale"

# Several runs; a baseline.
run() { jq -c --argjson n "$1" 'select(input_line_number < 3) | .mono_ns += $n |
	.counters.throttle = (input_line_number - 1) * $n' "$rec" >"$tmp/$1"; }
for n in 0 10 11 12 20 100; do run $n; done
in_tmp() { (cd "$tmp" && judge "$@"); }
is "each run has to hold" "$(in_tmp "throttle <= 20" 10 100 11)" "1 falls short"
is "the one that does not is shown" "$(jq -r '.rules[0].why' "$tmp/json")" 100
is "the worst is shown of those that hold" "$(in_tmp "throttle <= 20" 10 20 11 \
	>"$tmp/out"; jq '.rules[0].measured[0]' "$tmp/json")" 20
is "runs too few" "$(in_tmp "throttle <= 20 over 3 runs" 10 11)" "2 unusable"
twice() { (cd "$tmp" && "$NETSWAP" gate --rules rules "$@"); }
cp "$tmp/11" "$tmp/copy"
ln -s 11 "$tmp/link"
for again in 11 ./11 copy link; do
	ok "11 and $again are one run" fails 2 \
		"$again: is the same recording as 11: name each run once" \
		twice 11 10 "$again"
done
ok "nor two baselines" fails 2 "copy: is the same recording as 11" \
	twice 10 -b 11 -b copy
is "a run may be a baseline" "$(in_tmp "throttle <= baseline" 11 -b 11)" "0 holds"
is "runs enough" "$(in_tmp "throttle <= 20 over 3 runs" 10 11 12)" "0 holds"
base=(-b 100 -b 10 -b 12)
is "median against median" "$(in_tmp "throttle <= baseline" 100 0 12 \
	"${base[@]}")" "0 holds"
is "beyond it" "$(in_tmp "throttle < baseline" 100 0 12 "${base[@]}")" \
	"1 falls short"
is "tolerance in percent" "$(in_tmp "throttle <= baseline + 100%" 20 "${base[@]}")" \
	"0 holds"
is "not more than that" "$(in_tmp "throttle <= baseline + 60%" 20 "${base[@]}")" \
	"1 falls short"
is "tolerance in units" "$(in_tmp "throttle <= baseline + 8" 20 "${base[@]}")" \
	"0 holds"
is "both, below" "$(in_tmp "throttle >= baseline - 50% - 6" 0 "${base[@]}")" \
	"0 holds"
is "no baseline" "$(in_tmp "throttle <= baseline" 10)" "2 unusable"
is "baselines too few" "$(in_tmp "throttle <= baseline over 2 runs" 10 11 -b 10)" \
	"2 unusable"

# Rules with errors: one line, with its number; and nothing is judged.
wrong() {
	printf 'throttle >= 0\n# comment\n\n%s\n' "$1" >"$tmp/rules"
	ok "rule: ${1//[^ -~]/?}" fails 2 "$2" gate "$rec"
	ok "its line" grep -q "/rules:4: " "$tmp/fails.err"
}
wrong "frob <= 2" "unknown metric 'frob'"
wrong "<= 2" "begins with the name"
wrong "throttle" "no comparison"
wrong "throttle <= " "no number"
wrong "throttle <= nan" "no number"
wrong "throttle <= 1e999" "no number"
wrong "throttle_time sum <= 1e308s" "too large"
wrong "throttle <= 2 3" "'3' is too much"
wrong "throttle <= 2ms" "'ms' is no unit of this metric"
wrong "throttle p99 <= 2" "can't be asked of this metric: it has total rate"
wrong "throttle_seconds frob <= 2" "'frob' can't be asked"
wrong "throttled_tasks <= 2" "one of last min max"
wrong "throttle_time <= 2s" "one of sum count mean p99"
wrong "throttle_time sum <= 2" "a time needs its unit"
wrong "throttle_time p0 <= 2s" "is not a percentile"
wrong "throttle_time p101 <= 2s" "is not a percentile"
wrong "throttle{a=b} <= 2" "no label 'a'"
wrong "reserve_pages{cause=frob} <= 2" "no cause 'frob': there is kswapd"
wrong "reserve_pages{where=kswapd} <= 2" "has no label 'where': it has cause"
wrong "reserve_pages{cause=kswapd <= 2" "'{' without '}'"
wrong "reserve_pages_kswapd{cause=kswapd} <= 2" "no labels"
wrong "free_pages{node=x} min <= 2" "is not a number"
wrong "throttle <= 2 over 0 runs" "from 1 to"
wrong "throttle <= 2 over 3" "comes 'runs'"
wrong "throttle_time p99 <= baseline + 20%" "factor of two"
wrong "$(printf 'throttle <= \a2')" "is not text"
wrong "throttle $(printf '%300s' '') <= 2" "longer than"
: >"$tmp/rules"
ok "no rule" fails 2 "no rule in it" gate "$rec"
yes 'throttle >= 0' | head -n 300 >"$tmp/rules"
ok "too many rules" fails 2 "rules:257: more than 256" gate "$rec"
head -c 2000000 /dev/zero >"$tmp/rules"
ok "no file of rules" fails 2 "not a file of rules" gate "$rec"
piped() { # RULE ARG...: the rule by standard input
	local rule=$1
	shift
	echo "$rule" | "$NETSWAP" gate --rules - "$@"
}
ok "rules by standard input" piped 'throttle >= 0' "$rec"
is "that do not hold" "$(piped 'throttle < 0' "$rec" >"$tmp/out"; echo $?)" 1
ok "whose name is in messages" fails 2 "standard input:1: unknown metric" \
	piped 'frob < 0' "$rec"
for twice in "-" "$rec -b -"; do
	# shellcheck disable=SC2086
	ok "rules and recording by it: $twice" fails 2 "can be one file only" \
		"$NETSWAP" gate --rules - $twice
done
is "a recording by it" "$("$NETSWAP" gate --rules <(echo 'throttle >= 0') - \
	<"$rec" | tail -n 1)" "1 rule, 1 run: 1 holds"
ok "rules that are not there" fails 2 "cannot open" \
	"$NETSWAP" gate "$rec" --rules /nonexistent
ok "rules that are a folder" fails 2 "cannot read: Is a directory" \
	"$NETSWAP" gate "$rec" --rules "$tmp"
ok "rules not given" fails 2 "--rules FILE" "$NETSWAP" gate "$rec"

# Recordings that can't be trusted to be whole.
echo 'throttle >= 0' >"$tmp/rules"
ok "no recording" fails 2 "name a recording" gate
refused() { ok "recording: $1" fails 2 "$2" gate "$tmp/run"; }
head -c -100 "$rec" >"$tmp/run"
refused cut "run:7: last line is cut off"
head -n 1 "$rec" >"$tmp/run"
refused "of one line" "one snapshot"
: >"$tmp/run"
refused empty "empty"
cat "$rec" "$rec" >"$tmp/run"
refused doubled "run:8: not later than the line before"
sed -n '1p;1p' "$rec" >"$tmp/run"
refused "with a line twice" "run:2: not later"
tac "$rec" >"$tmp/run"
refused reordered "run:2: not later"
jq -c '.command = {name: "mytest"}' "$rec" >"$tmp/run"
refused "without the command's end" "the end of 'mytest' is not in it"
head -c 5000000 /dev/zero | tr '\0' x >"$tmp/run"
refused huge "longer than"
head -c 100000 /dev/urandom >"$tmp/run"
ok "recording: random bytes" bash -c \
	"$NETSWAP gate $tmp/run --rules $tmp/rules; [ \$? = 2 ]"

# For CI.
is "JSON even then" "$(gate --json /nonexistent 2>/dev/null | jq -r .error)" \
	"/nonexistent: cannot open: No such file or directory"
printf '%s\n' 'throttle >= 0' 'throttle < 0' 'free_pages{zone=X} min >= 0' \
	>"$tmp/rules"
gate "$rec" --junit "$tmp/junit.xml" >"$tmp/table"
is "JUnit: one case each, of three kinds" "$(xmllint --xpath 'concat(
	count(//testcase), " ", count(//failure), " ", count(//error), " ",
	//testsuite/@tests, //testsuite/@failures, //testsuite/@errors)' \
	"$tmp/junit.xml")" "3 1 1 311"
is "JUnit: the rule's text is text" "$(xmllint --xpath \
	'string(//testcase[2]/@name)' "$tmp/junit.xml")" "throttle < 0"
is "the table has what was measured and what was asked" \
	"$(sed -n 2p "$tmp/table" | tr -s ' ')" "holds $(of \
	'.[-1].counters.throttle - .[0].counters.throttle') >= 0 throttle >= 0"
is "the table says all verdicts" "$(tail -n 1 "$tmp/table")" \
	"3 rules, 1 run: 1 holds 1 falls short 1 unusable"
# That of a run that passed does not stay when the next can't be judged.
stale() { # NAME TEXT ARG...: TEXT is in the only error
	local name=$1 text=$2
	shift 2
	echo '<testsuites/>' >"$tmp/stale.xml"
	"$NETSWAP" gate --junit "$tmp/stale.xml" "$@" >"$tmp/out" 2>"$tmp/err"
	is "JUnit: $name" "$? $(xmllint --xpath 'concat(count(//testcase), " ",
		count(//error), " ", //testsuite/@tests, //testsuite/@failures,
		//testsuite/@errors, " ", contains(//error/@message, "'"$text"'"))' \
		"$tmp/stale.xml")" "2 1 1 101 true"
	is "and one line says so" "$(wc -l <"$tmp/err")" 1
}
head -c -100 "$rec" >"$tmp/cut<&"
stale "recording cut off" "cut<&:7: last line is cut off" \
	--rules "$tmp/rules" "$tmp/cut<&"
stale "no recording" "name a recording" --rules "$tmp/rules"
stale "no rules" "--rules FILE" "$rec"
echo frob >"$tmp/wrong"
stale "wrong rules" "unknown metric" --rules "$tmp/wrong" "$rec"
stale "a recording twice" "name each run once" --rules "$tmp/rules" "$rec" "$rec"
stale "baseline missing" "cannot open" --rules "$tmp/rules" "$rec" -b /nonexistent
ok "JUnit to nowhere" fails 2 "/nonexistent/x: cannot write" \
	gate "$rec" --junit /nonexistent/x
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Output formats of one recording, held against another parser and against
# each other.
set -u
. "$TESTS/lib/tap.sh"

rec=$TESTS/data/guest.jsonl
show() { "$NETSWAP" show --replay "$rec" "$@"; }

show --json >"$tmp/j"
ok "JSON, by jq" jq -e 'length > 0' "$tmp/j"
ok "JSON, by python" python3 -m json.tool "$tmp/j"
show --csv >"$tmp/c"
is "CSV: every line has as many fields as the head" \
	"$(awk -F, '{print NF}' "$tmp/c" | sort -u | wc -l)" 1
csv_last() {
	awk -F, -v key="$1" 'NR==1 {for (i=1; i<=NF; i++) if ($i==key) c=i}
		END {print $c}' "$tmp/c"
}
for k in throttle pfmemalloc_drops_sk_filter reserve_allocs; do
	is "CSV and JSON agree: $k" "$(csv_last $k)" \
		"$(jq ".[-1].counters.$k" "$tmp/j")"
done
show --openmetrics >"$tmp/o"
csplit -s -f "$tmp/om" "$tmp/o" '/^# EOF/+1' '{*}'
is "OpenMetrics and JSON agree" \
	"$(sed -n 's/^netswap_throttle_total //p' "$tmp/o" | tail -n 1)" \
	"$(jq '.[-1].counters.throttle' "$tmp/j")"
ok "OpenMetrics: by the rules" python3 "$TESTS/lib/openmetrics.py" "$tmp/om00"
# The older text is what promtool knows, and says the same.
show --prometheus | csplit -s -f "$tmp/p" - \
	'%^# TYPE netswap_reserve_allocs%' '/^# TYPE netswap_reserve_allocs/' '{*}'
ok "Prometheus text: by promtool" promtool check metrics <"$tmp/p00"
is "OpenMetrics and Prometheus text agree" "$(grep -v '^#' "$tmp/om00")" \
	"$(grep -v '^#' "$tmp/p00")"
jq -c '.page_bytes = 65536' "$rec" | head -n 1 >"$tmp/large"
is "what makes bytes of pages, and its unit" "$("$NETSWAP" show --openmetrics \
	--replay "$tmp/large" | grep -E '^(# UNIT )?netswap_page_size')" \
	"$(printf '%s\n' "# UNIT netswap_page_size_bytes bytes" \
		"netswap_page_size_bytes 65536")"
# The rows of a table are its exact sum: more of them than are shown, and names
# that would not be a label, or be one twice.
jq -c '(.top[] | select(.kind == "taker")) as $t | .top = [
	({ comm: "other" }, { comm: "a\"b\\c" }, { comm: "a\nb" },
	 { comm: "a\u0007b" }, (range(20) | { comm: "task\(.)" })) |
	$t + . + { amount: 100 }]' "$rec" | head -n 1 >"$tmp/who"
who() { "$NETSWAP" show --replay "$tmp/who" "$@"; }
sum() { who --prometheus | awk -v name="$1" 'index($1, name) == 1 {
	n += $NF } END { print n }'; }
is "tasks: shown" "$(who --prometheus | grep -c '^netswap_task_reserve')" 11
is "tasks: the others among them" "$(sum netswap_task_reserve_pages)" \
	"$(sum netswap_reserve_pages_total)"
is "tasks: control bytes fall together" "$(who --prometheus |
	sed -n 's/^netswap_task_reserve_pages{comm="a?b"} //p')" 200
who --openmetrics >"$tmp/whom"
ok "tasks: by the rules" python3 "$TESTS/lib/openmetrics.py" "$tmp/whom"
ok "tasks: by promtool" bash -c "$NETSWAP show --replay $tmp/who --prometheus |
	promtool check metrics"
# Absent is not zero: without its hooks a metric is null, '-', or left out.
jq -c '.hooks.throttle = false | .gauges.throttled_tasks = null' "$rec" \
	>"$tmp/absent"
absent() { "$NETSWAP" show --replay "$tmp/absent" "$@"; }
is "absent in JSON" "$(absent --json | jq '.[-1].counters.throttle')" null
is "absent in the table" "$(absent | awk '$1=="throttle" && NF==2 {print $2}' |
	sort -u)" -
is "absent in OpenMetrics" "$(absent --openmetrics |
	grep -c '^netswap_throttle_total')" 0
is "and so who was throttled" "$(absent --openmetrics |
	grep -c 'netswap_task_throttled')" 0
# The guard's rules are in every format, and a recording brings them back.
jq -c '.hooks.guard = true | .gauges.guard_mode = 2 |
	.gauges.guard_lease_ns = 5000000 | .counters.guard_packets_dropped = 7 |
	.guard_rules = [{line: 3, class: "few", rule: "limit few proto tcp",
		passed: 1, dropped: 7, would_drop: 0}]' "$rec" >"$tmp/guard"
guarded() { "$NETSWAP" show --replay "$tmp/guard" "$@"; }
is "guard in JSON" "$(guarded --json | jq -c '.[-1] | [.gauges.guard_mode,
	.guard_rules]')" '[2,[{"line":3,"class":"few","rule":"limit few proto tcp","passed":1,"dropped":7,"would_drop":0}]]'
is "guard in the table" "$(guarded | awk '$1 == 3 && $2 == "few" { print $4 }' |
	sort -u)" 7
guarded --openmetrics | sed '/^# EOF/q' >"$tmp/gm"
ok "guard in OpenMetrics" grep -q \
	'^netswap_guard_rule_packets_total{line="3",verdict="dropped"} 7$' "$tmp/gm"
ok "by the rules" python3 "$TESTS/lib/openmetrics.py" "$tmp/gm"
ok "guard in top" bash -c "\"$NETSWAP\" top -b --replay $tmp/guard |
	grep -q 'Guard .*enforce.*ENGAGED 5.0ms.*limit few proto tcp 7'"
ok "no guard, no line" bash -c "! \"$NETSWAP\" top -b --replay $rec |
	grep -q '^Guard'"
done_testing

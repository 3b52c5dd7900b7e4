#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every query of the dashboard, in a real Prometheus that holds a lab run
# (Debian's 6.12, swap on NBD under a TCP flood, each third second of it) and one
# of the guard (6.18, drills and UDP between network namespaces).  Catches: a
# panel that is empty or wrong: a metric or a label that was renamed, a query
# that does not parse, a variable that nothing fills.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/export.sh"
. "$TESTS/lib/prometheus.sh"
command -v promtool >/dev/null || skip_all "needs promtool"
prometheus=
tap_cleanup() { [ -z "$prometheus" ] || { kill "$prometheus"
	wait "$prometheus"; }; }
boards=$TESTS/../docs/dashboards
here=$(dirname "$0")
run=$TESTS/data/lab-run.jsonl

# With what the exporter alone knows.
jq -c '.gauges.swap_path_safe = 1' "$run" >"$tmp/lab-run.jsonl"
python3 "$here/backfill.py" "$NETSWAP" "$tmp/lab-run.jsonl" "$TESTS/data/guard.jsonl" \
	>"$tmp/run.om"
ok "backfill" promtool tsdb create-blocks-from openmetrics "$tmp/run.om" \
	"$tmp/data"
is "every metric that is named exists" "$(grep -oE '\bnetswap_[a-z0-9_]+' \
	"$boards/netswap.json" | sort -u | grep -vxFf <(sed -n 's/^\(netswap_[a-z0-9_]*\).*/\1/p' "$tmp/run.om" |
		sort -u))" ""
cp "$boards/rules.yml" "$tmp"
echo 'rule_files: [ rules.yml ]' >"$tmp/prometheus.yml"
ok "Prometheus" start_prometheus "$tmp/prometheus.yml" "$tmp/data"
end=$(jq -s '.[-1].wall_ms / 1000' "$run")
is "what it holds is what was recorded" \
	"$(query 'netswap_throttle_total{instance="lab-run:9893"}' "$end")" \
	"$(jq -s '.[-1].counters.throttle' "$run")"
is "every query has an answer" "$(python3 "$here/panels.py" "$prom_url" \
	"$boards/netswap.json" "$run" | tee "$tmp/panels" |
	grep -v '^[0-9]* queries$')" ""
ok "and there were some: $(tail -n 1 "$tmp/panels")" \
	grep -qE '^[0-9]{2,} queries$' "$tmp/panels"
# The five beside: its programs, as netswap_program_attached.  One of the 29 is
# newer than the recording.
is "series of the guard, as docs/fleet.md says" "$("$NETSWAP" show --replay \
	"$TESTS/data/guard.jsonl" --prometheus | grep -c '^netswap_guard_')" \
	"$(jq '.guard_rules | 28 + 3 * length' "$TESTS/data/guard.jsonl" |
		awk '{ n += $1 } END { print n }')"
# What a dashboard must have to be of use to more than one host.
is "variables" "$(jq -r '.templating.list[].name' "$boards/netswap.json" |
	paste -sd ' ')" "datasource job host node cgroup"
is "all from the data source that is chosen" "$(jq -r '.. | .datasource?.uid |
	strings' "$boards/netswap.json" | sort -u)" "\${datasource}"
is "no number comes from nowhere" \
	"$(grep -oE '\b(vector|absent)[a-z_]*\(' "$boards/netswap.json")" ""
# An empty panel and a wrong one are found.
jq '.panels[1].targets[0].expr = "netswap_no_such_metric" |
	.panels[2].targets[0].expr = "sum("' "$boards/netswap.json" \
	>"$tmp/broken.json"
is "an empty panel and a wrong one are found" "$(python3 "$here/panels.py" \
	"$prom_url" "$tmp/broken.json" "$run" | grep -cv '^[0-9]* queries$')" 2
# And so is each metric under another name, one at a time.
for m in $(jq -r '.panels[].targets[]?.expr' "$boards/netswap.json" |
	grep -oE '\bnetswap_[a-z0-9_]+' | sort -u); do
	sed "s/\b$m\b/${m}_x/" "$boards/netswap.json" |
		jq --arg m "${m}_x" '.panels |= map(select(tostring |
			contains($m))) | .annotations.list = [] |
			.templating.list = []' >"$tmp/renamed.json"
	python3 "$here/panels.py" "$prom_url" "$tmp/renamed.json" "$run" |
		grep "${m}_x" >/dev/null || echo "$m"
done >"$tmp/unseen"
is "no metric can be renamed unseen" "$(cat "$tmp/unseen")" ""
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The rules and alerts of docs/dashboards, by promtool.  Catches: an alert that
# does not fire, or does for a host that is well; one without its chapter in
# the runbook, or without a test that a wrong one would fail; a metric that does
# not exist.
set -u
. "$TESTS/lib/tap.sh"
command -v promtool >/dev/null || skip_all "needs promtool"
boards=$TESTS/../docs/dashboards
here=$(dirname "$0")

cp "$boards"/*.yml "$here/rules.test.yml" "$tmp"
cp -r "$boards/targets" "$tmp"
ok "the configuration, with its rules" promtool check config \
	"$tmp/prometheus.yml"
ok "what the rules say of series that are known" promtool test rules \
	"$tmp/rules.test.yml"
# An exporter that finds no programs is not programs that are loaded.
{
	cat <<'EOF'
evaluation_interval: 15s
tests:
- interval: 15s
  input_series:
  - { series: 'netswap_loaded{job="netswap", instance="a"}', values: '0x20 1x20' }
  - { series: 'netswap_loaded{job="netswap", instance="b"}', values: '_x20 0x20' }
  promql_expr_test:
  - eval_time: 5m30s
    exp_samples:
    - { labels: 'netswap_loaded{job="netswap", instance="a"}', value: 1 }
EOF
	jq '.annotations.list[] | select(.name == "Programs loaded").expr |
		gsub("[$](job|host)"; ".*") | gsub("[$]__rate_interval"; "1m") |
		"    expr: " + tojson' -r "$boards/netswap.json"
} >"$tmp/loaded.test.yml"
ok "the annotation of loading" promtool test rules "$tmp/loaded.test.yml"
alerts=$(sed -n 's/^  - alert: //p' "$boards/alerts.yml")
rules=$(sed -n 's/^  - record: //p' "$boards/rules.yml")
is "alerts" "$(wc -l <<<"$alerts")" 11
for a in $alerts; do
	ok "$a is in the runbook" grep -qx "## $a" "$TESTS/../docs/runbook.md"
	ok "$a names its chapter" grep -qx \
		"      runbook: docs/runbook.md#${a,,}" "$boards/alerts.yml"
	ok "$a is tested" grep -q "alertname=\"$a\"" "$here/rules.test.yml"
done
for r in $rules; do
	ok "$r is tested" grep -qE "(expr: |')$r" "$here/rules.test.yml"
done
if python3 -c 'import yaml' 2>/dev/null; then
	python3 "$here/mutate.py" "$tmp" >"$tmp/changes" 2>&1
	is "each of them, broken, fails a test" \
		"$(grep -v '^[0-9]* changes$' "$tmp/changes")" ""
	ok "so tried: $(tail -n 1 "$tmp/changes")" \
		grep -qE '^[0-9]{2,} changes$' "$tmp/changes"
else
	skip "each of them, broken, fails a test" "needs python3-yaml"
fi
is "every chapter of the runbook has its alert" "$(sed -n 's/^## //p' \
	"$TESTS/../docs/runbook.md" | grep -vxF "$alerts")" ""
# All metrics of the view: those of a recording where everything was attached.
"$NETSWAP" show --replay "$TESTS/data/guest.jsonl" --prometheus |
	sed -n 's/^\(netswap_[a-z0-9_]*\).*/\1/p' | sort -u >"$tmp/metrics"
# These are known to the exporter alone, or while the guard is on.
printf '%s\n' netswap_swap_path_safe netswap_kernel_pfmemalloc_drops_total \
	netswap_guard_lease_seconds netswap_guard_engaged_time_seconds_total \
	>>"$tmp/metrics"
is "every metric that is named exists" "$(grep -ohE \
	'\bnetswap_[a-z0-9_]+' "$boards/rules.yml" "$boards/alerts.yml" |
	sort -u | grep -vE '^netswap_(host|fleet|alerts)$' |
	grep -vxFf "$tmp/metrics" |
	while read -r m; do grep -q ":$m:" "$boards/rules.yml" || echo "$m"
	done)" ""
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What docs/fleet.md says many hosts need.  Catches: a table that does not follow
# from its own numbers, more series or bytes in a scrape than it counts with, a
# Prometheus that takes more memory for a series.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/export.sh"
. "$TESTS/lib/prometheus.sh"
command -v prometheus >/dev/null || skip_all "needs prometheus"
prometheus='' hosts=''
tap_cleanup() {
	local pid
	for pid in $prometheus $hosts; do
		kill "$pid"
		wait "$pid"
	done 2>/dev/null
}
here=$(dirname "$0")
doc=$TESTS/../docs/fleet.md
said() { grep -oE "$1" "$doc" | grep -oE '[0-9.]+' | head -n 1; }

is "the table is what its numbers give" "$(python3 "$here/table.py" "$doc")" \
	"15 cells"
"$NETSWAP" show --replay "$TESTS/data/guest.jsonl" --openmetrics |
	csplit -s -f "$tmp/frame" - '/^# EOF/+1' '{*}'
frame=$(find "$tmp" -name 'frame[0-9]*' -size +0 | sort | tail -n 1)
is "series of a recorded host" "$(grep -vc '^#' "$frame")" \
	"$(said 'zones: [0-9]+ in a recorded run')"
is "of these in buckets" "$(grep -c '_bucket{' "$frame")" \
	"$(said '[0-9]+ of them are the buckets')"
ok "no more than the table counts with" [ "$(grep -vc '^#' "$frame")" -le \
	"$(said 'With [0-9]+ series')" ]
is "kB of a scrape" $((($(wc -c <"$frame") + 500) / 1000)) \
	"$(said 'A scrape is [0-9]+ kB')"

# Memory of Prometheus: what 100 hosts take more than 20.
port=$(free_port 18900)
python3 "$here/hosts.py" "$port" "$NETSWAP" "$TESTS/data/guest.jsonl" &
hosts=$!
targets() { # as many hosts
	jq -nc --arg port "$port" '[range('"$1"') | { targets: ["127.0.0.1:\($port)"],
		labels: { __metrics_path__: "/\(.)", instance: "host\(.)" } }]' \
		>"$tmp/new.json"
	mv "$tmp/new.json" "$tmp/targets.json"
}
targets 20
cat >"$tmp/prometheus.yml" <<EOF
global: { scrape_interval: 5s }
scrape_configs:
- job_name: netswap
  file_sd_configs: [ { files: [ targets.json ] } ]
EOF
own() { curl -s "$prom_url/metrics" | sed -n "s/^$1 //p"; }
# All hosts scraped three times and more; then bytes and series.
settled() {
	local i
	for i in $(seq 600); do
		[ "$(query "count(count_over_time(netswap_loaded[1h]) > 2)")" = "$1" ] &&
			break
		sleep 0.2
	done
	echo "$(own process_resident_memory_bytes)" \
		"$(own prometheus_tsdb_head_series)" | awk '{ printf "%.0f %.0f\n", $1, $2 }'
}
ok "Prometheus" start_prometheus "$tmp/prometheus.yml" "$tmp/data"
few=$(settled 20)
targets 100
many=$(settled 100)
each=$(echo "$few $many" | awk '{ printf "%.2f", ($3 - $1) / ($4 - $2) / 1000 }')
ok "of 80 hosts more" [ $((${many#* } - ${few#* })) -gt \
	$((79 * $(grep -vc '^#' "$frame"))) ]
limit=$(said 'memory, [0-9.]+ kB a series')
ok "$each kB for each series more, docs/fleet.md counts with $limit" \
	awk -v each="$each" -v limit="$limit" \
	'BEGIN { exit !(each > limit / 4 && each <= limit) }'
done_testing

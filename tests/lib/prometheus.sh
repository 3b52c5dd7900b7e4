# SPDX-License-Identifier: GPL-2.0
# prometheus.sh - a Prometheus of the test's own; needs export.sh.
# shellcheck shell=bash

# start_prometheus CONFIG DATA OPTION...: sets prometheus and prom_url.
start_prometheus() {
	local port
	port=$(free_port 19090)
	prom_url=http://127.0.0.1:$port
	prometheus --config.file="$1" --storage.tsdb.path="$2" \
		--storage.tsdb.retention.time=100y \
		--web.listen-address="127.0.0.1:$port" "${@:3}" \
		>"$tmp/prometheus.log" 2>&1 &
	prometheus=$!
	answers "$prom_url/-/ready" --fail
}

# The value of a query that has one, or nothing.
query() {
	curl -s --data-urlencode "query=$1" ${2:+-d "time=$2"} \
		"$prom_url/api/v1/query" | jq -r '.data.result[0].value[1] // ""'
}

# until_is QUERY VALUE: within 30 s.
until_is() {
	local i
	for i in $(seq 300); do
		[ "$(query "$1")" = "$2" ] && return 0
		sleep 0.1
	done
	echo "$1 is $(query "$1")"
	curl -s "$prom_url/api/v1/targets" | jq -r '.data.activeTargets[].lastError'
	return 1
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Several hosts, each a network namespace of this machine with an exporter in
# it; one Prometheus that finds them in files, with the rules of docs/dashboards;
# one that gets the same from an agent by remote-write.  Catches: a target that
# comes or goes unnoticed, more series than docs/fleet.md says, a fleet query
# that is not answered.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/bpf.sh"
. "$TESTS/lib/export.sh"
. "$TESTS/lib/prometheus.sh"
need_bpf
command -v promtool >/dev/null || skip_all "needs promtool"
boards=$TESTS/../docs/dashboards
pids=()
end_all() {
	local i
	[ ${#pids[@]} = 0 ] || { kill "${pids[@]}"; wait; }
	pids=()
	for i in 1 2 3 4; do
		ip netns del nsw-fleet$i
	done 2>/dev/null
	"$NETSWAP" unload >/dev/null
}
tap_cleanup() { end_all; }

# Host N: 10.98.93.(4 N + 2) in its namespace, the one below on our side.
add_host() {
	local ns=nsw-fleet$1 ours=10.98.93.$((4 * $1 + 1)) its
	its=10.98.93.$((4 * $1 + 2))
	ip netns add "$ns" &&
	ip link add "nswf$1" type veth peer name eth0 netns "$ns" &&
	ip addr add "$ours/30" dev "nswf$1" && ip link set "nswf$1" up &&
	ip -n "$ns" addr add "$its/30" dev eth0 &&
	ip -n "$ns" link set eth0 up || return 1
	# ip netns exec would mount a /sys without bpffs.
	nsenter --net="/run/netns/$ns" "$NETSWAP" export -u nobody -l "$its:9893" \
		2>"$tmp/export.err" &
	pids[$1]=$!
	answers "http://$its:9893/healthz"
}
targets() { # as who manages the hosts would replace the file
	local i
	for i in "$@"; do
		echo "10.98.93.$((4 * i + 2)):9893"
	done | jq -R . | jq -s '[{ targets: ., labels: { rack: "a1" } }]' \
		>"$tmp/targets/.new"
	mv "$tmp/targets/.new" "$tmp/targets/hosts.json"
}
metric() { query "$1{job=\"netswap\"}"; }

"$NETSWAP" load >/dev/null 2>&1
for n in 1 2 3; do
	ok "host $n" add_host $n
done
mkdir "$tmp/targets"
targets 1 2 3
cp "$boards"/*.yml "$tmp"
sed -i 's/15s$/1s/' "$tmp/prometheus.yml" "$tmp/agent.yml"
start_prometheus "$tmp/prometheus.yml" "$tmp/data" \
	--web.enable-remote-write-receiver
pids[9]=$prometheus
ok "three hosts are found and up" until_is \
	'job:netswap_hosts_up:count{job="netswap"}' 3
is "with the labels of the file" "$(query 'count(up{rack="a1"})')" 3
ok "a fleet query from the rules" until_is \
	'job:netswap_hosts_reserve_below_half:count or job:netswap_hosts:count' 3
per_host=$(query 'max(scrape_samples_scraped{job="netswap"})')
zones=$(query 'max(count by (instance) (netswap_zone_free_pages))')
bound=$((620 + 8 * zones + 66))
ok "$per_host series per host, docs/fleet.md says at most $bound" \
	[ "$per_host" -gt 300 -a "$per_host" -le "$bound" ]
counted=$(sed -n 's/^With \([0-9]*\) series .*/\1/p' "$TESTS/../docs/fleet.md")
ok "and calculates with $counted" [ "$per_host" -le "$counted" ]
recorded=$(query 'count({__name__=~"job:.+|job_path:.+"})')
ok "a fleet is $recorded series, however many hosts" \
	[ "$recorded" -ge 3 -a "$recorded" -le 40 ]

ok "host 4" add_host 4
targets 1 2 3 4
ok "one more in the file" until_is \
	'job:netswap_hosts_up:count{job="netswap"}' 4
kill "${pids[2]}"
unset "pids[2]"
ok "one that went" until_is 'job:netswap_hosts_up:count{job="netswap"}' 3
is "is named" "$(curl -s "$prom_url/api/v1/query" \
	--data-urlencode 'query=up{job="netswap"} == 0' |
	jq -r '.data.result[].metric.instance')" "10.98.93.10:9893"

# An agent that sends to the one above, under another job.
sed -i "s,job_name: netswap,job_name: sent,; s,http://[^/]*,$prom_url," \
	"$tmp/agent.yml"
prometheus --enable-feature=agent --config.file="$tmp/agent.yml" \
	--storage.agent.path="$tmp/agent" \
	--web.listen-address="127.0.0.1:$(free_port 19190)" \
	>"$tmp/agent.log" 2>&1 &
pids[8]=$!
ok "remote-write by an agent" until_is 'count(netswap_loaded{job="sent"})' 3
end_all
is "nothing is left" "$(leftovers)" 0
done_testing

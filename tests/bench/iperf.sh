#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# iperf.sh: what the guard costs a TCP stream while there is no pressure
#
# iperf3 through a veth pair between two network namespaces, as fast as it goes,
# with the guard attached where it arrives and without, in turn.  Each round has
# every state once, begins with another one, and goes the other way than the one
# before, so that no state always comes after the same; ratios are of one round.
#
# With any native XDP program a veth hands packets over in another way (no GSO,
# copies), which costs far more than the program.  So the guard at XDP is held
# against an XDP program that does nothing, and at tc against no program.
#
# ROUNDS (15), SECS of each measurement (2).  Exit status 1 if the guard surely
# costs more than the limit, of 2 %: the whole interval is beyond it.

set -u -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit

BUILD=${BUILD:-build}
NETSWAP=${NETSWAP:-$PWD/$BUILD/netswap}
ROUNDS=${ROUNDS:-15}
SECS=${SECS:-2}
LIMIT=0.98
EMPTY=/sys/fs/bpf/nswbench$$
RESULTS=$BUILD/bench/iperf.json

die() {
	echo "iperf.sh: $*" >&2
	exit 1
}
skip_all() { die "$*"; }
# shellcheck source=../lib/netns.sh
. tests/lib/netns.sh

tmp=$(mktemp -d)
cleanup() {
	in_a "$NETSWAP" guard off >/dev/null 2>&1
	"$NETSWAP" unload >/dev/null 2>&1
	rm -rf "$EMPTY" "$tmp"
	netns_cleanup
}
trap cleanup EXIT
trap 'exit 130' INT TERM

[ "$(id -u)" = 0 ] || die "needs root"
command -v iperf3 >/dev/null || die "no iperf3: install iperf3"
command -v bpftool >/dev/null || die "no bpftool: install bpftool"
[ ! -e /sys/fs/bpf/netswap ] || die "netswap is loaded: netswap unload"
need_netns

state_none() { :; }
state_tc() { guard_on tc; }
state_xdp() { guard_on xdp; }
state_empty() { in_a bpftool net attach xdpdrv pinned "$EMPTY" dev a0; }

# 3: some hook is missing, which is not what is measured.
fine() { [ "$1" = 0 ] || [ "$1" = 3 ]; }

guard_on() {
	in_a "$NETSWAP" guard on --dev a0 --hook "$1" >"$tmp/on" 2>&1
	fine $? || die "guard on: $(head -n 1 "$tmp/on")"
}

leave() {
	case $1 in
	tc|xdp)	in_a "$NETSWAP" guard off >/dev/null || die "guard off" ;;
	empty)	in_a bpftool net detach xdpdrv dev a0 ;;
	esac
}

# What a stream gets through, in bits per second.
measure() {
	in_a iperf3 -s -1 -B 10.99.0.1 >/dev/null 2>&1 &
	local server=$!
	for _ in $(seq 50); do
		in_a ss -Hltn 'sport = :5201' | grep -q . && break
		sleep 0.05
	done
	in_b iperf3 -c 10.99.0.1 -t "$SECS" -J >"$tmp/iperf" ||
		die "iperf3: $(jq -r .error "$tmp/iperf")"
	wait "$server"
	jq .end.sum_received.bits_per_second "$tmp/iperf"
}

engaged() { "$NETSWAP" show --json | jq '.counters.guard_engagements // 0'; }

bpftool prog load "$BUILD/bench/empty.bpf.o" "$EMPTY" ||
	die "cannot load the empty program"
"$NETSWAP" load >/dev/null 2>&1
fine $? || die "netswap load failed"
states=(none tc empty xdp)
for ((round = 0; round < ROUNDS; round++)); do
	for ((i = 0; i < ${#states[@]}; i++)); do
		at=$((round % 2 ? ${#states[@]} - 1 - i : i))
		state=${states[(at + round / 2) % ${#states[@]}]}
		"state_$state"
		before=$(engaged)
		bits=$(measure) || exit 1
		# Then it was not without pressure.
		[ "$(engaged)" = "$before" ] || bits=null
		leave "$state"
		echo "{\"round\": $round, \"state\": \"$state\"," \
			"\"bits_per_second\": $bits}" >>"$tmp/all"
	done
	[ ! -t 2 ] || printf '\r%d of %d rounds' $((round + 1)) "$ROUNDS" >&2
done
[ ! -t 2 ] || printf '\r\033[K' >&2

# The median of the ratios, and order statistics that enclose it in 95 % of
# cases.
jq -s --arg kernel "$(uname -r)" --argjson limit $LIMIT --argjson secs "$SECS" '
	def median: sort | (.[(length - 1) / 2 | floor] +
			    .[length / 2 | floor]) / 2;
	. as $all |
	def of($state): [$all[] | select(.state == $state)];
	def speed($state): of($state) | map(.bits_per_second) |
		map(select(.)) | median;
	def compare($what; $state; $base):
		[of($state)[] as $s | of($base)[] |
		 select(.round == $s.round and .bits_per_second and
			$s.bits_per_second) |
		 $s.bits_per_second / .bits_per_second] | sort as $r |
		($r | length) as $n |
		([($n / 2 - 0.98 * ($n | sqrt)) | floor, 0] | max) as $low |
		{ $what, rounds: $n, ratio: ($r | median), low: $r[$low],
		  high: $r[$n - 1 - $low], $limit } |
		.met = (if .low >= $limit then true
			elif .high < $limit then false else null end);
	{ $kernel, $secs, runs: $all,
	  bits_per_second: ([$all[].state] | unique |
		map({ key: ., value: speed(.) }) | from_entries),
	  aims: [compare("guard at tc, against none"; "tc"; "none"),
		 compare("guard at XDP, against an empty one"; "xdp"; "empty")],
	  veth: compare("an empty XDP program, against none"; "empty"; "none")
	}' "$tmp/all" >"$RESULTS.tmp" || die "cannot make sense of the results"
mv "$RESULTS.tmp" "$RESULTS"
jq -r 'def pc: (. - 1) * 1000 | round / 10 |
		(if . >= 0 then "+" else "" end) + tostring + " %";
	"iperf3 over veth, \(.aims[0].rounds) rounds of \(.secs) s, Gbit/s: " +
	(.bits_per_second | to_entries |
	 map("\(.key) \(.value / 1e8 | round / 10)") | join(", ")),
	((.aims + [.veth])[] |
	 "\(.what): \(.ratio | pc), 95 % \(.low | pc) to \(.high | pc)"),
	(.aims[] | "limit -2 %, \(.what): " + (if .met then "met"
		elif .met == false then "not met" else
		"too noisy to tell" end))' "$RESULTS"
jq -e '[.aims[] | .met != false] | all' "$RESULTS" >/dev/null

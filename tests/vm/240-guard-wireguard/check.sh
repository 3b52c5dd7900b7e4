#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# All of WireGuard passed, and of the other datagrams none, by either hook.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

pings=$(param pings)
is "without pressure: other datagrams arrive" "$(value calm)" "20 20"
for hook in xdp tc; do
	for outer in ipv4 ipv6; do
		for first in peer this; do
			is "$hook, $outer, $first end first: pings, bytes, moved" \
				"$(value tunnel_${hook}_${outer}_$first)" \
				"$pings $pings whole $pings"
		done
	done
	is "$hook: other datagrams do not arrive" \
		"$(value dropped_$hook)" "0 0"
	is "$hook: pressure has lasted" "$(json guard-$hook.json \
		'[.mode, .lease_ns > 0, .places[].hook] | join(" ")')" \
		"enforce true $hook"
	is "$hook: dropped of WireGuard, of the others, by default" \
		"$(json guard-$hook.json '[.rules[].dropped] | join(" ")')" \
		"0 40 0"
	engaged=$((${engaged:-0} + 1))
	is "$hook: it engaged once more" "$(json netswap-$hook.json \
		.counters.guard_engagements)" $engaged
	# For each tunnel, and again from the port that the peer moves to.
	looked=$(($(json netswap-$hook.json \
		.counters.guard_packets_memalloc) - ${looked:-0}))
	ok "$hook: sockets that were looked up: $looked" [ $looked -ge 8 ]
done
done_testing

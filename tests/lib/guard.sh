# SPDX-License-Identifier: GPL-2.0
# guard.sh - the guard in the network namespace $a of netns.sh.
# shellcheck shell=bash

guard() { in_a "$NETSWAP" guard "$@"; }
# Hooks that this kernel lacks are no failure here.
fine() { "$@"; local s=$?; [ $s = 0 ] || [ $s = 3 ]; }
# json FILTER: of its status
json() { guard status --json 2>/dev/null | jq -c "$1"; }
clsact() { in_a tc qdisc show dev a0 | grep clsact; }
# pressed COUNT [PORT]: send, under pressure that has just begun: a machine that
# is busy may take longer than a lease to start what sends
pressed() { send "$1" "${2:-9}" "$NETSWAP" guard press; }
# Until there is no pressure.
calm() {
	local i
	for i in $(seq 100); do
		[ "$(json .lease_ns)" = 0 ] && return
		sleep 0.1
	done
}

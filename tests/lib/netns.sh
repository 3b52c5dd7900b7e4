# SPDX-License-Identifier: GPL-2.0
# netns.sh - two network namespaces with a wire between them, for the guard:
# a0 (10.99.0.1) in $a, b0 (10.99.0.2) in $b.  The test's tap_cleanup calls
# netns_cleanup.
# shellcheck shell=bash

a=nswga$$ b=nswgb$$

# Not `ip netns exec`, which mounts another /sys and hides the pins.
in_a() { nsenter --net=/run/netns/$a "$@"; }
in_b() { nsenter --net=/run/netns/$b "$@"; }

veth() {
	ip link add a0 netns $a type veth peer name b0 netns $b || return
	in_a ip addr add 10.99.0.1/24 dev a0
	in_b ip addr add 10.99.0.2/24 dev b0
	in_a ip link set a0 up && in_b ip link set b0 up
}

netns_cleanup() {
	ip netns del $a 2>/dev/null
	ip netns del $b 2>/dev/null
}

need_netns() {
	local prog
	for prog in ip tc nsenter python3 jq; do
		command -v $prog >/dev/null || skip_all "needs $prog"
	done
	ip netns add $a && ip netns add $b && veth ||
		skip_all "cannot make network namespaces"
}

# The XDP program at a0, or null.
xdp() { in_a ip -j link show a0 | jq -c '.[0].xdp.prog.id'; }

# UDP to a port that nobody has is counted when it arrives.
arrived() {
	in_a awk '$1 == "Udp:" && $3 ~ /^[0-9]/ { print $3 }' /proc/net/snmp
}

# send COUNT [PORT [COMMAND...]]: from b to a, and just before that COMMAND;
# prints how many arrived.
send() {
	local before i n
	before=$(arrived)
	in_b python3 -c '
import socket, subprocess, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
if sys.argv[3:]:
    subprocess.run(sys.argv[3:], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
for i in range(int(sys.argv[1])):
    s.sendto(b"x" * 32, ("10.99.0.1", int(sys.argv[2])))' "$1" "${2:-9}" \
		"${@:3}"
	for i in $(seq 20); do
		n=$(($(arrived) - before))
		[ $n = "$1" ] && break
		sleep 0.01
	done
	echo $n
}

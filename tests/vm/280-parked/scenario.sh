#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: packets of the reserve leave nothing of it with user space or conntrack
# pressure: reserve
# bins: nft tc drain parkhold bpfcount parked.bpf.o
# param swap=nbd
# param flood=udp
# param rate=300		so that no queue is full of others at once
# param patched=0	1: the kernel has kernel-patches/
# param mib=512		MiB that the processes share
# param procs=16	processes
# param after=6		seconds of load until memory is made short
#
# Half of the flood's datagrams are for a tap device, as those of a virtual
# machine are, and the others are seen by a packet socket; nobody reads from
# either.  Connection tracking takes each for a new one.

nic=$(ls -d /sys/class/net/*/device | head -n 1)
nic=$(basename "${nic%/device}")

parkhold hold0 "$nic" >/run/parkhold 2>&1 &
holder=$!
wait_for 10 grep -q ready /run/parkhold || broken "$(cat /run/parkhold)"
echo 'table inet track {
	chain in {
		type filter hook input priority 0;
		ct state new counter
	}
}' >/run/rules
nft -f /run/rules >/run/nft 2>&1 || broken "nft: $(head -n 1 /run/nft)"
echo 0 >/proc/sys/net/netfilter/nf_conntrack_udp_timeout
half="$FLOOD_UDP_PORT-$((FLOOD_UDP_PORT + 7))"
/bin/tc qdisc add dev "$nic" clsact >/run/tc 2>&1 || broken "tc: $(cat /run/tc)"

# Runs beside the load.
park_in_reserve() {
	sleep "$(parameter after)"
	# Waits for the load only: what is sent before the shortage fills the
	# queues, and full queues drop what is of the reserve on any kernel.
	drain 0 1 24576 || return
	/bin/tc filter add dev "$nic" ingress protocol ip flower ip_proto udp \
		dst_port "$half" action mirred egress redirect dev hold0 \
		>/run/tc 2>&1 || return
	kill -USR1 $holder
	# By so much that GFP_ATOMIC, which goes to 37.5 % of min, fails.
	drain 8 250 24576
}

bpf_count_start parked.bpf.o
swap_on
netswap_start
flood_start -b 2097152
counts_before
park_in_reserve &
park=$!
stress "$(parameter mib)" 1 "$(parameter procs)"
wait $park || broken "no shortage: $(cat /run/tc)"
quiesce
bpf_count_stop tap tap_dropped socket socket_dropped entries entries_no_reserve
kill $holder
wait $holder
flood_stop
counts_after
swap_off
netswap_stop

#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: packets of the reserve do not wait for a firewall's program
# pressure: reserve
# bins: nft nfqhold drain
# param swap=nbd
# param flood=udp
# param rate=300		so that the queue is not full of others at once
# param patched=0	1: the kernel has kernel-patches/
# param mib=512		MiB that the processes share
# param procs=16	processes
# param queue=1024	packets that may wait, and pin the pages they are in
# param after=6		seconds of load until they do, and memory is made short
#
# All datagrams of the flood are for a program that gives no verdict while the
# machine swaps, and its watermarks go up and down; then it accepts them all.
# What waited in the reserve is dropped only now, at the socket, and counted: a
# stock kernel had parked so much of it.  A patched one has dropped it at the
# queue.

ports=$FLOOD_UDP_PORT-$((FLOOD_UDP_PORT + 15))
echo "table inet hold {
	chain in {
		type filter hook input priority 0;
		udp dport $ports queue num 0 bypass
	}
}" >/run/rules
nft -f /run/rules >/run/nft 2>&1 || broken "nft: $(head -n 1 /run/nft)"
nfqhold -q 0 -n "$(parameter queue)" >/run/nfqhold 2>&1 &
holder=$!
wait_for 10 grep -q ready /run/nfqhold || broken "$(cat /run/nfqhold)"

# Runs beside the load.
hold_in_reserve() {
	sleep "$(parameter after)"
	# Waits for the load only, see 280-parked.
	drain 0 1 24576 || return
	kill -USR1 "$holder"
	# By so much that GFP_ATOMIC, which goes to 37.5 % of min, fails.
	drain 8 250 24576
}

swap_on
netswap_start
flood_start -b 2097152
counts_before
hold_in_reserve &
hold=$!
stress "$(parameter mib)" 1 "$(parameter procs)"
wait $hold || broken "drain failed"
quiesce
waited=$(awk '{ print $3 }' /proc/net/netfilter/nfnetlink_queue)
drops=$(counter PFMemallocDrop)
kill $holder
wait $holder
report waited "$waited"
report waited_in_reserve $(($(counter PFMemallocDrop) - drops))
flood_stop
counts_after
swap_off
netswap_stop

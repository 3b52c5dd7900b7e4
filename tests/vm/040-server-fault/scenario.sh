#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: swap survives a server that dies, resets, falls silent, or is far away
# pressure: none
# bins: bpfcount nbd.bpf.o
# param swap=nbd
# param fault=kill
# param patched=0	1: the kernel has kernel-patches/
# param late=0		1: replies of NBD are looked at late, see bpf/nbd.bpf.c
# param flood=none
# param guard=off	off, monitor, or on: netswap guard, see guest/guard.sh
# param client=nbdkeep	of NBD: nbdkeep, or nbd-client, which gives up
# param mib=224		MiB that the processes share
# param procs=4		processes
# param passes=1	times that all of it is written, and verified
# param seconds=20	that the load is repeated for, however fast the machine is
# param delay=5		ms, of fault=netem
# param loss=0.3	percent of packets, of fault=netem
# param min_free=8192	vm.min_free_kbytes, for a start with room to reconnect
# param hung=40		a client's own time limits come before it
#
# Some seconds after the load began, the host does to the server what the
# parameter says, resets twelve times; fault=netem delays what the guest sends,
# and loses some of it, from the start.  With late=1 a connection is likely to be
# replaced while a reply is read from it; with procs=16 there is somebody to send,
# and to learn that it ended.
#
# While there is no server nothing can be swapped out, so the way back to it must
# be found without memory that is not there: a new socket, its handshake, which is
# not SOCK_MEMALLOC yet, and all that the client's program itself allocates.  Then
# every request that was in flight must be sent again, exactly those, or contents
# are wrong.
#
# It would catch a client that fails requests with their connection (processes
# die of SIGBUS), one that waits for memory to reconnect (HUNG), and one that
# takes a lost write for done (CORRUPT).  With a flood and guard=on also a guard
# that drops the way back: none of it is SOCK_MEMALLOC when it is looked up first.

min_free=$(parameter min_free)
[ -z "$min_free" ] || echo "$min_free" >/proc/sys/vm/min_free_kbytes

swap_on
netswap_start
[ "$(parameter fault)" != netem ] ||
	netem_on "$(parameter delay)" "$(parameter loss)"
if [ "$FLOOD_PORT$FLOOD_UDP_PORT" ]; then
	echo "60000 60000 60000" >/proc/sys/net/ipv4/tcp_mem
	flood_start -n 16 -b $((2 << 20)) -r 32768
fi
[ "$(parameter late)" = 0 ] || bpf_count_start nbd.bpf.o
counts_before
start=$(cut -d . -f 1 /proc/uptime)
while :; do
	stress "$(parameter mib)" "$(parameter passes)" "$(parameter procs)"
	# What has failed once is not asked to swap in, or to disconnect.
	[ "$VERDICT" = COMPLETED ] || finish
	lasted=$(($(cut -d . -f 1 /proc/uptime) - start))
	[ $lasted -lt "$(parameter seconds)" ] || break
done
report lasted_seconds $lasted
[ "$(parameter fault)" != netem ] || netem_off
flood_stop
counts_after
[ "$(parameter late)" = 0 ] || bpf_count_stop late_replies \
	overtaken_replies
report reconnects "$(reconnects)"
dmesg | grep -E 'nbd|NFS:|nfs:|RPC:|I/O error|on swap-device' >/run/said
report_file said /run/said
swap_off
netswap_stop

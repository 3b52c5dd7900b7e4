#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: a workload of several times the memory completes over a network swap
# pressure: throttle reserve drop
# param swap=nbd
# param flood=none
# param guard=off	off, monitor, or on: netswap guard, see guest/guard.sh
# param mib=		MiB that the processes share (4 times the memory)
# param procs=		processes (8 per CPU)
# param passes=1	times that all of it is written, and verified
# param sinks=16	slow TCP receivers of the flood
# param rcvbuf=2097152	bytes of each receive buffer; the kernel doubles it
# param read=32768	bytes that each of them reads every 50 ms
# param tcp_mem=60000	pages that all TCP sockets may use together
# param min_free=	vm.min_free_kbytes (the kernel's default)
# param without=	hook types that netswap shall do without
#
# The workload of 2012: processes fill memory that does not fit with patterns
# and read it back, all of it through one connection, and with a flood slow
# receivers keep packets coming that nobody wants.  The machine survives by two
# protections: packets that came in on the reserve are dropped unless they are
# for the swap socket (PFMemallocDrop), and processes that reclaim are held
# back from the reserve (pgscan_direct_throttle).
#
# The flood is bounded by its receivers' buffers.  tcp_mem counts for the swap
# socket as well: at that limit its own packets time out.

mib=$(parameter mib)
procs=$(parameter procs)
tcp_mem=$(parameter tcp_mem)
min_free=$(parameter min_free)

report min_free_kbytes_default "$(cat /proc/sys/vm/min_free_kbytes)"
[ -z "$min_free" ] || echo "$min_free" >/proc/sys/vm/min_free_kbytes
[ -z "$tcp_mem" ] ||
	echo "$tcp_mem $tcp_mem $tcp_mem" >/proc/sys/net/ipv4/tcp_mem

swap_on
netswap_start
[ -z "$FLOOD_PORT$FLOOD_UDP_PORT" ] ||
	flood_start -n "$(parameter sinks)" -b "$(parameter rcvbuf)" \
		-r "$(parameter read)"
counts_before
stress "${mib:-$(($(parameter mem) * 4))}" "$(parameter passes)" \
	"${procs:-$((8 * $(parameter cpus)))}"
flood_stop
counts_after
netswap_audit audit.json
swap_off
netswap_report after-disconnect.json
netswap_audit audit-after.json
netswap_stop

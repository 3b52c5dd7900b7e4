#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: a BPF program can admit packets of the reserve to chosen sockets
# pressure: reserve
# bins: drain bpfcount admit.bpf.o
# param swap=nbd
# param flood=udp
# param rate=300
# param admit=1		0: without the program
# param mib=512		MiB that the processes share
# param procs=16	processes
#
# Datagrams come for ports that are even and odd, while watermarks go up and
# down over the free pages.  A program on pfmemalloc_admit() lets those for even
# ports through, where all that came from the reserve would be dropped.  Needs a
# kernel with kernel-patches/.

admit=$(parameter admit)

swap_on
netswap_start
flood_start
counts_before
[ "$admit" != 1 ] || bpf_count_start admit.bpf.o
drain 8 250 24576 &
drain_pid=$!
stress "$(parameter mib)" 1 "$(parameter procs)"
wait $drain_pid || broken "drain failed"
flood_stop
counts_after
[ "$admit" != 1 ] || bpf_count_stop asked admitted refused no_room
swap_off
netswap_stop

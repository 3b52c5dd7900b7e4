#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: what is lost on the way is sent again, however little memory there is
# pressure: none
# bins: bpfcount retransmit.bpf.o drain
# param swap=nfs41
# param fault=netem
# param delay=5		ms that all that the guest sends is late
# param loss=2		percent of packets that are lost
# param patched=0	1: the kernel has kernel-patches/
# param mib=208		MiB that the processes share
# param procs=8		processes
# param above=32768	KiB that min is put above the free pages
# param hold=1000	milliseconds that it stays there, and between
# param times=10
#
# A packet of several segments is split to send one of them again, which takes
# memory; in a timer, and by who receives an ACK, that was not of the reserve.
# With min far above what is free there is no other.  It would catch a
# connection that waits, for twice as long each time, for memory that only its
# own progress can free.

swap_on
netswap_start
netem_on "$(parameter delay)" "$(parameter loss)"
bpf_count_start retransmit.bpf.o
counts_before
drain "$(parameter times)" "$(parameter hold)" "$(parameter above)" &
drain_pid=$!
# What is free in a slab needs no page: let there be none.
while kill -0 $drain_pid; do
	echo 1 >/sys/kernel/slab/skbuff_small_head/shrink
	echo 1 >/sys/kernel/slab/skbuff_fclone_cache/shrink
	usleep 50000
done 2>/dev/null &
stress "$(parameter mib)" 1 "$(parameter procs)"
wait $drain_pid || broken "drain failed"
bpf_count_stop retransmissions failed_retransmissions
netem_off
counts_after
swap_off
netswap_stop

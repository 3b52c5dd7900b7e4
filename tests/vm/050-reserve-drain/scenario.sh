#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: a machine whose watermarks rise over its free pages reclaims itself out
# pressure: throttle reserve
# bins: drain
# param swap=nbd
# param mib=160		MiB that the processes share
# param procs=8		processes
# param passes=24	times that all of it is written, and verified
# param above=8192	KiB that min is put above the free pages
# param hold=1000	milliseconds that it stays there, and between
# param times=4
# param patched=0	1: the kernel has kernel-patches/
#
# The reserve gets into use not by a flood but by its own growth: short, and
# ended by the script, whatever happens.  It would catch reclaim that can't
# work below the watermarks, and a netswap that does not see the reserve used
# when nothing else is wrong.

swap_on
netswap_start
patched=$(parameter patched)
if [ "$patched" = 1 ]; then
	trace_start skb skb/skb_alloc_reserve
	skbs=$(counter skballoc_reserve)
fi
counts_before
drain "$(parameter times)" "$(parameter hold)" "$(parameter above)" &
drain_pid=$!
if [ "$patched" = 1 ]; then
	# What is free in a slab needs no page: let there be none.
	while kill -0 $drain_pid; do
		echo 1 >/sys/kernel/slab/skbuff_small_head/shrink
		usleep 50000
	done 2>/dev/null &
fi
stress "$(parameter mib)" "$(parameter passes)" "$(parameter procs)"
wait $drain_pid || broken "drain failed"
counts_after
if [ "$patched" = 1 ]; then
	report skb_alloc_reserve "$(trace_count skb)"
	report skballoc_reserve $(($(counter skballoc_reserve) - skbs))
fi
swap_off
netswap_stop

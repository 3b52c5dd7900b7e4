#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: a machine whose watermarks rise over its free pages reclaims itself out
# pressure: throttle reserve
# param swap=nbd
# param mib=160		MiB that the processes share
# param procs=8		processes
# param passes=24	times that all of it is written, and verified
# param above=8192	KiB that min is put above the free pages
# param hold=1		seconds that it stays there, and between
# param times=4
#
# The reserve gets into use not by a flood but by its own growth: short, and
# ended by the script, whatever happens.  It would catch reclaim that can't
# work below the watermarks, and a netswap that does not see the reserve used
# when nothing else is wrong.

MIN_FREE=/proc/sys/vm/min_free_kbytes

# Put min above what is free, stay so for a while, put it back; some times.
drain() {
	local before i kbytes limit

	before=$(cat $MIN_FREE)
	limit=$(($(parameter mem) * 1024 / 2))
	i=0
	while [ $i -lt "$(parameter times)" ]; do
		sleep "$(parameter hold)"
		kbytes=$(($(watermark free) * 4 + $(parameter above)))
		echo $((kbytes < limit ? kbytes : limit)) >$MIN_FREE
		sleep "$(parameter hold)"
		echo "$before" >$MIN_FREE
		i=$((i + 1))
	done
}

swap_on
netswap_start
counts_before
drain &
drain_pid=$!
stress "$(parameter mib)" "$(parameter passes)" "$(parameter procs)"
wait $drain_pid
counts_after
swap_off
netswap_stop

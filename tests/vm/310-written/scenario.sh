#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: who finds nothing but pages that are being written waits for them
# pressure: none
# bins: locked pageout
# param swap=nfs41
# param fault=silence
# param mib=5		MiB that are written out while the server is silent
# param excess=4608	KiB of them that somebody asks for meanwhile
#
# All other memory is locked, and the server is silent from the 5th second to the
# 10th.  What is written is within the bound on swap writes, else reclaimers wait
# for that.  It would catch a reclaimer that takes pages under writeback for
# sixteen tries without progress, which are a matter of milliseconds, and calls the
# OOM killer with all of them about to be free.

swap_on
# What is asked for shall not be in slabs, or on the lists of CPUs.
echo 1000 >/proc/sys/vm/percpu_pagelist_high_fraction
echo 3 >/proc/sys/vm/drop_caches
pager_start "$(parameter mib)"
above=8192
mkfifo /run/more
locked $(($(watermark min) * 4 + above)) $((above + $(parameter excess))) \
	</run/more >/run/locked 2>&1 &
locked=$!
exec 4>/run/more
wait_for 30 grep -q ready /run/locked || broken "locked: $(cat /run/locked)"
killed=$(counter oom_kill)
report phase load
sleep 6
echo out >&3
sleep 1
report writeback_pages "$(counter nr_writeback)"
echo >&4
wait $locked
report locked_status $?
report waited_seconds "$(sed -n 's/^seconds=//p' /run/locked)"
[ "$(counter oom_kill)" -eq "$killed" ] && verdict COMPLETED || verdict OOM-KILLED
page in || broken "pageout: $(tail -n 1 /run/paged)"
pager_stop
swap_off

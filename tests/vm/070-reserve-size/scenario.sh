#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: swapon reserves memory for what it needs, and swapoff gives it back
# pressure: none
# param swap=nfs41
# param reserves=0	1: the kernel has mm/mem_reserve.c, see kernel-patches/
#
# A stock kernel reserves nothing: its min watermark is what min_free_kbytes
# says.  A patched one adds what the connections and the writes in flight take,
# beside a min_free_kbytes that others change meanwhile, and takes just that
# away.

MIN_FREE=/proc/sys/vm/min_free_kbytes
before=$(cat $MIN_FREE)

report min_before "$(watermark min)"
swap_on
report min_on "$(watermark min)"
echo $((before + 400)) >$MIN_FREE
report min_on_more "$(watermark min)"
[ ! -e $RESERVES ] || report_file mem_reserve $RESERVES
swap_off
report min_off_more "$(watermark min)"
echo "$before" >$MIN_FREE
report min_after "$(watermark min)"
verdict COMPLETED

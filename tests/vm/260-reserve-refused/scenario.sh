#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: swapon fails, with a reason, where what it is to reserve is not there
# pressure: none
# param swap=nfs41
# param patched=0	1: the kernel has kernel-patches/
# param mem=1024
# param cpus=1		which has some free pages of its own
# param area=64		which itself takes little memory
# param left=500	pages above the min watermark: programs need some, too
#
# Memory is filled with what can't be reclaimed, but for less than is reserved.
# A stock kernel reserves nothing and does not refuse; a patched one does while
# there is memory to say so with, leaves nothing behind, and agrees when there
# is memory again.

# fill: but for what is to be left, with ramfs, which is never written back
fill() {
	free=$(awk '$1 == "MemFree:" { print $2 / 4 }' /proc/meminfo)
	# 64 of them take a node to be found by, and 7 nodes another page.
	count=$(((free - $(watermark min) - $(parameter left)) * 448 / 449))
	[ $count -gt 0 ] || return
	dd if=/dev/zero bs=4096 count=$count >>/ballast 2>/dev/null ||
		broken "dd failed"
}

# It is part of the min watermark for as long as it lasts.
echo 0 >/proc/sys/vm/watermark_boost_factor
# No more than 4 batches, which are not free for others.
echo 10000 >/proc/sys/vm/percpu_pagelist_high_fraction
report min_before "$(watermark min)"
swap_on
report min_on "$(watermark min)"
swapoff /mnt/file || broken "swapoff failed"
fill
swapon /mnt/file 2>/run/swapon || report refused "$(cat /run/swapon)"
report said "$(dmesg | grep -c 'no memory to reserve')"
[ -s /run/swapon ] || swapoff /mnt/file || broken "swapoff failed"
report min_full "$(watermark min)"
rm /ballast
swapon /mnt/file || broken "swapon failed, with memory again"
swap_off
report min_after "$(watermark min)"
verdict COMPLETED

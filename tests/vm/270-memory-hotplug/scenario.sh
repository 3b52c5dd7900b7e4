#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: what is reserved stays so when memory goes and comes back
# pressure: none
# param swap=nfs41
# param reserves=0	1: the kernel has mm/mem_reserve.c, see kernel-patches/
# param mem=1024
#
# The kernel computes all watermarks again then.  A block of memory is taken
# away while there is a swap area, which is switched off without it; and is
# given back while there is one again.

managed() {
	awk '$1 == "managed" { sum += $2 } END { print sum }' /proc/zoneinfo
}

# take_away: the first block that goes; one with holes, or with what can't be
# moved, does not.
take_away() {
	for block in /sys/devices/system/memory/memory*; do
		echo offline 2>/dev/null >"$block/state" && return
	done
	broken "no memory that goes: use a kernel *-debug"
}

report managed "$(managed)"
report min_before "$(watermark min)"
swap_on
report min_on "$(watermark min)"
take_away
report managed_less "$(managed)"
report min_on_less "$(watermark min)"
swap_off
report min_off_less "$(watermark min)"
swap_on
report min_on_again "$(watermark min)"
echo online_kernel >"$block/state" || broken "$block does not come back"
report managed_after "$(managed)"
report min_on_after "$(watermark min)"
swap_off
report min_off_after "$(watermark min)"
verdict COMPLETED

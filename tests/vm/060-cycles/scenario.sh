#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: connecting and swapping on and off a hundred times leaves nothing
# pressure: none
# param swap=nbd
# param cycles=100	times
# param leak=0		what memalloc_socks_key grows by in each
#
# SOCK_MEMALLOC is set on a socket and counted in a static key by swapon or by
# connecting, and must be cleared and counted down by the opposite.  A kernel
# that forgets it keeps every later kernel from dropping what landed in the
# reserve cheaply; one that does it twice warns of a negative key.

cycles=$(parameter cycles)

# Memory that the kernel itself holds, after what can be given back was.
kernel_kbytes() {
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^(Slab|KernelStack|PageTables|VmallocUsed|Percpu):/ { sum += $2 }
	     END { print sum }' /proc/meminfo
}

netswap_start
# The first ones fill caches that stay.
for _ in 1 2 3; do swap_on; swap_off; done
report kbytes_before "$(kernel_kbytes)"
netswap_report before.json
report phase load
i=0
while [ $i -lt "$cycles" ]; do
	swap_on
	swap_off
	i=$((i + 1))
done
# What is freed after a grace period.
sleep 1
report kbytes_after "$(kernel_kbytes)"
netswap_report after.json
netswap_stop
verdict COMPLETED

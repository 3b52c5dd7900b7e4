#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: swap I/O over NFS goes on when its own requests can't be allocated
# pressure: none
# bins: pageout
# param swap=nfs41
# param mem=1024
# param patched=0	1: the kernel has kernel-patches/
# param mib=2		MiB: fewer requests at a time than there are in a mempool
#
# Memory is not short: a kernel with CONFIG_FAILSLAB (6.12-debug) refuses all
# objects of the two caches that requests of NFS are from.  Without mempools
# what was to be written is not, and who reads a page gets SIGBUS.

FAILSLAB=/sys/kernel/debug/failslab

refuse() {
	echo "$1" >$FAILSLAB/probability
}

[ -d $FAILSLAB ] || broken "no failslab: needs a kernel with CONFIG_FAILSLAB"
for cache in nfs_direct_cache nfs_read_data; do
	echo 1 >/sys/kernel/slab/$cache/failslab || broken "failslab: $cache"
done
echo Y >$FAILSLAB/cache-filter
echo N >$FAILSLAB/ignore-gfp-wait
echo -1 >$FAILSLAB/times
echo 0 >$FAILSLAB/verbose

swap_on
pager_start "$(parameter mib)"
report phase load
out=$(counter pswpout)
refuse 100
page out || broken "pageout: $(tail -n 1 /run/paged)"
all_written_back || broken "swap writes do not end"
refuse 0
report write_errors "$(dmesg | grep -c 'Write error .* on dio swapfile')"
report written $(($(counter pswpout) - out))
# What failed is in the swap cache, where "page out" does not find it.
page in || broken "pageout: $(tail -n 1 /run/paged)"
page_all_out
in=$(counter pswpin)
refuse 100
page in && report read_back yes || report read_back no
refuse 0
report read $(($(counter pswpin) - in))
pager_stop
swap_off
verdict COMPLETED

#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: SELinux does not take its cache from the reserve
# pressure: none
# param swap=none
# param mem=1024
# param patched=0	1: the kernel has kernel-patches/
#
# A kernel with SELinux (6.12-debug) and no policy allows everything, and caches
# that.  Each change of enforce empties the cache, which every access then fills
# again; the flags of these allocations are what is looked at.

SELINUX=/sys/fs/selinux

mount -t selinuxfs selinuxfs $SELINUX 2>/dev/null ||
	broken "no SELinux: needs 6.12-debug or 6.12-patched-debug"
trace_start avc kmem/kmem_cache_alloc \
	"bytes_req == $(cat /sys/kernel/slab/avc_node/object_size)"
report phase load
i=0
while [ $i -lt 20 ]; do
	echo $((1 - $(cat $SELINUX/enforce))) >$SELINUX/enforce ||
		broken "enforce can't be changed"
	i=$((i + 1))
done
echo 0 >"$TRACING/avc/events/enable"
grep 'call_site=avc_' "$TRACING/avc/trace" >/run/avc
report cached "$(grep -c . /run/avc)"
report no_reserve "$(grep -c __GFP_NOMEMALLOC /run/avc)"
verdict COMPLETED

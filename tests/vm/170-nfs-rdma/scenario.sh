#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: swap over NFS over RDMA may use the reserve
# pressure: none
# bins: pageout rdma
# param swap=none
# param patched=0	1: the kernel has kernel-patches/
# param mib=16		MiB that are written to swap and read back
#
# Both ends are in the guest, with soft-RoCE on its network card.  A stock kernel
# swaps there, but what it allocates for RDMA may never come from the reserve,
# and its connections are made on a workqueue without a rescuer.

PORT=20049
NOMEMALLOC=$((1 << 19))		# ___GFP_NOMEMALLOC of 6.12

rdma link add rxe0 type rxe netdev "$INTERFACE" >/run/rdma 2>&1 ||
	broken "rdma: $(tail -n 1 /run/rdma)"
trace_start work workqueue/workqueue_queue_work \
	'workqueue == "events_long" || workqueue == "xprtrdma"'
trace_start refused kmem/kmalloc "gfp_flags & $NOMEMALLOC"
nfsd_start rdma $PORT
nfsd_mount rdma $PORT
report phase load
swapon /mnt/file || broken "swapon failed"
pager_start "$(parameter mib)"
out=$(counter pswpout)
page_all_out
report written $(($(counter pswpout) - out))
in=$(counter pswpin)
page in || broken "pageout: $(tail -n 1 /run/paged)"
report read $(($(counter pswpin) - in))
pager_stop
grep xprt_rdma_connect_worker "$TRACING/work/trace" |
	sed -nE 's/.*workqueue=([^ ]+).*/\1/p' | sort -u >/run/connected
report_file connected_by /run/connected
report without_reserve "$(grep -cE 'call_site=(xprt_)?rpcrdma_' \
	"$TRACING/refused/trace")"
swapoff /mnt/file || broken "swapoff failed"
umount /mnt || broken "umount failed"
verdict COMPLETED

#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: what swaps over NFS does not itself wait for memory
# pressure: none
# bins: bpfcount nfs.bpf.o
# param swap=nfs41
# param patched=0	1: the kernel has kernel-patches/
# param mib=288		MiB that the processes share
# param procs=4		processes
# param min_free=8192	vm.min_free_kbytes: stock kernels survive with it
# param seconds=20	that the load is repeated for: some leases long
#
# On a stock kernel reads from swap are tasks without PF_MEMALLOC, as are others
# that hold a slot of the session; the lease is renewed from a workqueue that has
# no rescuer, state is recovered by a thread that may reclaim, the area is taken
# for a rotating disk, and bio_vecs are read when they may be freed.  A patched
# kernel does each of them otherwise, see kernel-patches/.  Tasks of RPC are seen
# by their flags, the workqueue by its tracepoint, the thread by BPF on another,
# and so is who turns an iov_iter back.

RPC_TASK_SWAPPER=2

# operations NAME: that the mount has done
operations() {
	awk -v name="$1:" '/ mounted on \/mnt / { ours = 1 }
		ours && $1 == name { print $2; exit }' /proc/self/mountstats
}

parameter min_free >/proc/sys/vm/min_free_kbytes
bpf_count_start nfs.bpf.o
swap_on
# Requests that are not for swap, and hold a slot like those.
: >/mnt/opened && rm /mnt/opened || broken "no file can be made"
report solid_state "$(dmesg | grep -c 'Adding .* swap on /mnt/file.* SS')"
trace_start swapper sunrpc/rpc_task_begin "flags & $RPC_TASK_SWAPPER"
trace_start work workqueue/workqueue_queue_work \
	'workqueue == "events" || workqueue == "nfsiod"'
reads=$(operations READ)
writes=$(operations WRITE)
attributes=$(operations GETATTR)
start=$(cut -d . -f 1 /proc/uptime)
while :; do
	stress "$(parameter mib)" 1 "$(parameter procs)"
	[ "$VERDICT" = COMPLETED ] || finish
	[ $(($(cut -d . -f 1 /proc/uptime) - start)) -lt \
		"$(parameter seconds)" ] || break
done
all_written_back || broken "swap writes do not end"
report reads $(($(operations READ) - reads))
report writes $(($(operations WRITE) - writes))
report attribute_reads $(($(operations GETATTR) - attributes))
report swapper_tasks "$(trace_count swapper)"
grep nfs4_renew_state "$TRACING/work/trace" |
	sed -nE 's/.*workqueue=([^ ]+).*/\1/p' | sort -u >/run/renewed
report_file renewed_by /run/renewed
bpf_count_stop manager_turns manager_memalloc waiters reverts
swap_off

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
# param slots=4		of the session, so that tasks wait for one
#
# On a stock kernel reads from swap are tasks without PF_MEMALLOC, as are others
# that hold a slot of the session; the lease is renewed from a workqueue that has
# no rescuer, state is recovered by a thread that may reclaim, the area is taken
# for a rotating disk, and bio_vecs are read when they may be freed.  A patched
# kernel does each of them otherwise, see kernel-patches/.  Tasks of RPC are seen
# by their flags, the workqueue by its tracepoint, the thread by BPF on another,
# and so is who turns an iov_iter back.
#
# There is a gssd that has no credential for the server, so the client's lease
# falls back from krb5 to AUTH_UNIX: a stock kernel does not keep the thread then.

RPC_TASK_SWAPPER=2
RPC_PIPES=/run/rpc_pipefs

# Answers each upcall: uid 0, no lifetime, no window, and then an error, EACCES.
refuse() {
	local upcall

	while read -r upcall <&4; do
		echo "$upcall" >>/run/upcalls
		printf '\0\0\0\0\0\0\0\0\0\0\0\0\363\377\377\377' >&4
	done 4<>"$1"
}

gssd_without_credential() {
	local pipe

	mkdir $RPC_PIPES
	mount -t rpc_pipefs rpc_pipefs $RPC_PIPES || broken "no rpc_pipefs"
	: >/run/upcalls
	# A gssd is there while that is open.
	exec 5<>$RPC_PIPES/gssd/clntXX/gssd
	{
		until pipe=$(ls $RPC_PIPES/nfs/clnt*/gssd 2>/dev/null); do
			usleep 20000
		done
		refuse "$pipe"
	} &
}

# Requests that are not for swap, and hold a slot like those.
make_files() {
	until [ -e /run/made ]; do
		: >/mnt/opened && rm /mnt/opened || return
	done
}

managers() {
	cat /proc/[0-9]*/comm 2>/dev/null | grep -c -- '-manage'
}

no_manager() {
	[ "$(managers)" = 0 ]
}

# operations NAME: that the mount has done
operations() {
	awk -v name="$1:" '/ mounted on \/mnt / { ours = 1 }
		ours && $1 == name { print $2; exit }' /proc/self/mountstats
}

parameter min_free >/proc/sys/vm/min_free_kbytes
parameter slots >/sys/module/nfs/parameters/max_session_slots
gssd_without_credential
bpf_count_start nfs.bpf.o
swap_on
make_files &
maker=$!
report solid_state "$(dmesg | grep -c 'Adding .* swap on /mnt/file.* SS')"
trace_start swapper sunrpc/rpc_task_begin "flags & $RPC_TASK_SWAPPER"
trace_start work workqueue/workqueue_queue_work \
	'workqueue == "events" || workqueue == "nfs4renewd"'
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
: >/run/made
wait $maker || broken "no file can be made"
all_written_back || broken "swap writes do not end"
report reads $(($(operations READ) - reads))
report writes $(($(operations WRITE) - writes))
report attribute_reads $(($(operations GETATTR) - attributes))
report swapper_tasks "$(trace_count swapper)"
grep nfs4_renew_state "$TRACING/work/trace" |
	sed -nE 's/.*workqueue=([^ ]+).*/\1/p' | sort -u >/run/renewed
report_file renewed_by /run/renewed
report upcalls "$(wc -l </run/upcalls)"
report managers "$(managers)"
bpf_count_stop manager_turns manager_memalloc waiters reverts
swap_off
wait_for 5 no_manager
report managers_after "$(managers)"

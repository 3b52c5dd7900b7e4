#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A stock guest that swaps over NFS: what netswap counted is, exactly, what the
# kernel counted; sunrpc's socket is told by its owner while it swaps, and is
# gone after swapoff, without a leak of memalloc_socks_key: unlike NBD, sunrpc
# clears what it set.  Once with the best hooks and once with kprobes, on each
# kernel.
#
# The bytes are equal only because no request failed: a failed write is an
# error to netswap and was no less counted as pswpout by 6.12, which counts when
# it starts the write (swap_writepage_fs()); 6.1 counts in sio_write_complete().
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/vm.sh"
need_vm
command -v ganesha.nfsd >/dev/null || skip_all "needs ganesha.nfsd"
[ "$(id -u)" = 0 ] || skip_all "ganesha.nfsd needs root"

field() { jq -r "$1" "$tmp/netswap.json"; }
after() { jq -r "$1" "$tmp/after.json"; }
value() { sed -n "s/^$1=//p" "$tmp/out/result.txt" | head -n 1; }

exec 3>&1		# for what must be seen from inside a redirection

# What a guest that did not complete has to say, before $tmp goes away.
why_not() {
	grep -hE '^(stress_|broken_reason|hung_)' "$tmp/out/result.txt"
	grep -hE -A 12 'BUG:|Oops|general protection|Out of memory' \
		"$tmp/out/result.txt" "$tmp/out/console.log"
}

# run KERNEL WITHOUT: boot, load, swap.  A stock kernel does not always survive
# this (nothing bounds its writes to a swap file); that is not what is tested
# here, so such a run is repeated, and said.
run() {
	local try
	for try in 1 2 3; do
		vm_run --kernel "$1" --mem 256 --cpus 2 --timeout 170 \
			--scenario "$TESTS/vm/040-nfs-swap/scenario.sh" \
			--append "netswap.without=$2" --bin "$NETSWAP"
		grep -q 'ganesha.nfsd does not export' "$tmp/run.log" && return 1
		[ "$(value verdict)" = COMPLETED ] && break
		echo "# $1, try $try: $(value verdict)" >&3
		why_not | sed 's/^/# /' | head -n 60 >&3
	done
	"$TESTS/vm/extract.sh" "$tmp/out" netswap.json >"$tmp/netswap.json"
	"$TESTS/vm/extract.sh" "$tmp/out" after-disconnect.json \
		>"$tmp/after.json"
}

# check_path out|in PSWP: all of one direction
check_path() {
	is "$name: NFS swap-$1 bytes = $2 pages" \
		"$(field ".counters.swap_bytes_nfs_$1")" \
		"$(($(value "delta_$2") * 4096))"
	is "$name: a latency for each swap-$1 request" \
		"$(field ".histograms.swap_latency_ns_nfs_$1.count")" \
		"$(field ".counters.swap_requests_nfs_$1")"
}

check() {
	local name="$1${2:+ without $2}" socket

	if ! run "$1" "$2" >"$tmp/run.log" 2>&1; then
		# Not every file system has the file handles that it takes.
		if grep -q 'ganesha.nfsd does not export' "$tmp/run.log"; then
			skip "$name" "$(tail -n 1 "$tmp/run.log")"
			return
		fi
		ok "$name: the lab ran" sed 1,200p "$tmp/run.log" /dev/full
		return
	fi
	is "$name: workload" "$(value verdict)" COMPLETED
	ok "$name: it swapped out" [ "$(value delta_pswpout)" -gt 1000 ]
	ok "$name: it swapped in" [ "$(value delta_pswpin)" -gt 1000 ]
	is "$name: no swap request failed" \
		"$(field .counters.swap_errors_fs)" 0
	check_path out pswpout
	check_path in pswpin
	is "$name: none was taken for another path" "$(field \
		'[.counters | to_entries[] | select(.key | test(
		"^swap_bytes_(?!nfs_)")) | .value] | add')" 0
	is "$name: throttles = pgscan_direct_throttle" \
		"$(field .counters.throttle)" \
		"$(value delta_pgscan_direct_throttle)"
	is "$name: all throttled tasks went on" \
		"$(field .gauges.throttled_tasks)" 0
	is "$name: direct reclaims = allocstall" \
		"$(field .counters.direct_reclaim)" \
		"$(field .kernel_counters.kernel_allocstall)"
	socket="nfs 10.0.2.2:$(value nfs_port)"
	is "$name: sunrpc's socket, and no other, is listed with its owner" \
		"$(field '.sockets[] | "\(.owner) \(.remote_address):\(.remote_port)"')" \
		"$socket"
	is "$name: the key counts it" "$(field .gauges.memalloc_socks_key)" 1
	is "$name: no socket after swapoff" "$(after '.sockets | length')" 0
	is "$name: the key is 0 after swapoff" \
		"$(after .gauges.memalloc_socks_key)" 0
	is "$name: no leak, then or now" "$(jq -s '[.[] |
		.gauges.memalloc_key_leaked,
		(.events[] | select(.event == "leak") | 1)] | add' \
		"$tmp/netswap.json" "$tmp/after.json")" 0
	is "$name: nothing went unrecorded" "$(field \
		'[.counters | .lost_table, .lost_task, .lost_io] | add')" 0
}

for kernel in 6.12-cloud 6.1-cloud; do
	if ! "$TESTS/vm/kernel.sh" $kernel >"$tmp/kernel.log" 2>&1; then
		skip "$kernel" "$(tail -n 1 "$tmp/kernel.log")"
		continue
	fi
	check $kernel ""
	# kprobes; sio_*_complete() and their like have no tracepoints.
	check $kernel fentry,fexit
done
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A stock guest that swaps over NBD under a flood: what netswap counted is,
# exactly, what the kernel counted; and after the disconnect it tells the leak
# of memalloc_socks_key.  Once with the best hooks and once with fallbacks
# only, on each kernel.
#
# A run in which no packet was dropped or no task throttled shows nothing, and
# neither does one that a stock kernel did not survive: it is repeated, which
# is said, and fails the test after three.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/vm.sh"
need_vm
exec 3>&1		# for what must be seen from inside a redirection

field() { jq "$1" "$tmp/netswap.json"; }
value() { sed -n "s/^$1=//p" "$tmp/out/result.txt"; }

# once KERNEL PARAMETERS...: boot, load, swap
once() {
	vm_run --kernel "$1" --mem 256 --cpus 2 --timeout 170 \
		--scenario "$TESTS/vm/010-nbd-swap-flood/scenario.sh" \
		--append "$2" --bin "$NETSWAP" "${@:3}"
}

extract_all() {
	extract netswap.json >"$tmp/netswap.json"
	extract after-disconnect.json >"$tmp/after.json"
}

# run KERNEL WITHOUT: up to three times until under pressure
run() {
	local try
	for try in 1 2 3; do
		once "$1" "netswap.without=$2" || continue
		[ "$(value verdict)" = COMPLETED ] &&
			[ "$(value delta_PFMemallocDrop)" -gt 0 ] &&
			[ "$(value delta_pgscan_direct_throttle)" -gt 0 ] &&
			break
		echo "# $1, try $try: $(value verdict), or no pressure" >&3
	done
	extract_all
}

extract() { "$TESTS/vm/extract.sh" "$tmp/out" "$1"; }

check() {
	local name="$1${2:+ without $2}"

	if ! run "$1" "$2" >"$tmp/run.log" 2>&1; then
		ok "$name: the lab ran" sed 1,200p "$tmp/run.log" /dev/full
		return
	fi
	is "$name: workload" "$(value verdict)" COMPLETED
	ok "$name: packets were dropped" \
		[ "$(value delta_PFMemallocDrop)" -gt 0 ]
	ok "$name: tasks were throttled" \
		[ "$(value delta_pgscan_direct_throttle)" -gt 0 ]
	ok "$name: the reserve was used" [ "$(field .counters.reserve_allocs)" -gt 0 ]
	is "$name: drops = PFMemallocDrop" \
		"$(field .counters.pfmemalloc_drops_sk_filter)" \
		"$(value delta_PFMemallocDrop)"
	is "$name: throttles = pgscan_direct_throttle" \
		"$(field .counters.throttle)" \
		"$(value delta_pgscan_direct_throttle)"
	is "$name: all throttled tasks went on" \
		"$(field .gauges.throttled_tasks)" 0
	is "$name: NBD swap-out bytes = pswpout pages" \
		"$(field .counters.swap_bytes_nbd_out)" \
		"$(($(value delta_pswpout) * 4096))"
	is "$name: NBD swap-in bytes = pswpin pages" \
		"$(field .counters.swap_bytes_nbd_in)" \
		"$(($(value delta_pswpin) * 4096))"
	is "$name: direct reclaims = allocstall" \
		"$(field .counters.direct_reclaim)" \
		"$(field .kernel_counters.kernel_allocstall)"
	ok "$name: low water was below min" \
		[ "$(field '[.zones[].low_water_pages] | min')" -lt 0 ]
	is "$name: the NBD socket is listed, with its owner" \
		"$(field '.sockets[0].owner + " " + .sockets[0].remote_address')" \
		'"nbd 10.0.2.2"'
	is "$name: no leak while connected" \
		"$(field .gauges.memalloc_key_leaked)" 0
	is "$name: leak told after the disconnect" \
		"$(jq .gauges.memalloc_key_leaked "$tmp/after.json")" 1
	is "$name: as an event too" \
		"$(jq '[.events[] | select(.event == "leak")] | length' \
		"$tmp/after.json")" 1
	is "$name: audit follows the swap area to its socket" \
		"$(extract audit.json | jq -c '.areas[0] |
		[.path, .class, .hops[0].name, .hops[0].protected]')" \
		'["/dev/nbd0","nbd","nbd0",true]'
	is "$name: audit finds the leak" "$(extract audit-after.json |
		jq '[.findings[] | select(.id == "key-leaked")] | length')" 1
	is "$name: nothing went unrecorded" "$(field \
		'[.counters | .lost_table, .lost_task, .lost_io] | add')" 0
}

# The gate in front of the reserve count must lose nothing: as many as the
# reference found, give or take the runs that the kernel skipped of either.
same_as_reference() {
	local ours ref misses
	ours=$(field .counters.reserve_allocs)
	ref=$(extract reference.json | jq \
		'[.[].formatted.value.counter[0]] | add')
	misses=$(($(extract status.json | jq '[.programs[] |
		select(.program | startswith("nsw_pg_alloc")) | .misses] |
		add') + $(extract reference-prog.json |
		jq '.recursion_misses // 0')))
	echo "ours $ours, reference $ref, skipped by the kernel $misses"
	[ "$ref" -gt 0 ] && [ $((ours - ref)) -le "$misses" ] &&
		[ $((ref - ours)) -le "$misses" ]
}

check_gate() {
	if ! once "$1" netswap.reference=1 --bin "$(command -v bpftool)" \
		--bin "$BUILD/tests/tplink" \
		--bin "$BUILD/bpf/optional/page_alloc_raw.bpf.o" \
		>"$tmp/run.log" 2>&1 || ! extract_all; then
		ok "$1: the lab ran" sed 1,200p "$tmp/run.log" /dev/full
		return
	fi
	ok "$1: reserve allocations as a program without a gate counts them" \
		same_as_reference
}

for kernel in 6.12-cloud 6.1-cloud; do
	if ! "$TESTS/vm/kernel.sh" $kernel >"$tmp/kernel.log" 2>&1; then
		skip "$kernel" "$(tail -n 1 "$tmp/kernel.log")"
		continue
	fi
	check $kernel ""
	# Raw tracepoints and kprobes; drops by kfree_skb's reason.
	check $kernel fentry,fexit,tp_btf
	check_gate $kernel
done
done_testing

#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# needs: flood
#
# 010-nbd-swap-flood: swap over NBD while other sockets take all the memory
#
# 16 processes write and verify twice as much memory as the flood leaves them,
# all of it through one TCP connection, while 16 slow receivers keep packets coming
# that nobody wants.  Stock kernels survive that with a driver that refills its
# receive ring without reclaim, and in surviving they use both protections
# which netswap explains: packets that came in on the reserve are dropped unless
# they are for the swap socket (PFMemallocDrop), and processes which reclaim are
# held back from the reserve (pgscan_direct_throttle).  It would catch a
# netswap that misses either, or disturbs a machine at its limit.

MIB=320
PASSES=1
PROCESSES=16

# The flood is bounded by its receivers' buffers, 16 times 4 MiB after the
# kernel's doubling, and not by tcp_mem: the swap socket is under tcp_mem too,
# and at that limit its own packets time out.  Full buffers that are read on
# keep packets coming at a steady rate.
RCVBUF_BYTES=$((2 << 20))
READ_BYTES=32768
TCP_MEM_PAGES=60000

counters="PFMemallocDrop pgscan_direct_throttle pswpin pswpout oom_kill"

# netswap is optional: without it this is a test of the kernel alone.
if [ -x /bin/netswap ]; then
	netswap=netswap
else
	netswap=:
fi

# netswap_report NAME
netswap_report() {
	[ $netswap = : ] && return
	netswap show --json >"/run/$1"
	report "netswap_show_status" $?
	report_file "$1" "/run/$1"
}

# netswap_audit NAME
netswap_audit() {
	[ $netswap = : ] && return
	netswap audit --json >"/run/$1"
	report_file "$1" "/run/$1"
}

echo "$TCP_MEM_PAGES $TCP_MEM_PAGES $TCP_MEM_PAGES" >/proc/sys/net/ipv4/tcp_mem

swap_on_nbd
# netswap.without=TYPES: try the fallbacks of these hook types.
without=$(parameter without)
$netswap load ${without:+--without "$without"} ||
	broken "netswap load failed"

report free_pages_before "$(watermark free)"
report min_pages "$(watermark min)"
flood_start -n 16 -b $RCVBUF_BYTES -r $READ_BYTES

# netswap.reference=1: the same count by a program that looks at every
# allocation, not only at those while memory is short.  page_alloc_raw alone has
# no tick, and so nothing closes its gate.  It costs so much that the pressure
# is another: no drops and no throttles to be expected.
REF=/sys/fs/bpf/ref
ref_pid=
if [ "$(parameter reference)" ]; then
	bpftool prog loadall /bin/page_alloc_raw.bpf.o $REF >/dev/null 2>&1 ||
		broken "the reference does not load"
	tplink $REF/nsw_pg_alloc_r mm_page_alloc >/dev/null &
	ref_pid=$!
fi

# netswap.record=1: leave a recording of the run as well.
record_pid=
if [ "$(parameter record)" ]; then
	netswap record -i 1 -o /run/record &
	record_pid=$!
fi

for name in $counters; do
	eval "before_$name=$(counter "$name")"
done
stress $MIB $PASSES $PROCESSES
report free_pages_after "$(watermark free)"

flood_stop
quiesce
for name in $counters; do
	before=$(eval "echo \$before_$name")
	after=$(counter "$name")
	report "before_$name" "$before"
	report "after_$name" "$after"
	report "delta_$name" $((after - before))
done
netswap_report netswap.json
netswap_audit audit.json
if [ "$ref_pid" ]; then
	for id in $(bpftool prog show pinned $REF/nsw_pg_alloc_r |
		    sed -n 's/.*map_ids //p' | cut -d ' ' -f 1 | tr , ' '); do
		bpftool map show id "$id" | grep -q 'name nsw_cpus' || continue
		bpftool -j map dump id "$id" >/run/reference
		report_file reference.json /run/reference
	done
	bpftool -j prog show pinned $REF/nsw_pg_alloc_r >/run/reference-prog
	report_file reference-prog.json /run/reference-prog
	netswap status --json >/run/status
	report_file status.json /run/status
	kill "$ref_pid"
	rm -rf $REF
fi
if [ "$record_pid" ]; then
	kill "$record_pid"
	wait "$record_pid"
	report_file record.jsonl /run/record
fi

swap_off_nbd
netswap_report after-disconnect.json
netswap_audit audit-after.json
$netswap unload || broken "netswap unload failed"

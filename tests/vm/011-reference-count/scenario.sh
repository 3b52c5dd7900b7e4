#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: the gate in front of netswap's reserve count loses no allocation
# pressure: reserve
# bins: bpftool tplink page_alloc_raw.bpf.o
# param flood=tcp
#
# The same count by a program that looks at every allocation, not only at those
# while memory is short: page_alloc_raw alone has no tick, and so nothing closes
# its gate.  It costs so much that the pressure is another: no drops and no
# throttles to be expected.

REF=/sys/fs/bpf/ref

echo "60000 60000 60000" >/proc/sys/net/ipv4/tcp_mem
swap_on
netswap_start
flood_start -n 16 -b $((2 << 20)) -r 32768
bpftool prog loadall /bin/page_alloc_raw.bpf.o $REF >/dev/null 2>&1 ||
	broken "the reference does not load"
tplink $REF/nsw_pg_alloc_r mm_page_alloc >/dev/null &
ref_pid=$!
counts_before
stress 320 1 16
flood_stop
counts_after
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
swap_off
netswap_stop

#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# needs: nfs
#
# 040-nfs-swap: swap over NFS 4.1
#
# Four processes write and verify more memory than the guest has, all that does
# not fit to a file on an NFS server.  It would catch a netswap that misses a
# swap request of that path or counts it twice, or that takes sunrpc's socket
# for anyone else's.
#
# Nothing bounds the swap writes which a stock kernel has in flight to a file
# system, and it can run out of memory by them, with swap space free.  So there
# is no flood, and a reserve of more than four times the default, out of which
# replies can still be received when throttle_direct_reclaim() holds the load.

MIN_FREE_KBYTES=8192
MIB=288
PASSES=1
PROCESSES=4

counters="pgscan_direct_throttle pswpin pswpout oom_kill"

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

# 6.12 counts pswpout when a write begins, and one may take seconds to end.
all_written() {
	cat /proc/sys/vm/stat_refresh	# folds in what each CPU holds back
	[ "$(counter nr_writeback)" = 0 ]
}

report min_free_kbytes_default "$(cat /proc/sys/vm/min_free_kbytes)"
echo $MIN_FREE_KBYTES >/proc/sys/vm/min_free_kbytes
swap_on_nfs "$(parameter nfs_version)"
# netswap.without=TYPES: try the fallbacks of these hook types.
without=$(parameter without)
$netswap load ${without:+--without "$without"} ||
	broken "netswap load failed"

report free_pages_before "$(watermark free)"
report min_pages "$(watermark min)"
for name in $counters; do
	eval "before_$name=$(counter "$name")"
done
stress $MIB $PASSES $PROCESSES
wait_for 60 all_written || broken "swap writes do not end"
quiesce
for name in $counters; do
	before=$(eval "echo \$before_$name")
	after=$(counter "$name")
	report "before_$name" "$before"
	report "after_$name" "$after"
	report "delta_$name" $((after - before))
done
netswap_report netswap.json

swap_off_nfs
netswap_report after-disconnect.json
$netswap unload || broken "netswap unload failed"

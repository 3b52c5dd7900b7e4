#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: swap on a file with a pNFS layout goes to the server that was mounted
# pressure: none
# bins: pageout rpcbind
# param swap=none
# param patched=0	1: the kernel has kernel-patches/
# param mib=16		MiB that are written to swap and read back
#
# The server is in the guest, and hands out flex-file layouts that lead to
# itself, by NFSv3: another transport, which nobody told of the swap area.

PORT=2049
PNFS=$((0x20000))	# NFSEXP_PNFS

READ=6 WRITE=7		# of NFSv3: what goes to a data server

# asked PROCEDURE: how often data servers were; the mount's statistics have
# what they did as if the server itself had.
asked() {
	awk -v field=$((3 + $1)) '$1 == "proc3" { print $field }' \
		/proc/net/rpc/nfs
}

layouts() {
	awk '/ mounted on \/mnt / { ours = 1 }
		ours && $1 == "LAYOUTGET:" { print $2; exit }' \
		/proc/self/mountstats
}

# The server does not start NFSv3 without it.
printf '%s\n' 'local tpi_cots_ord - loopback - - -' \
	'tcp tpi_cots_ord v inet tcp - -' 'udp tpi_clts v inet udp - -' \
	>/etc/netconfig
printf 'sunrpc 111/%s portmapper\n' tcp udp >/etc/services
echo '_rpc:x:0:0::/:' >/etc/passwd
rpcbind 2>/run/rpcbind || broken "rpcbind: $(tail -n 1 /run/rpcbind)"
wait_for 10 grep -q ':006F 00000000:0000 0A' /proc/net/tcp ||
	broken "rpcbind does not listen"
nfsd_start tcp $PORT $PNFS
nfsd_mount tcp $PORT
# A layout for what is not swap: the server does hand them out.
dd if=/dev/zero of=/mnt/other bs=1M count=1 conv=fsync 2>/dev/null
report layouts "$(layouts)"
report asked "$(asked $WRITE)"
report phase load
swapon /mnt/file || broken "swapon failed"
reads=$(asked $READ)
writes=$(asked $WRITE)
pager_start "$(parameter mib)"
page_all_out
page in || broken "pageout: $(tail -n 1 /run/paged)"
pager_stop
report writes $(($(asked $WRITE) - writes))
report reads $(($(asked $READ) - reads))
swapoff /mnt/file || broken "swapoff failed"
umount /mnt || broken "umount failed"
verdict COMPLETED

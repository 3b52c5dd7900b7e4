#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: a transport that an NFS client gets after swapon may use the reserve
# pressure: none
# bins: nft
# param swap=nfs41
# param patched=0	1: the kernel has kernel-patches/
#
# The server is mounted once more, by another address, which a firewall rule
# leads to the same place.  The client finds that it is the same server, and
# uses both connections for what the first mount does (trunking).  A stock
# kernel swaps over the second without SOCK_MEMALLOC, and its count of swap
# areas is below zero after swapoff: the next swapon does not mark it either.

OTHER=10.0.2.99

# Transports of the first mount.
transports() {
	awk '/^device / { ours = / mounted on \/mnt / }
	     ours && $1 == "xprt:" { sum++ }
	     END { print sum + 0 }' /proc/self/mountstats
}

two_transports() {
	[ "$(transports)" = 2 ]
}

swap_on_trunked() {
	swapon /mnt/file 2>/run/swapon ||
		broken "swapon: $(tail -n 1 /run/swapon)"
}

PORT=$(parameter server_port)
options="vers=4.1,port=$PORT,clientaddr=$GUEST,max_connect=4"
echo "table ip other {
	chain out {
		type nat hook output priority -100;
		ip daddr $OTHER dnat to $HOST
	}
}" >/run/rules
nft -f /run/rules >/run/nft 2>&1 || broken "nft: $(head -n 1 /run/nft)"

netswap_start
netswap_report before.json
swap_on_nfs nfs4 "$options"
netswap_report one.json
report transports_one "$(transports)"
mkdir -p /mnt2
mount -t nfs4 -o "$options,proto=tcp,addr=$OTHER,sec=sys,hard" \
	$OTHER:/swap /mnt2 >/run/mount 2>&1 ||
	broken "mount: $(tail -n 1 /run/mount)"
wait_for 10 two_transports || broken "the client does not trunk"
netswap_report two.json
swapoff /mnt/file || broken "swapoff failed"
sleep 2
netswap_report off.json
swap_on_trunked
netswap_report again.json
swapoff /mnt/file || broken "swapoff failed"
umount /mnt2 || broken "umount failed"
umount /mnt || broken "umount failed"
sleep 2
netswap_report after.json
netswap_stop
verdict COMPLETED

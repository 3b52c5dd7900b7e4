#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: swap over NFS with TLS, whose connection is made anew
# pressure: none
# bins: pageout tlsagent nft
# param swap=none
# param patched=0	1: the kernel has kernel-patches/
# param mib=16		MiB that are written to swap and read back
# param delay=3		seconds that a client's handshake takes
#
# Both ends are in the guest.  A firewall resets the connection, and the next
# has a slow handshake: until it is over the socket is that of another
# transport, which on a stock kernel does not know of swap.

PORT=2049

# said WORD TIMES: by tlsagent
said() {
	[ "$(grep -c "^$1$" /run/tlsagent)" -ge "$2" ]
}

reset_connection() {
	echo "table inet cut {
		chain out {
			type filter hook output priority 0;
			tcp dport $PORT reject with tcp reset
		}
	}" >/run/rules
	nft -f /run/rules >/run/nft 2>&1 ||
		broken "nft: $(head -n 1 /run/nft)"
}

tlsagent "$(parameter delay)" >/run/tlsagent 2>&1 &
wait_for 10 grep -q ready /run/tlsagent ||
	broken "tlsagent: $(tail -n 1 /run/tlsagent)"
netswap_start
nfsd_start tcp $PORT
nfsd_mount tcp,xprtsec=tls $PORT
said client 1 || broken "the mount is not with TLS"
swapon /mnt/file || broken "swapon failed"
netswap_report on.json
report phase load
pager_start "$(parameter mib)"
page_all_out
page in || broken "pageout: $(tail -n 1 /run/paged)"
pager_stop
reset_connection
# It needs the connection, and loses it.
ls /mnt >/run/ls 2>&1 &
sleep 1
nft delete table inet cut || broken "nft: cannot delete"
wait_for 30 said asked 2 || broken "no second handshake is begun"
netswap_report handshake.json
report shaken "$(grep -c '^client$' /run/tlsagent)"
wait_for 30 said client 2 || broken "no second handshake"
sleep 1
netswap_report again.json
swapoff /mnt/file || broken "swapoff failed"
umount /mnt || broken "umount failed"
netswap_stop
verdict COMPLETED

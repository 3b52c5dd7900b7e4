#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: swapon, swapoff and lost connections count a socket once, in any order
# pressure: none
# bins: nft
# param swap=nfs41
# param cycles=30	times of swapon and swapoff
# param timeout=300
#
# Beside them the connection to the server is reset, refused for a moment and
# let come back, again and again: who takes the socket away, who brings a new
# one and who changes the number of swap areas meet in every order.  What they
# count twice, or not at all, is left in memalloc_socks_key, or is told of by a
# warning of the key's.  A refused connection is tried again after 3 seconds.

# Until the file is gone.
: >/run/breaking
break_connections() {
	while [ -e /run/breaking ]; do
		nft -f /run/refuse
		usleep 100000
		nft delete table ip refuse
		usleep 400000
	done
}

netswap_start
swap_on
swapoff /mnt/file || broken "swapoff failed"
sleep 2
netswap_report before.json
echo "table ip refuse {
	chain out {
		type filter hook output priority 0;
		tcp dport $PORT reject with tcp reset
	}
}" >/run/refuse
report phase load
break_connections 2>/run/nft &
breaker=$!
i=0
while [ $i -lt "$(parameter cycles)" ]; do
	swapon /mnt/file || broken "swapon failed"
	swapoff /mnt/file || broken "swapoff failed"
	i=$((i + 1))
done
rm /run/breaking
wait $breaker
[ ! -s /run/nft ] || broken "nft: $(head -n 1 /run/nft)"
report reconnects "$(reconnects)"
sleep 2
netswap_report after.json
swapon /mnt/file || broken "swapon failed"
netswap_report again.json
swap_off
netswap_stop
verdict COMPLETED

#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# swap.sh: the guest's swap over the network, of each kind, and a bad network
#
# Sourced by the guest's init, after lib.sh.  Which kind, and where its server
# is, is in parameters: swap=nbd|nfs3|nfs41|nfs42, server_port=, and for NFSv3
# mount_port=.

HOST=10.0.2.2
GUEST=10.0.2.15
DEVICE=nbd0		# what watch reads, of /sys/block

# swap_on [KIND]
swap_on() {
	SWAP=${1:-$(parameter swap)}
	PORT=$(parameter server_port)
	[ "$PORT" ] || broken "swap=$SWAP: no server: the host told no port"
	report server_port "$PORT"
	case $SWAP in
	nbd)	swap_on_nbd ;;
	nfs3)	swap_on_nfs nfs \
		"vers=3,port=$PORT,mountport=$(parameter mount_port),mountvers=3,mountproto=tcp,nolock" ;;
	nfs41)	swap_on_nfs nfs4 "vers=4.1,port=$PORT,clientaddr=$GUEST" ;;
	nfs42)	swap_on_nfs nfs4 "vers=4.2,port=$PORT,clientaddr=$GUEST" ;;
	*)	broken "swap=$SWAP: not nbd, nfs3, nfs41 or nfs42" ;;
	esac
	CONNECTS=$(connects)
}

swap_off() {
	case $SWAP in
	nbd)	swap_off_nbd ;;
	nfs*)	swap_off_nfs ;;
	esac
}

device_has_size() {
	[ "$(cat /sys/block/$DEVICE/size)" -gt 0 ]
}

device_has_no_size() {
	[ "$(cat /sys/block/$DEVICE/size)" -eq 0 ]
}

# With client=nbdkeep the device outlives its connection; nbd-client of Debian
# 12 gives up with it, in each of its modes (see docs/lab.md).
swap_on_nbd() {
	if [ "$(parameter client)" = nbdkeep ]; then
		nbdkeep -p "$PORT" -d "${DEVICE#nbd}" >/run/nbd-client 2>&1 ||
			broken "$(tail -n 1 /run/nbd-client)"
	else
		nbd-client -N swap $HOST "$PORT" /dev/$DEVICE -b 4096 -swap \
			>/run/nbd-client 2>&1 ||
			broken "nbd-client: $(tail -n 1 /run/nbd-client)"
	fi
	wait_for 10 device_has_size || broken "$DEVICE stays without a size"
	mkswap /dev/$DEVICE >/dev/null || broken "mkswap failed"
	swapon /dev/$DEVICE || broken "swapon failed"
}

swap_off_nbd() {
	swapoff /dev/$DEVICE || broken "swapoff failed"
	# It would connect again.
	killall nbdkeep 2>/dev/null
	nbd-client -d /dev/$DEVICE >/run/nbd-disconnect 2>&1 ||
		broken "nbd-client -d: $(tail -n 1 /run/nbd-disconnect)"
	wait_for 10 device_has_no_size || broken "$DEVICE stays connected"
}

# swap_on_nfs TYPE OPTIONS: on the server's file, which is a swap area already.
swap_on_nfs() {
	mkdir -p /mnt
	mount -t "$1" -o "$2,proto=tcp,addr=$HOST,sec=sys,hard" \
		$HOST:/swap /mnt >/run/mount 2>&1 ||
		broken "mount: $(tail -n 1 /run/mount)"
	swapon /mnt/file 2>/run/swapon ||
		broken "swapon: $(tail -n 1 /run/swapon)"
	# What watch reads of a block device, and NFS has nothing like it: an
	# empty file leaves it the progress of memstress to judge by.
	DEVICE=../../run/nfs-swap
	mkdir -p /run/nfs-swap
	: >/run/nfs-swap/stat
}

swap_off_nfs() {
	swapoff /mnt/file || broken "swapoff failed"
	umount /mnt || broken "umount failed"
}

# netem_on MS PERCENT: all that the guest sends is late, and some is lost.
# By its path, as busybox has a tc of its own.
netem_on() {
	/lab/tc qdisc add dev "$INTERFACE" root netem delay "$1ms" \
		loss "$2%" 2>/run/netem ||
		broken "tc: $(tail -n 1 /run/netem)"
}

netem_off() {
	/lab/tc qdisc del dev "$INTERFACE" root
}

# connects: how often a connection to the server was made, or tried.
connects() {
	case $SWAP in
	nbd)	grep -c 'nbdkeep: connected after' /run/nbd-client ;;
	# "xprt: tcp PORT BINDS CONNECTS ..."
	nfs*)	awk '/^device .* mounted on \/mnt / { ours = 1 }
		ours && $1 == "xprt:" { sum += $5 }
		END { print sum + 0 }' /proc/self/mountstats ;;
	esac
}

# reconnects: the same since swap_on
reconnects() {
	echo $(($(connects) - CONNECTS))
}

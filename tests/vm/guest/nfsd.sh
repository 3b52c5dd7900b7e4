#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# nfsd.sh: an NFS server in the guest itself, for what the host's can't do
#
# Sourced by the guest's init, after lib.sh and swap.sh.  The kernel's own server
# exports a tmpfs, and what its mountd would answer is told beforehand.  It is
# never put under pressure: it is on the machine that swaps to it.

NFSD=/proc/fs/nfsd
EXPORT=/run/export

# NFSEXP_INSECURE_PORT, _ASYNC, _NOSUBTREECHECK, _FSID, and one that is asked for.
NFSD_FLAGS=$((0x2 | 0x10 | 0x400 | 0x2000))

# nfsd_knows CACHE LINE
nfsd_knows() {
	printf '%s\n' "$2" >"/proc/net/rpc/$1/channel" ||
		broken "nfsd: $1 does not take $2"
}

# nfsd_start TRANSPORT PORT [FLAG]: exports a file that is a swap area.
nfsd_start() {
	local forever=2147483647

	mkdir -p $EXPORT
	mount -t tmpfs -o size=64m tmpfs $EXPORT || broken "no tmpfs"
	dd if=/dev/zero of=$EXPORT/file bs=1M count=48 2>/dev/null
	mkswap $EXPORT/file >/dev/null || broken "mkswap failed"
	mount -t nfsd nfsd $NFSD || broken "no nfsd"
	nfsd_knows auth.unix.ip "nfsd $GUEST $forever here"
	nfsd_knows nfsd.export \
		"here $EXPORT $forever $((NFSD_FLAGS | ${3:-0})) 65534 65534 0"
	nfsd_knows nfsd.fh "here 1 \\x00000000 $forever $EXPORT"
	# The least that there is; without nfsdcld it can't be ended.
	echo 10 >$NFSD/nfsv4gracetime
	echo 10 >$NFSD/nfsv4leasetime
	# It would want rpcbind; a pNFS data server is NFSv3.
	[ "$3" ] || echo -3 >$NFSD/versions
	echo "$1 $2" >$NFSD/portlist || broken "nfsd: not over $1"
	echo 2 >$NFSD/threads || broken "nfsd: no threads"
}

# nfsd_mount PROTO PORT
nfsd_mount() {
	mkdir -p /mnt
	mount -t nfs4 -o "vers=4.1,proto=$1,port=$2,addr=$GUEST,clientaddr=$GUEST,sec=sys,hard" \
		$GUEST:/ /mnt >/run/mount 2>&1 ||
		broken "mount: $(tail -n 1 /run/mount)"
}

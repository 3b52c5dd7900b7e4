#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: a socket that iscsi_tcp gives back to its daemon is no memalloc socket
# pressure: none
# bins: iscsibind
# param swap=none
# param cycles=20	sockets
# param leak=0		what memalloc_socks_key grows by with each
# param reserves=0	1: the kernel has mm/mem_reserve.c, see kernel-patches/
#
# A program does with the kernel what iscsid does when it logs in and out, but
# for the login itself: no target is needed to hand in a socket and to get it
# back.  It keeps all of them open until it is told to end.

released() {
	grep -q released /run/iscsibind
}

netswap_start
netswap_report before.json
[ ! -e $RESERVES ] || trace_start resized mem_reserve/mem_reserve_resize
report phase load
iscsibind "$(parameter cycles)" >/run/iscsibind 2>&1 &
pid=$!
wait_for 60 released || broken "iscsibind: $(tail -n 1 /run/iscsibind)"
# The key follows the last socket after a second.
sleep 2
netswap_report released.json
kill $pid
wait $pid
report reserved_after "$(reserved_connections)"
[ ! -e $RESERVES ] || report resized "$(trace_count resized)"
sleep 2
netswap_report after.json
report bound "$(sed -n 's/.*bound=//p' /run/iscsibind)"
netswap_stop
verdict COMPLETED

#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# needs: flood
#
# 030-view-alive: netswap-top over a guest that swaps, and over one that hangs
#
# On virtio-net a stock kernel stops here: the receive refill reclaims memory
# with receiving switched off.  A view that allocates, or that was swapped out,
# stops with it; netswap-top has to go on.  On other NICs the same is the
# demonstration of a guest that survives.
#
# netswap.passes=N: how long; netswap.interval=SECS: of the frames.

interval=$(parameter interval)
passes=$(parameter passes)
HUNG_SECONDS=$(parameter hung_seconds)

echo "60000 60000 60000" >/proc/sys/net/ipv4/tcp_mem
swap_on_nbd
netswap load
[ $? -le 3 ] || broken "netswap load failed"

if [ "$CONSOLE" ]; then
	flood_start -n 16 -b $((2 << 20)) -r 32768
	stress 320 "${passes:-1}" 16 &
	on_console netswap-top
	report quit_by_user yes
	verdict COMPLETED
	finish
fi

# Frames go out as they are drawn: a guest that hangs has no "later".
# While they do, nothing else may write to that port.
echo "@@BEGIN frames" >$RESULT
netswap-top -b -d "${interval:-1}" -n 100000 >$RESULT 2>/run/top.err &
top_pid=$!
flood_start -n 16 -b $((2 << 20)) -r 32768
RESULT=/dev/console stress 320 "${passes:-1}" 16
kill $top_pid
wait $top_pid
echo "@@END frames" >$RESULT
flood_stop
quiesce
netswap show --json >/run/show
report_file netswap.json /run/show

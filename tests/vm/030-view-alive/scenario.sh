#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: netswap-top goes on drawing over a guest that swaps, or that hangs
# pressure: none
# bins: netswap-top
# param nic=virtio
# param flood=tcp
# param timeout=120
# param passes=1	times that the memory is written, and verified
# param interval=1	seconds between the frames
#
# On virtio-net a stock kernel stops here: the receive refill reclaims memory
# with receiving switched off.  A view that allocates, or that was swapped out,
# stops with it; netswap-top has to go on.  On other NICs the same is the
# demonstration of a guest that survives.

interval=$(parameter interval)
passes=$(parameter passes)

echo "60000 60000 60000" >/proc/sys/net/ipv4/tcp_mem
swap_on
netswap load
[ $? -le 3 ] || broken "netswap load failed"

if [ "$CONSOLE" ]; then
	flood_start -n 16 -b $((2 << 20)) -r 32768
	stress 320 "$passes" 16 &
	on_console netswap-top
	report quit_by_user yes
	verdict COMPLETED
	finish
fi

# Frames go out as they are drawn: a guest that hangs has no "later".
# While they do, nothing else may write to that port.
report phase load
echo "@@BEGIN frames" >$RESULT
netswap-top -b -d "$interval" -n 100000 >$RESULT 2>/run/top.err &
top_pid=$!
flood_start -n 16 -b $((2 << 20)) -r 32768
RESULT=/dev/console stress 320 "$passes" 16
kill $top_pid
wait $top_pid
echo "@@END frames" >$RESULT
flood_stop
quiesce
netswap show --json >/run/show
report_file netswap.json /run/show

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

before=$(json before.json .gauges.memalloc_socks_key)
marked() { echo $(($(json "$1" .gauges.memalloc_socks_key) - before)); }
if [ "$(param patched)" = 1 ]; then
	both=2
else
	# What it never had is cleared in the end.  Jump labels warn of that
	# (splat=), and leave the key at 0.
	both=1
fi
is "one transport at swapon" "$(value transports_one)" 1
is "it is marked" "$(marked one.json)" 1
is "marked when there are two" "$(marked two.json)" $both
is "none after swapoff" "$(marked off.json)" 0
is "marked at the second swapon" "$(marked again.json)" $both
is "none in the end" "$(marked after.json)" 0
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

before=$(json before.json .gauges.memalloc_socks_key)
marked() { echo $(($(json "$1" .gauges.memalloc_socks_key) - before)); }
ok "connections were made again: $(value reconnects)" \
	[ "$(value reconnects)" -gt 5 ]
is "no socket is counted in the end" "$(marked after.json)" 0
is "one at the next swapon" "$(marked again.json)" 1
is "no warning" "$(value kernel_warnings)" 0
done_testing

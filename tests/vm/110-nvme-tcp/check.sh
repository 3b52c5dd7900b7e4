#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

key() { json "$1" .gauges.memalloc_socks_key; }
before=$(key before.json)
is "two queues, two memalloc sockets" \
	"$(($(key connected.json) - before))" 2
is "memalloc_socks_key grew by what was expected" \
	"$(($(key after.json) - before))" \
	"$(($(param cycles) * $(param leak)))"
if [ "$(param reserves)" = 1 ]; then
	connected=2 after=0
else
	connected='' after=''
fi
is "connections that memory is reserved for" \
	"$(value reserved_connected)" "$connected"
is "none when they are gone" "$(value reserved_after)" "$after"
is "no socket is left" "$(json after.json '.sockets | length')" 0
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

ok "free pages were below min" [ "$(json netswap.json \
	'[.zones[].low_ever_pages] | min')" -lt 0 ]
ok "the reserve was used" \
	[ "$(json netswap.json .counters.reserve_allocs)" -gt 0 ]
if [ "$(param patched)" = 1 ]; then
	skbs=$(value skballoc_reserve)
	ok "packet buffers came from the reserve: $skbs" [ "$skbs" -gt 0 ]
	is "as many as the tracepoint says" "$(value skb_alloc_reserve)" "$skbs"
fi
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

ok "free pages were below min" [ "$(json netswap.json \
	'[.zones[].low_ever_pages] | min')" -lt 0 ]
ok "the reserve was used" \
	[ "$(json netswap.json .counters.reserve_allocs)" -gt 0 ]
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

ok "retransmissions: $(value retransmissions)" \
	[ "$(value retransmissions)" -gt 20 ]
# On a stock kernel some may: it takes a loss at the wrong moment.
[ "$(param patched)" = 0 ] ||
	is "none failed for want of memory" \
		"$(value failed_retransmissions)" 0
done_testing

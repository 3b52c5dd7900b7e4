#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

ok "pages under writeback: $(value writeback_pages)" \
	[ "$(value writeback_pages)" -gt $(($(param excess) / 4)) ]
is "what was written out is there still" "$(value pager_status)" 0
if [ "$VERDICT" = OOM-KILLED ]; then
	is "who asked was killed" "$(value locked_status)" 137
	done_testing
fi
is "who asked got what it asked for" "$(value locked_status)" 0
waited=$(value waited_seconds)
ok "after the server spoke again: $waited s" [ "${waited%.*}" -ge 1 ]
done_testing

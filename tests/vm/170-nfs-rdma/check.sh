#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

pages=$(($(param mib) * 256))
ok "written: $(value written) of $pages" [ "$(value written)" -ge $pages ]
ok "read back: $(value read)" [ "$(value read)" -ge $pages ]
is "right" "$(value pager_status)" 0
without=$(value without_reserve)
if [ "$(param patched)" = 1 ]; then
	is "connected by" "$(guest_file connected_by)" xprtrdma
	is "allocations that may not use the reserve" "$without" 0
else
	is "connected by" "$(guest_file connected_by)" events_long
	ok "allocations that may not use the reserve: $without" \
		[ "$without" -gt 0 ]
fi
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

parked=$(value waited_in_reserve)
ok "packets waited: $(value waited)" [ "$(value waited)" -gt 0 ]
if [ "$(param patched)" = 1 ]; then
	is "of them in the reserve" "$parked" 0
else
	ok "of them in the reserve: $parked" [ "$parked" -gt 0 ]
fi
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

cached=$(value cached)
ok "accesses that were cached: $cached" [ "$cached" -ge 20 ]
if [ "$(param patched)" = 1 ]; then
	is "none from the reserve" "$(value no_reserve)" "$cached"
else
	is "each may take the last page" "$(value no_reserve)" 0
fi
done_testing

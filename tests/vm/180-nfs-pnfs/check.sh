#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

ok "the server hands out layouts" [ "$(value layouts)" -gt 0 ]
ok "data servers are written to" [ "$(value asked)" -gt 0 ]
is "what was written is read back" "$(value pager_status)" 0
writes=$(value writes) reads=$(value reads)
if [ "$(param patched)" = 1 ]; then
	is "swap that they are to write" "$writes" 0
	is "and to read" "$reads" 0
else
	ok "swap that they are to write: $writes" [ "$writes" -gt 0 ]
	ok "and to read: $reads" [ "$reads" -gt 0 ]
fi
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

pages=$(($(param mib) * 256))
errors=$(value write_errors)
ok "written: $(value written) of $pages" [ "$(value written)" -ge $pages ]
if [ "$(param patched)" = 1 ]; then
	is "writes that failed" "$errors" 0
	is "it was read back" "$(value read_back)" yes
	ok "from swap: $(value read)" [ "$(value read)" -ge $pages ]
	is "by a program that ended well" "$(value pager_status)" 0
else
	ok "writes that failed: $errors" [ "$errors" -gt 0 ]
	is "it could not be read back" "$(value read_back)" no
	is "its program had SIGBUS" "$(value pager_status)" $((128 + 7))
fi
done_testing

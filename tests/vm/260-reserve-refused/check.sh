#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

before=$(value min_before)
reserved=$(($(value min_on) - before))
if [ "$(param patched)" = 1 ]; then
	ok "reserved with memory enough: $reserved pages" \
		[ $reserved -gt $((2 * $(param left))) ]
	is "swapon is refused" "$(value refused)" \
		"swapon: /mnt/file: Cannot allocate memory"
	is "the kernel says why" "$(value said)" 1
else
	is "nothing is reserved" $reserved 0
	is "swapon is not refused" "$(value refused)" ""
	is "the kernel says nothing" "$(value said)" 0
fi
is "nothing is reserved then" "$(value min_full)" "$before"
is "nor at the end" "$(value min_after)" "$before"
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

# times FILTER: how often each of those costs was measured
times() {
	guest_file costs | cut -d ' ' -f 1 | grep "$@" | sort | uniq -c |
		awk '{ print $1 }' | sort -u
}
is "each was measured so often" "$(times -v build)" "$(param rounds)"
is "and the compiler" "$(times build)" "$(param builds)"
done_testing

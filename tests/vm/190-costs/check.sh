#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

is "each was measured so often" "$(guest_file costs | cut -d ' ' -f 1 |
	sort | uniq -c | awk '{ print $1 }' | sort -u)" "$(param rounds)"
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

ktap=$(guest_file ktap)
is "the suite passes" "$(grep -cE '^ok [0-9]+ mem_reserve$' <<<"$ktap")" 1
is "all of its tests ran" "$(grep -cE '^    ok [0-9]+ [a-z_]+_test$' \
	<<<"$ktap")" 6
is "none failed" "$(grep -E 'not ok' <<<"$ktap")" ""
done_testing

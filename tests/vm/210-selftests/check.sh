#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

is "exit status" "$(value status)" 0
is "each test ran and passed" "$(guest_file ktap | grep '^# Totals:')" \
	"# Totals: pass:8 fail:0 xfail:0 xpass:0 skip:0 error:0"
is "none failed" "$(guest_file ktap | grep '^not ok')" ""
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

reserved=$(($(value min_on) - $(value min_before)))
if [ "$(param reserves)" = 1 ]; then
	ok "reserved: $reserved pages" [ $reserved -ge 64 ]
else
	is "nothing is reserved" $reserved 0
fi
ok "memory went" [ "$(value managed_less)" -lt "$(value managed)" ]
ok "what is reserved stayed" near $reserved \
	$(($(value min_on_less) - $(value min_off_less)))
is "memory came back" "$(value managed_after)" "$(value managed)"
# The next area is for a machine with less memory, and reserves less.
ok "what is reserved stayed again" near \
	$(($(value min_on_again) - $(value min_off_less))) \
	$(($(value min_on_after) - $(value min_off_after)))
done_testing

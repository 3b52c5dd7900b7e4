#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

parked() {
	local came dropped

	came=$(value "$1") dropped=$(value "$1_dropped")
	ok "packets of the reserve came to the $1: $came" [ "$came" -gt 0 ]
	if [ "$(param patched)" = 1 ]; then
		is "all of them were dropped there" "$dropped" "$came"
	else
		ok "not all of them were dropped there: $dropped" \
			[ "$dropped" -lt "$came" ]
	fi
}

parked tap
parked socket
entries=$(value entries)
ok "conntrack made entries for some: $entries" [ "$entries" -gt 0 ]
is "of them not from the reserve" "$(value entries_no_reserve)" \
	$(($(param patched) ? entries : 0))
done_testing

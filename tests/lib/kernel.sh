# SPDX-License-Identifier: GPL-2.0
# kernel.sh - of tests that look at guest kernels which were built before.
# shellcheck shell=bash

# kernel_cached NAME: was it built, and is it of today's sources?
kernel_cached() {
	"$TESTS/vm/kernel.sh" --list | awk -v name="$1" '
		$1 == name && $3 == "cached:" { found = 1 }
		END { exit !found }'
}

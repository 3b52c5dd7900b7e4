#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Shellcheck finds nothing worse than style about every script of ours.
set -u
. "$TESTS/lib/tap.sh"
cd "$TESTS/.." || exit
command -v shellcheck >/dev/null || skip_all "needs shellcheck"

for f in $(git ls-files '*.sh' tests/run .ci/run 2>/dev/null ||
	   find tests .ci -name '*.sh' -o -path '*/run'); do
	# Sourced files are found through $TESTS, at run time (SC1091, SC2154).
	ok "$f" shellcheck -S warning -x -e SC1091,SC2154,SC2034,SC2317 "$f"
done
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Dropped before the jump and after it, and arriving when the lease is over.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

jumps=$(sed -n 's/^\(lease_[0-9]*\|ends_[a-z]*\)=.*/\1/p' "$RUN/result.txt")
is "jumps" "$(wc -w <<<"$jumps")" 6
for jump in $jumps; do
	read -r before after took <<<"$(value "$jump")"
	is "$jump: dropped before, and after" "$before $after" "dropped dropped"
	# A ping is waited for as long as a second.
	ok "$jump: over after $took s" awk -v t="$took" \
		-v lease="$(param lease)" \
		'BEGIN { exit !(t > lease - 3 && t < lease + 3) }'
done
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The series costs nothing where nobody swaps over the network: page faults,
# objects, packets and processes take what they take on plain 6.12, counted in
# instructions by an emulated guest (scenario 190-costs).
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/kernel.sh"
MOST=1.005

kernel_cached 6.12 && kernel_cached 6.12-patched ||
	skip_all "6.12 and 6.12-patched are not built: make kernel KERNEL=..."

# costs KERNEL FILE: NAME MEDIAN SPREAD of each, in ns and in percent
costs() {
	"$TESTS/vm/lab" run 190-costs --kernel "$1" --out "$tmp/$1" || return
	"$TESTS/vm/extract.sh" "$tmp/$1/runs/001" costs | sort -k 1,1 -k 2,2n |
		awk 'function tell() {
			if (n)
				printf "%s %.1f %.2f\n", last,
					value[int((n + 1) / 2)],
					100 * (value[n] / value[1] - 1)
			n = 0
		}
		$1 != last { tell() }
		{ last = $1; value[++n] = $2 }
		END { tell() }' >"$2"
}

ok "plain 6.12" costs 6.12 "$tmp/plain"
ok "6.12-patched" costs 6.12-patched "$tmp/patched"
while read -r name plain spread patched spread_now; do
	ratio=$(awk -v a="$plain" -v b="$patched" 'BEGIN { print b / a }')
	ok "$name: $plain ns (spread $spread %), patched $patched ($spread_now %): $ratio" \
		awk -v r="$ratio" -v most=$MOST 'BEGIN { exit !(r <= most) }'
done < <(join "$tmp/plain" "$tmp/patched")
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The view outlives the machine.  The watchdog waited for 20 s without progress
# before it ended the guest, so every frame of the last 18 s was drawn in a
# guest that hung.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

sed -n '/^@@BEGIN frames/,$p' "$RUN/result.txt" | awk '
	/^frame / { n++; split($4, t, ":"); at[n] = t[1] * 3600 + t[2] * 60 + t[3] }
	/^netswap-top/ { fresh[n] = /tick 0\.[0-9]s/ }
	END {
		for (i = n; i > 0 && at[i] >= at[n] - 18; i--)
			ok += fresh[i]
		print n - i, ok + 0
	}' >"$tmp/summary"
read -r drawn fresh <"$tmp/summary"
ok "it went on drawing at its pace ($drawn frames)" [ "$drawn" -ge 17 ]
is "with watermarks that are read in the kernel, not stale" "$fresh" "$drawn"
# It is known why: the lab must find it, too.
[ "$(param nic) $VERDICT" != "virtio HUNG" ] ||
	is "the circle" "$(circle)" nic-refill-reclaim
done_testing

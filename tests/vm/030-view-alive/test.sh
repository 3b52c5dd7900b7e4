#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The view outlives the machine: a guest on virtio-net hangs under swap and
# flood (watchdog's verdict: no swap I/O and no progress for 20 s), and
# netswap-top goes on drawing fresh frames through those 20 seconds.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/vm.sh"
need_vm
"$TESTS/vm/kernel.sh" 6.12-cloud >"$tmp/log" 2>&1 ||
	skip_all "$(tail -n 1 "$tmp/log")"

frames() { sed -n '/^@@BEGIN frames/,$p' "$tmp/out/result.txt"; }
verdict() { sed -n 's/^verdict=//p' "$tmp/out/result.txt"; }

# The hang came in every run so far, but it is the kernel's to give.
for try in 1 2 3; do
	vm_run --kernel 6.12-cloud --nic virtio --mem 256 --cpus 2 \
		--timeout 120 --bin "$NETSWAP" --bin "$(dirname "$NETSWAP")/netswap-top" \
		--scenario "$TESTS/vm/030-view-alive/scenario.sh" \
		--append "netswap.hung_seconds=20" >"$tmp/log" 2>&1
	lab=$?
	[ "$(verdict)" = HUNG ] && break
	echo "# try $try: $(tail -n 1 "$tmp/log")"
done
# A lab that broke is no guest that survived.
if [ "$lab" != 0 ]; then
	ok "the lab ran" sed 1,200p "$tmp/log" /dev/full
	done_testing
fi
if [ "$(verdict)" != HUNG ]; then
	skip "the view outlives a hang" "no hang in 3 runs: $(verdict)"
	done_testing
fi

# The watchdog waited for 20 s without progress before it ended the guest, so
# every frame of the last 18 s was drawn in a guest that hung.
frames | awk '
	/^frame / { n++; split($4, t, ":"); at[n] = t[1] * 3600 + t[2] * 60 + t[3] }
	/^netswap-top/ { fresh[n] = /tick 0\.[0-9]s/ }
	END {
		for (i = n; i > 0 && at[i] >= at[n] - 18; i--)
			ok += fresh[i]
		print n - i, ok + 0
	}' >"$tmp/summary"
read -r drawn fresh <"$tmp/summary"
echo "# $drawn frames in the last 18 s, $fresh of them with fresh zones"
ok "it went on drawing at its pace" [ "$drawn" -ge 17 ]
is "with watermarks that are read in the kernel, not stale" "$fresh" "$drawn"
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The fault struck while it swapped, and the kernel saw no request fail.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

# A server that is down is tried more than once.
case $(param fault) in
kill|reset*)	struck() { [ "$(value reconnects)" -ge 1 ]; } ;;
*)		struck() { [ "$(value reconnects)" -eq 0 ]; } ;;
esac
# By its end the last fault was over for so long.
ok "the load outlived the fault" \
	[ "$(value lasted_seconds)" -ge $((12 + $(param later))) ]
ok "reconnects: $(value reconnects)" struck
is "no request failed" \
	"$(guest_file said | grep -cE 'I/O error|on swap-device')" 0
# A stock kernel may read what another connection has sent.
[ "$(param patched)" = 0 ] ||
	is "each reply is read from its connection" \
		"$(guest_file said | grep -c 'Wrong magic')" 0
# Without them nothing is asked of the kernel.
[ "$(param late)" = 0 ] || ok "connections ended under a reply" \
	[ "$(value overtaken_replies)" -gt 0 ]
ok "it swapped out" [ "$(value delta_pswpout)" -gt 1000 ]
ok "it swapped in" [ "$(value delta_pswpin)" -gt 1000 ]
guard_checks
# The way back was found under pressure: samples with the guard engaged, and
# times that it did between them, from a second before the server went (see
# FAULTS of nswlab/host.py) to two after it was back.  Who waits for it takes no
# memory, so there may be none in between.
engaged() {
	sed '$d' "$RUN/record.jsonl" | jq -s --argjson start \
		"$(sed -n 's/^load_start_seconds=//p' "$RUN/result.txt" |
		head -n 1)" '[.[] | (.mono_ns / 1e9 - $start) as $at |
		select($at > 4 and $at < 9)] |
		(map(.counters.guard_engagements) | max - min) +
		(map(select(.gauges.guard_lease_ns > 0)) | length)'
}
case $(param fault)-$(param guard)-$(param flood) in
*-off-*|*-none) ;;
kill-*)	ok "guard: engaged about when there was no server" \
		[ "$(engaged)" -gt 0 ] ;;
esac
done_testing

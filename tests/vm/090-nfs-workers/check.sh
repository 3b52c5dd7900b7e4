#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

reads=$(value reads) writes=$(value writes)
ok "it read: $reads requests" [ "$reads" -gt 1000 ]
ok "it wrote: $writes requests" [ "$writes" -gt 100 ]
# An area's attributes are not looked at, however old they are.
is "the file was not revalidated" "$(value attribute_reads)" 0
if [ "$(param patched)" = 1 ]; then
	tasks=$((reads + writes)) workqueue=nfs4renewd solid_state=1
else
	tasks=$writes workqueue=events solid_state=0
fi
is "requests by swapper tasks" "$(value swapper_tasks)" "$tasks"
is "the lease is renewed from" "$(guest_file renewed_by)" $workqueue
is "taken for solid state" "$(value solid_state)" $solid_state
turns=$(value manager_turns) memalloc=$(value manager_memalloc)
ok "the state manager ran: $turns turns" [ "$turns" -gt 0 ]
if [ "$(param patched)" = 1 ]; then
	ok "without reclaim since swapon: $memalloc" [ "$memalloc" -gt 0 ]
else
	is "without reclaim" "$memalloc" 0
fi
ok "the lease fell back to AUTH_UNIX: $(value upcalls) upcalls" \
	[ "$(value upcalls)" -gt 1 ]
is "threads kept for the state manager" "$(value managers)" \
	"$(param patched)"
is "after swapoff" "$(value managers_after)" 0
waiters=$(value waiters) reverts=$(value reverts)
if [ "$(param patched)" = 1 ]; then
	is "requests that may wait for memory" "$waiters" 0
	is "iov_iters turned back once they were queued" "$reverts" 0
else
	ok "requests that may wait for memory: $waiters" [ "$waiters" -gt 0 ]
	ok "iov_iters turned back once they were queued: $reverts" \
		[ "$reverts" -gt 1000 ]
fi
done_testing

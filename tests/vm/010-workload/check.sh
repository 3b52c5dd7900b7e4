#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What netswap says, besides the counts that every scenario is held to: of a run
# that completed the swap socket and its owner, and whether memalloc_socks_key
# leaks after the disconnect: NBD's does, sunrpc clears what it set.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

swap=$(param swap)
case $swap in
nbd) path=nbd owner=nbd leaks=1 ;;
*) path=nfs owner=nfs leaks=0 ;;
esac
socket="$owner 10.0.2.2:$(value server_port)" protected=true
case $(param off) in
*sock_memalloc*) leaks=0 socket=none protected=false ;;
esac
# nbd of kernel-patches/ clears it as well.
case $(value kernel) in
*-patched*) leaks=0 ;;
esac
others="^swap_bytes_(?!${path}_)"

it_swapped() {
	ok "it swapped out" [ "$(value delta_pswpout)" -gt 1000 ]
	ok "it swapped in" [ "$(value delta_pswpin)" -gt 1000 ]
}
if [ "$(param netswap)" = 0 ]; then
	[ "$VERDICT" != COMPLETED ] || it_swapped
	done_testing
fi
is "netswap was loaded" "$(value netswap_missing)" ""
ok "the recording has lines to the end" [ "$(recorded)" -ge 3 ]
for count in drops throttles "direct reclaims"; do
	is "$count were compared with the kernel's" "$(compared "$count")" 1
done
guard_checks
# Where it is known why it hangs, the lab must find it, too.
case $VERDICT:$swap:$(param nic):$(param flood):$(param off) in
HUNG:nbd:virtio:tcp:none) is "the circle" "$(circle)" nic-refill-reclaim ;;
HUNG:nbd:e1000e:*:pf_memalloc)
	is "the circle" "$(circle)" no-reserve-for-sender ;;
esac
[ "$VERDICT" = COMPLETED ] || done_testing

for count in "bytes swapped out" "bytes swapped in"; do
	is "$count were compared with the kernel's" "$(compared "$count")" 1
done
it_swapped
is "no other path was taken for this one" "$(json netswap.json \
	"[.counters | to_entries[] | select(.key | test(\"$others\")) |
	.value] | add")" 0
# Out of memory a stock kernel fails writes to NFS, and does them again.
failed=$(json netswap.json '.counters | .swap_errors_fs + .swap_errors_block')
logged=$(grep -ac 'Write error .* on dio swapfile' "$RUN/console.log")
# The kernel's log is limited to 10 in 5 seconds (pr_err_ratelimited()).
in_log=$failed
[ "$logged" -lt 10 ] || [ "$logged" -gt "$failed" ] || in_log=$logged
is "the kernel's log has each request that failed, or 10 of them" \
	"$logged" "$in_log"
case $swap:$(value kernel) in
nfs*-patched*|nbd:*) is "no swap request failed" "$failed" 0 ;;
esac
for way in out in; do
	is "a latency for each swap-$way request" "$(json netswap.json \
		".histograms.swap_latency_ns_${path}_$way.count")" \
		"$(json netswap.json ".counters.swap_requests_${path}_$way")"
done
is "all throttled tasks went on" \
	"$(json netswap.json .gauges.throttled_tasks)" 0
ok "low water was below min" [ "$(json netswap.json \
	'[.zones[].low_ever_pages] | min')" -lt 0 ]
is "the swap socket is listed, with its owner" "$(json netswap.json \
	'if .sockets == [] then "none" else .sockets[0] |
	"\(.owner) \(.remote_address):\(.remote_port)" end')" "$socket"
is "no leak while connected" \
	"$(json netswap.json .gauges.memalloc_key_leaked)" 0
is "leaked after the disconnect" \
	"$(json after-disconnect.json .gauges.memalloc_key_leaked)" $leaks
is "told by an event" "$(json after-disconnect.json \
	'[.events[] | select(.event == "leak")] | length')" $leaks
is "told by audit" "$(json audit-after.json \
	'[.findings[] | select(.id == "key-leaked")] | length')" $leaks
[ $owner = nfs ] ||
	is "audit follows the swap area to its socket" \
		"$(json audit.json '.areas[0] |
		"\(.path) \(.class) \(.hops[0].name) \(.hops[0].protected)"')" \
		"/dev/nbd0 nbd nbd0 $protected"
# The rows of the top tables are what there is room for.
is "no count went unrecorded" "$(json netswap.json \
	'[.counters | .lost_task, .lost_io] | add')" 0
done_testing

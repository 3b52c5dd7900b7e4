#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The guard with bpftool alone: the very lines of docs/bpftool.md, but for the
# name of the interface.  Catches a sequence that does not do what is said.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/bpf.sh"
. "$TESTS/lib/netns.sh"
need_bpf
tap_cleanup() {
	in_a bpftool net detach xdpdrv dev a0 2>/dev/null
	"$NETSWAP" unload >/dev/null
	netns_cleanup
}
need_netns

# lines N: the commands of the Nth block of the section
lines() {
	sed -n '/^## 7\. The guard/,/^## What/p' "$TESTS/../docs/bpftool.md" |
		awk -v n="$1" '/^```/ { block++; next } block == 2 * n - 1' |
		sed -n 's/^[#>] //p' | sed 's/\beth0\b/a0/'
}
netswap() { "$NETSWAP" "$@"; }
export -f netswap
# As root in the namespace, which has the same /sys.
run() { (cd "$BUILD/bpf" && in_a bash -ec "G=$PIN/guard; $(lines "$1")"); }

mkdir -m 700 $PIN
# Attaching is degraded without the other objects.
run 1 >"$tmp/out" 2>&1
ok "loaded" [ -e $PIN/page_alloc/nsw_pg_alloc -a -e $PIN/guard/nsw_guard_xdp ]
ok "attached" [ -e $PIN/links/nsw_pg_alloc ]
ok "the guard's value" run 2
ok "XDP" run 3
in_a bpftool net show >"$tmp/net"
ok "is shown" grep -q 'a0(.*driver' "$tmp/net"
is "all arrive" "$(send 10)" 10
ok "status knows it" bash -c "\"$NETSWAP\" guard status | grep -q 'mode enforce'"
for i in $(seq 20); do
	"$NETSWAP" guard press >/dev/null
	send 10 >/dev/null
	n=$("$NETSWAP" show --json | jq .counters.guard_packets_dropped)
	[ "$n" = 0 ] || break
done
ok "under pressure it drops ($n)" [ "$n" -gt 0 ]
ok "detached by" run 4
is "nothing is attached" "$(xdp)" null
ok "unload" "$NETSWAP" unload
is "nothing is left" "$(leftovers)" 0
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The guard with bpftool alone: the very lines of docs/bpftool.md, but for the
# names of the interface and of the cgroup.  Catches a sequence that does not do
# what is said.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/bpf.sh"
. "$TESTS/lib/netns.sh"
need_bpf
tap_cleanup() {
	in_a bpftool net detach xdpdrv dev a0 2>/dev/null
	in_a tc qdisc del dev a0 clsact 2>/dev/null
	"$NETSWAP" unload >/dev/null
	[ -z "${server:-}" ] || kill "$server" 2>/dev/null
	wait 2>/dev/null
	rmdir "$cg" 2>/dev/null
	netns_cleanup
}
cg=$(findmnt -n -o TARGET -t cgroup2 | head -n 1)/nswgb$$
need_netns
mkdir "$cg" 2>/dev/null || skip_all "no cgroup2 file system to make one in"

# lines N: the commands of the Nth block of the section
lines() {
	sed -n '/^## 7\. The guard/,/^## What/p' "$TESTS/../docs/bpftool.md" |
		awk -v n="$1" '/^```/ { block++; next } block == 2 * n - 1' |
		sed -n 's/^[#>] //p' |
		sed "s,\\beth0\\b,a0,; s,/sys/fs/cgroup/web,$cg,"
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
# drops PORT: what it has dropped of what was sent under pressure, from now on
drops() {
	local i n was
	was=$("$NETSWAP" show --json | jq .counters.guard_packets_dropped)
	for i in $(seq 20); do
		send 10 "$1" "$NETSWAP" guard press >/dev/null
		n=$("$NETSWAP" show --json | jq .counters.guard_packets_dropped)
		[ "$n" = "$was" ] || break
	done
	echo $((n - was))
}
ok "under pressure it drops" [ "$(drops 9)" -gt 0 ]
in_a bpftool net detach xdpdrv dev a0
ok "tc" run 4
ok "under pressure it drops, too" [ "$(drops 9)" -gt 0 ]
in_a tc qdisc del dev a0 clsact
is "with neither it does not" "$(drops 9)" 0
ok "cgroup" run 5
(echo $BASHPID >"$cg/cgroup.procs" &&
	exec nsenter --net=/run/netns/$a python3 -c '
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 77))
print("bound", flush=True)
time.sleep(1000)' >"$tmp/bound") &
server=$!
for i in $(seq 50); do [ -s "$tmp/bound" ] && break; sleep 0.1; done
ok "drops what is for its sockets" [ "$(drops 77)" -gt 0 ]
# Once more, all three, to be taken away by what is said of that.
run 3
run 4
ok "detached by" run 6
is "nothing is attached" "$(xdp) $(in_a tc qdisc show dev a0 | grep clsact)" \
	"null "
is "nor to the cgroup" "$(bpftool cgroup show "$cg" | grep nsw_guard)" ""
ok "unload" "$NETSWAP" unload
is "nothing is left" "$(leftovers)" 0
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the guard answers a patched kernel that asks whether a packet in the
# reserve may go to an ordinary socket (kernel-patches/, pfmemalloc_admit): the
# program itself, run by a tracepoint that this kernel has, see admit.bpf.c.
# Catches a verifier that refuses it, and a yes to what no rule allows.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/bpf.sh"
. "$TESTS/lib/netns.sh"
. "$TESTS/lib/guard.sh"
need_bpf
dir=/sys/fs/bpf/nswad$$
tap_cleanup() {
	[ -z "${link:-}" ] || { kill "$link"; wait "$link"; } 2>/dev/null
	rm -rf $dir
	[ -z "${full:-}" ] || { kill "$full"; wait "$full"; } 2>/dev/null
	[ -z "${cg:-}" ] || rmdir "$cg/other" "$cg" 2>/dev/null
	in_a "$NETSWAP" guard off >/dev/null 2>&1
	"$NETSWAP" unload >/dev/null
	netns_cleanup
}
need_netns

printf '%s\n' "allow proto udp port 53" "limit few proto udp port 54" \
	"default allow" >"$tmp/rules"
(echo "budget few packets 1000/s"; cat "$tmp/rules") >"$tmp/policy"
ok "on" fine guard on --dev a0 --policy "$tmp/policy"
ok "the program loads, and shares the guard's maps" bpftool prog loadall \
	"$BUILD/tests/guard_admit.bpf.o" $dir \
	map name nsw_guard pinned $PIN/maps/nsw_guard \
	map name nsw_g_policy pinned $PIN/maps/nsw_g_policy \
	map name nsw_cpus pinned $PIN/maps/nsw_cpus
"$BUILD/tests/tplink" $dir/nsw_g_admit_p >"$tmp/link" &
link=$!
for i in $(seq 50); do [ -s "$tmp/link" ] && break; sleep 0.1; done
is "and is attached" "$(cat "$tmp/link")" attached

# Sockets that have no room for anything after the first packets.
cg=$(findmnt -n -o TARGET -t cgroup2 | head -n 1)/nswad$$
mkdir "$cg" 2>/dev/null || cg=
(
	[ -z "$cg" ] || echo $BASHPID >"$cg/cgroup.procs"
	exec nsenter --net=/run/netns/$a python3 -c '
import socket, time
all = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for port in range(3)]
for s, port in zip(all, (53, 54, 9)):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    s.bind(("0.0.0.0", port))
print("open", flush=True)
time.sleep(1000)'
) >"$tmp/open" &
full=$!
for i in $(seq 50); do [ -s "$tmp/open" ] && break; sleep 0.1; done
for port in 53 54 9; do send 50 $port >/dev/null; done

admitted() { "$NETSWAP" show --json | jq .counters.guard_admitted; }
# asked COUNT PORT: how many of them were let in
asked() {
	local before
	before=$(admitted)
	send "$@" >/dev/null
	echo $(($(admitted) - before))
}
is "what a rule allows is let in" "$(asked 20 53)" 20
is "what has a budget is not" "$(asked 20 54)" 0
is "what only the default allows is not" "$(asked 20 9)" 0
fine guard on --mode monitor >/dev/null 2>&1
is "in monitor mode nothing is" "$(asked 20 53)" 0
fine guard on --mode enforce --for 5 >/dev/null 2>&1
is "with an end it is" "$(asked 20 53)" 20
sleep 5
is "but not after it" "$(asked 20 53)" 0
if [ "$cg" ]; then
	echo "allow cgroup $cg" >"$tmp/cgroup"
	fine guard on --policy "$tmp/cgroup" >/dev/null 2>&1
	is "what is for a cgroup that a rule allows is" "$(asked 20 9)" 20
	mkdir "$cg/other"
	echo "allow cgroup $cg/other" >"$tmp/cgroup"
	fine guard on --policy "$tmp/cgroup" >/dev/null 2>&1
	is "but not by a rule for another" "$(asked 20 9)" 0
	rmdir "$cg/other"
else
	skip "cgroup" "no cgroup2 file system to make one in"
fi
kill $full
wait $full 2>/dev/null
full=
[ -z "$cg" ] || rmdir "$cg"
bpftool btf dump file /sys/kernel/btf/vmlinux 2>/dev/null |
	grep -q "FUNC 'pfmemalloc_admit'" ||
	is "a kernel that does not ask gets no answer" \
		"$(ls $PIN/links/nsw_g_admit_p 2>/dev/null)" ""
kill $link
wait $link 2>/dev/null
link=
rm -rf $dir
ok "unload" in_a "$NETSWAP" unload
is "nothing is left" "$(leftovers)" 0
done_testing

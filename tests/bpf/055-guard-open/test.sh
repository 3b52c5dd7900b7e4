#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The guard fails open: whatever goes away, packets pass within one lease.  The
# command is killed at any moment, programs are detached, those that see
# pressure too, a map can't be read, an interface goes and comes back, a clock is
# another.  Maps that are full: tests/bpf/060-guard-frames.
#
# The time of day is not set here, as it is the machine's: in a guest it is, by
# tests/vm/250-guard-clock.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/bpf.sh"
. "$TESTS/lib/netns.sh"
. "$TESTS/lib/guard.sh"
need_bpf
tap_cleanup() {
	in_a "$NETSWAP" guard off >/dev/null 2>&1
	"$NETSWAP" unload >/dev/null
	ip netns del $c 2>/dev/null
	netns_cleanup
}
c=nswgc$$
need_netns
lease=2

# Allowed by both, and by either something that the other drops.
for port in 54 55; do
	printf '%s\n' "lease ${lease}s" "allow proto udp port 53" \
		"allow proto udp port $port" >"$tmp/policy$port"
done
on() { fine guard on --dev a0 --policy "$tmp/policy54" "$@"; }
places() { json '[.places[] | [.place, .hook, .attached]]'; }
# killed CALL:N ARGUMENT...: kill -9 as it makes its Nth system call CALL
killed() {
	local call=${1%:*} n=${1#*:}
	shift
	in_a strace -qq -o "$tmp/calls" -e trace="$call" \
		-e "inject=$call:signal=KILL:when=$n" "$NETSWAP" "$@" \
		>/dev/null 2>&1
	[ $? != 137 ] || moments=$((moments + 1))
}
# moments ARGUMENT...: CALL:N of some of its system calls.  Most of them only
# look, so it is the last that count.
moments() {
	in_a strace -qq -o "$tmp/calls" -e \
		trace=bpf,membarrier,sendto,sendmsg,unlink "$NETSWAP" "$@" \
		>/dev/null 2>&1
	sed -n 's/^\([a-z]*\)(.*/\1/p' "$tmp/calls" |
		awk '{ print $1 ":" ++n[$1] }' >"$tmp/moments"
	awk -v n="$(wc -l <"$tmp/moments")" '/^(membarrier|send)/ ||
		n - NR < 4 || NR % int(n / 4 + 1) == 0' "$tmp/moments"
}
# After the lease of the last press, whatever else is there.
lease_over() { sleep "$(awk -v s="$lease" 'BEGIN { print s + 0.2 }')"; }

# What is killed while it changes the policy leaves the old one or the new.
ok "on" on
if command -v strace >/dev/null; then
	port=54 moments=0
	for at in $(moments guard on --policy "$tmp/policy$port"); do
		port=$((109 - port))
		killed "$at" guard on --policy "$tmp/policy$port"
		wrong="$(pressed 3 53)"
		wrong="$wrong $(($(pressed 3 54) + $(pressed 3 55)))"
		wrong="$wrong $(pressed 3)"
		[ "$wrong" = "3 3 0" ] || break
	done
	is "killed between policies: one of them is in force ($at)" "$wrong" \
		"3 3 0"
	ok "at $moments moments" [ "$moments" -ge 5 ]
	for hook in xdp tc; do
		moments=0
		guard off >/dev/null
		for at in $(moments guard on --dev a0 --hook $hook \
				--policy "$tmp/policy54"); do
			guard off >/dev/null
			killed "$at" guard on --dev a0 \
				--policy "$tmp/policy54" --hook $hook
			wrong="$(pressed 3 53) $(pressed 3 54)"
			[ "$wrong" = "3 3" ] || break
		done
		is "killed on its way ($hook): what is allowed passes ($at)" \
			"$wrong" "3 3"
		ok "at $moments moments" [ "$moments" -ge 5 ]
		lease_over
		is "and nothing after a lease" "$(send 20)" 20
		moments=0
		on --hook $hook >/dev/null 2>&1
		for at in $(moments guard off); do
			on --hook $hook >/dev/null 2>&1
			killed "$at" guard off
			wrong="$(pressed 3 53) $(pressed 3 54)"
			[ "$wrong" = "3 3" ] || break
		done
		is "and on its way out ($at)" "$wrong" "3 3"
		ok "at $moments moments" [ "$moments" -ge 3 ]
		lease_over
		is "and nothing after a lease" "$(send 20)" 20
	done
	guard off >/dev/null
	ok "on" on
else
	skip "killed at any moment" "needs strace"
fi
# Nobody is left who could say that pressure is over.
guard press >/dev/null 2>&1
lease_over
is "a lease is over although no command runs" "$(send 20)" 20

# Without the programs that see pressure nothing extends a lease.
printf 'on level\nenter 1000000%%\nleave 1000000%%\nlease %ss\n' "$lease" \
	>"$tmp/level"
fine guard on --policy "$tmp/level" >/dev/null 2>&1
for i in $(seq 30); do
	[ "$(send 3)" = 0 ] && break
	sleep 0.1
done
is "pressure without an end: none arrives" "$(send 20)" 0
find $PIN/links -name 'nsw_*' ! -name 'nsw_guard*' -delete
rm -f $PIN/maps/nsw_timers
# The tick goes on until its map is gone: with the last program that uses it.
find $PIN -name nsw_tick -delete
lease_over
is "with all that sees it detached they arrive" "$(send 20)" 20
guard off >/dev/null
"$NETSWAP" unload >/dev/null

# A map that can't be read: the pin is gone that user space finds it by.
for map in nsw_guard nsw_g_policy nsw_cpus; do
	ok "on" on
	guard press >/dev/null 2>&1
	rm $PIN/maps/$map
	is "without $map: by the policy" "$(send 3 53) $(send 3)" "3 0"
	is "status does not say that all is well, nor that it is off" \
		"$(guard status >"$tmp/status"; echo $?) $(grep -c \
		'guard is off' "$tmp/status")" "3 0"
	lease_over
	is "they arrive when the lease is over" "$(send 20)" 20
	ok "off" guard off
	is "is off" "$(xdp)" null
	"$NETSWAP" unload >/dev/null
done

# Its own program detached, by its link and by tc.
ok "on" on
is "drops" "$(pressed 20)" 0
id=$(bpftool link show pinned "$(find $PIN/links -name 'nsw_guard_xdp*')" |
	sed -n 's/^\([0-9]*\):.*/\1/p')
ok "XDP detached by someone" in_a bpftool link detach id "$id"
is "they arrive at once" "$(pressed 20)" 20
is "status says so" "$(places)" '[["a0","xdp",false]]'
ok "on, without a word of where" fine guard on
is "it is there again" "$(places)" '[["a0","xdp",true]]'
is "drops" "$(pressed 20)" 0
ok "off" guard off
ok "on by tc" on --hook tc
is "drops" "$(pressed 20)" 0
ok "the qdisc removed by someone" in_a tc qdisc del dev a0 clsact
is "they arrive at once" "$(pressed 20)" 20
is "status says so" "$(places)" '[["a0","tc",false]]'
ok "on, without a word of where" fine guard on
is "by tc, as it was" "$(places)" '[["a0","tc",true]]'
is "drops" "$(pressed 20)" 0
ok "off" guard off
is "its qdisc is gone" "$(clsact)" ""
# What udev has asked for when an interface comes.
ok "on --again, which is off" in_a "$NETSWAP" guard on --again
is "stays off" "$(guard status >/dev/null; echo $?) $(xdp) $(clsact)" "3 null "
ok "that goes alone" fails 2 "without options" \
	in_a "$NETSWAP" guard on --again --dev a0
ok "the service does not say more" grep -q '^ExecReload=.* guard on --again$' \
	"$TESTS/../docs/netswap-guard.service"

# Interfaces go and come back.  A dot is what a pin can't have in its name.
in_a ip link add c.1 type veth peer name c.2
in_a ip link set c.1 up
in_a ip link set c.2 up
for hook in xdp tc; do
	ok "on two interfaces ($hook)" fine guard on --dev a0,c.1 \
		--policy "$tmp/policy54" --hook $hook --for 600
	until=$(json '.until_ns > 0')
	in_a ip link del a0
	in_a ip link del c.1
	is "gone, and by name" "$(json '[.places[] | [.place, .attached]] |
		sort')" '[["a0",false],["c.1",false]]'
	is "status exits with 3" \
		"$(guard status >"$tmp/status"; echo $?)" 3
	ok "and tells the remedy" grep -q "^a0 .*gone.*guard on" "$tmp/status"
	is "the audit tells it" "$(in_a "$NETSWAP" audit --json 2>/dev/null |
		jq '[.findings[] | select(.id == "guard-degraded")] |
		length')" 2
	ok "on: nothing to come back to" fine guard on
	veth
	is "packets pass at the new one" "$(pressed 20)" 20
	ok "on: it is back" fine guard on --again
	is "at a0, and the other is still known" "$(json '[.places[] |
		[.place, .hook, .attached]] | sort')" \
		"[[\"a0\",\"$hook\",true],[\"c.1\",\"$hook\",false]]"
	is "it still ends when it was to" "$(json '.until_ns > 0')" "$until"
	is "drops" "$(pressed 20)" 0
	in_a ip link add c.1 type veth peer name c.2
	in_a ip link set c.1 up
	ok "on: the other is back" fine guard on
	before=$(json '[.places[] | [.place, .hook, .attached]] | sort')
	is "at both" "$before" \
		"[[\"a0\",\"$hook\",true],[\"c.1\",\"$hook\",true]]"
	ok "on, once more" fine guard on
	is "changes nothing" "$(json '[.places[] | [.place, .hook,
		.attached]] | sort')" "$before"
	ok "off" guard off
	is "nothing of it is pinned" "$(find $PIN/links -name 'nsw_guard*')" ""
done
in_a ip link del c.1

# By tc in another network namespace: off from here, also when that is gone.
# Without processes that nobody may look into, and without the right to.
seen() { unshare --pid --fork --mount-proc "$NETSWAP" guard "$@"; }
unseen() { setpriv --bounding-set -sys_ptrace "$NETSWAP" guard "$@"; }
for gone in false true; do
	ip netns add $c
	ip link add d0 netns $c type veth peer name d1 netns $c
	ok "on by tc, elsewhere" fine nsenter --net=/run/netns/$c \
		"$NETSWAP" guard on --dev d0 --hook tc
	[ $gone = false ] || ip netns del $c
	is "status from here (gone: $gone)" "$(seen status --json |
		jq .places[].attached)" "$([ $gone = true ] && echo false ||
		echo true)"
	[ $gone = false ] || ok "not gone where that cannot be told" fails 1 \
		"d0 of another network namespace: cannot look for it there" \
		unseen off
	ok "off from here" seen off
	is "nothing of it is pinned" "$(find $PIN/links -name 'nsw_guard*')" ""
	[ $gone = true ] || is "nor attached" "$(nsenter --net=/run/netns/$c \
		tc qdisc show dev d0 | grep clsact)" ""
	ip netns del $c 2>/dev/null
done

# More than can be listed would be more than can be taken away.
many() { for i in $(seq 35); do printf '%s%d,' "$1" "$i"; done; }
for i in $(seq 35); do
	echo "link add x$i type veth peer name y$i"
done | in_a ip -batch -
ok "35 interfaces" fine guard on --dev "$(many x | sed 's/,$//')"
ok "35 more are too many" fails 1 "places already" \
	in_a "$NETSWAP" guard on --dev "$(many y | sed 's/,$//')"
is "none of those is left" "$(json '.places | length')" 35
ok "off" guard off
is "off is off everywhere" \
	"$(in_a ip -j link | jq '[.[] | select(.xdp)] | length')" 0
for i in $(seq 35); do echo "link del x$i"; done | in_a ip -batch -

# A process in a time namespace has another CLOCK_MONOTONIC than programs.
if unshare --time --monotonic 1000000 --fork true 2>/dev/null; then
	ok "for five seconds, by another clock" fine unshare --time \
		--monotonic 1000000 --fork nsenter --net=/run/netns/$a \
		"$NETSWAP" guard on --dev a0 --policy "$tmp/policy54" --for 5
	is "drops" "$(pressed 20)" 0
	sleep 5.1
	is "and ends by itself" "$(pressed 20)" 20
	ok "for an hour" fine guard on --for 3600
	# Ahead of the kernel's clock, and behind it.
	for secs in 1000000 -10; do
		guard press >/dev/null 2>&1
		is "from another clock ($secs s) the same is seen" \
			"$(unshare --time --monotonic $secs --fork \
			"$NETSWAP" guard status | grep -cE \
			'under pressure for [0-9]{2,4} ms|in 3[56][0-9]{2} s')" 2
		is "and the tick is alive" "$(unshare --time --monotonic $secs \
			--fork "$NETSWAP" show --json |
			jq '.tick_age_ns | . > 0 and . < 5e9')" true
	done
	guard off >/dev/null
else
	skip "time namespace" "this kernel makes none (CONFIG_TIME_NS)"
fi
ok "unload" in_a "$NETSWAP" unload
is "nothing is left" "$(leftovers)" 0
done_testing

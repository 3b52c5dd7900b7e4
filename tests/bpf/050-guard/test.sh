#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The guard between two network namespaces, under pressure made by hand: what
# it drops and passes, in every mode and at every hook, and that nothing of it
# stays: not after an error, an end by kill -9, an interface that goes.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/bpf.sh"
. "$TESTS/lib/netns.sh"
. "$TESTS/lib/guard.sh"
need_bpf
other=/sys/fs/bpf/nswgx$$
tap_cleanup() {
	in_a "$NETSWAP" guard off >/dev/null 2>&1
	"$NETSWAP" unload >/dev/null
	rm -rf $other ${pins:+"$pins"}
	[ -z "${server:-}" ] || kill "$server" 2>/dev/null
	[ ! -d "${cg:-/none}" ] || rmdir "$cg"
	netns_cleanup
}
need_netns

filters() { in_a tc filter show dev a0 ingress | grep -v nsw_guard; }

# As long as a slow machine needs to send a few packets.
cat >"$tmp/policy" <<-END
	lease 3s
	budget few packets 10/s burst 1s
	allow proto udp port 53
	limit few proto udp port 54 from 10.99.0.0/24
	default drop
END
on() { fine guard on --dev a0 --policy "$tmp/policy" "$@"; }

ok "on" on
is "native XDP" "$(json '[.places[] | [.place, .hook, .attached]]')" \
	'[["a0","xdp",true]]'
is "without pressure all arrive" "$(send 20)" 20
is "and none is looked at" "$(json '[.rules[].passed] | add')" 0
is "under pressure none arrives" "$(pressed 20)" 0
is "they are counted by rule" "$(json '.rules[-1].dropped')" 20
is "an allowed port arrives" "$(pressed 20 53)" 20
is "by its line" "$(json '.rules[] | select(.line == 3) | .passed')" 20
n=$(pressed 50 54)
ok "a budget lets some through ($n of 50)" [ "$n" -ge 10 -a "$n" -le 25 ]
is "as many as its rule has counted" \
	"$(json '.rules[] | select(.line == 4) | .passed')" "$n"
in_b ip neigh flush dev b0
is "ARP passes" "$(pressed 1 53)" 1
calm
is "when pressure is over all arrive" "$(send 20)" 20
dropped=$(json '[.rules[].dropped] | add')
is "events: engaged, released, and what was dropped" \
	"$("$NETSWAP" events --json 2>/dev/null | jq -c '[.[] |
	select(.event | test("guard"))] | [.[0].event, .[0].what, .[-1].event,
	([.[].packets] | add)]')" "[\"guard_on\",\"manual\",\"guard_off\",$dropped]"
is "and for how long: not longer than the press and its lease" \
	"$("$NETSWAP" events --json 2>/dev/null | jq '[.[] |
	select(.event == "guard_off") | .value] |
	length > 0 and all(. > 0 and . < 60e9)')" true
is "the metric has as many" "$("$NETSWAP" show --json |
	jq .counters.guard_packets_dropped)" "$dropped"
ok "OpenMetrics has the rule" bash -c "\"$NETSWAP\" show --openmetrics |
	grep -q 'rule_packets_total{line=\"3\",verdict=\"passed\"} 21'"

printf 'default drop\nallow proto udp\nfrob\n' >"$tmp/bad"
ok "a bad policy is refused" fails 1 "bad:3: 'frob' is no statement" \
	in_a "$NETSWAP" guard on --policy "$tmp/bad"
is "and the old one stays" "$(json '.rules | length')" 3
sed 's/^default.*/default allow/' "$tmp/policy" >"$tmp/open"
ok "another policy" fine guard on --policy "$tmp/open"
is "is in force at once" "$(pressed 20)" 20
ok "monitor" on --mode monitor
is "drops nothing" "$(pressed 20)" 20
is "counts what it would" "$(json '.rules[-1].would_drop')" 20
# From all being allowed to another policy that is only to be monitored: not one
# packet may meet that policy while drops are still made.
printf 'lease 5s\ndefault allow\n' >"$tmp/all"
printf 'lease 5s\ndefault drop\n' >"$tmp/none"
ok "allowed, and enforced" fine guard on --policy "$tmp/all" --mode enforce
guard press >/dev/null 2>&1
nsenter --net=/run/netns/$b python3 -c '
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True:
    s.sendto(b"x", ("10.99.0.1", 9))
    time.sleep(0.0005)' &
sender=$!
sleep 0.3
ok "another policy, monitored" fine guard on --policy "$tmp/none" --mode monitor
sleep 0.2
kill $sender
wait $sender 2>/dev/null
ok "it was under pressure" [ "$(json '.rules[-1].would_drop')" -gt 0 ]
is "none was dropped on the way" "$(json '.rules[-1].dropped')" 0
ok "back to the policy of before" fine guard on --policy "$tmp/open"
ok "on again" fine guard on --dev a0
is "keeps policy and mode" "$(json '[.mode, (.rules | length)]')" \
	'["monitor",3]'
ok "bad hook" fails 2 "neither xdp nor tc" \
	in_a "$NETSWAP" guard on --hook frob
ok "bad mode" fails 2 "neither monitor nor enforce" \
	in_a "$NETSWAP" guard on --mode frob
ok "no such interface" fails 1 "no such interface" \
	in_a "$NETSWAP" guard on --dev frob0
# An empty variable in /etc/default, say: on nowhere is not on.
ok "no interface" fails 1 "--dev: is empty" in_a "$NETSWAP" guard on --dev ""
ok "where pins do not last" fails 1 "use 'nsenter --net=" \
	ip netns exec $a "$NETSWAP" guard on --dev a0
ok "a comma" fails 1 "a comma too many" in_a "$NETSWAP" guard on --dev ,a0
# Free pages are below such a threshold on any machine.
printf 'on level\nenter 1000000%%\nleave 1000000%%\nlease 2s\n' >"$tmp/level"
calm
ok "a threshold above all free pages" fine guard on --policy "$tmp/level" \
	--mode enforce
for i in $(seq 20); do
	[ "$(json .lease_ns)" = 0 ] || break
	sleep 0.1
done
is "is pressure, by itself" "$(send 20)" 0
sleep 1
is "that lasts" "$(sleep 2; send 20)" 0
guard on --policy "$tmp/policy" >/dev/null 2>&1
calm
is "and is over with another threshold" "$(send 20)" 20
is "its cause was told" "$("$NETSWAP" events --json 2>/dev/null | jq -c '[.[] |
	select(.event == "guard_on") | .what] | unique | .[]')" \
	"$(printf '"level"\n"manual"')"
# Not below enter, but below leave: it goes on, and does not begin.
printf 'on level\nenter 1%%\nleave 1000000%%\nlease 500ms\n' >"$tmp/leave"
fine guard on --policy "$tmp/leave" >/dev/null 2>&1
sleep 1
is "above enter there is no pressure" "$(send 20)" 20
guard press >/dev/null 2>&1
sleep 2
is "below leave it goes on" "$(send 20)" 0
printf 'on level\nenter 1%%\nleave 1%%\nlease 500ms\n' >"$tmp/leave"
fine guard on --policy "$tmp/leave" >/dev/null 2>&1
guard press >/dev/null 2>&1
sleep 1
is "above leave it does not" "$(send 20)" 20
ok "for five seconds" on --for 5 --mode enforce
is "drops" "$(pressed 20)" 0
sleep 5.1
is "status tells that it has ended" "$(guard status >"$tmp/ended"; echo $?) \
$(grep -c 'has ended by itself' "$tmp/ended")" "3 1"
is "and ends by itself" "$(pressed 20)" 20
# As if another version had put it on: what that was told may not be lost.
conf() { bpftool -j map dump pinned $PIN/maps/nsw_conf | jq -r ".[0].value |
	$1 map(ltrimstr(\"0x\")) | join(\" \")"; }
# shellcheck disable=SC2086
set_conf() { bpftool map update pinned $PIN/maps/nsw_conf key hex 00 00 00 00 \
	value hex $1; }
as_told() { json '[.mode, .until_ns > 0, .places, [.rules[].rule]]'; }
before=$(as_told)
was=$(conf "")
set_conf "$(conf '.[8:16] = .[9:16] + .[8:9] |')"
ok "another version's is not touched" fails 1 "another version" \
	in_a "$NETSWAP" guard on --dev a0
is "all is as it was told" "$(as_told)" "$before"
set_conf "$was"
ok "off" guard off
is "off leaves what netswap load made" \
	"$("$NETSWAP" show --json | jq -c '[.hooks.reserve, .hooks.guard]')" \
	"[true,false]"
is "and no program" "$(xdp)" null

# tc, beside what others have there.
ok "tc" on --hook tc
is "status" "$(json '[.places[] | [.place, .hook, .attached]]')" \
	'[["a0","tc",true]]'
is "drops" "$(pressed 20)" 0
is "allows" "$(pressed 20 53)" 20
ok "off" guard off
is "its qdisc is gone" "$(clsact)" ""
ok "a driver without native XDP" fine guard on --dev lo
is "gets tc" "$(json '[.places[] | [.place, .hook]]')" '[["lo","tc"]]'
ok "off" guard off
ok "not if XDP is asked for" fails 1 "takes no native XDP" \
	in_a "$NETSWAP" guard on --dev lo --hook xdp
in_a tc qdisc add dev a0 clsact
in_a tc filter add dev a0 ingress prio 10 protocol all u32 match u32 0 0 \
	flowid 1:1
before=$(filters)
ok "tc beside another filter" on --hook tc
is "drops" "$(pressed 20)" 0
ok "off" guard off
is "the other filter is as it was" "$(filters)" "$before"
ok "there was one" [ -n "$before" ]
in_a tc qdisc del dev a0 clsact

# Sockets of a cgroup, and rules for them where packets come in.
cg=$(findmnt -n -o TARGET -t cgroup2 | head -n 1)/nswg$$
# received COUNT PORT: how many of COUNT a server in the cgroup gets
received() {
	local i n
	: >"$tmp/got"
	pressed "$@" >/dev/null
	for i in $(seq 50); do
		n=$(stat -c %s "$tmp/got")
		[ "$n" = "$1" ] && break
		sleep 0.01
	done
	echo "$n"
}
if mkdir "$cg" 2>/dev/null; then
	(echo $BASHPID >"$cg/cgroup.procs" &&
		exec nsenter --net=/run/netns/$a python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 77))
got = open(sys.argv[1], "ab", 0)
print("bound", flush=True)
while True:
    got.write(s.recv(1500)[:1])' "$tmp/got" >"$tmp/bound") &
	server=$!
	for i in $(seq 50); do [ -s "$tmp/bound" ] && break; sleep 0.1; done
	ok "on a cgroup" fine guard on --cgroup "$cg" --policy "$tmp/policy"
	is "status" "$(json '[.places[] | [.hook, .attached]]')" \
		'[["cgroup_skb",true]]'
	is "its sockets get nothing" "$(received 20 77)" 0
	is "counted" "$(json '.rules[-1].dropped')" 20
	is "others do" "$(pressed 20)" 20
	ok "off" guard off
	is "then they get all" "$(received 20 77)" 20
	echo "allow cgroup $cg" >"$tmp/cgroup"
	cat "$tmp/policy" >>"$tmp/cgroup"
	ok "a rule for a cgroup" fine guard on --dev a0 --policy "$tmp/cgroup"
	is "passes at XDP what is for it" "$(received 20 77)" 20
	is "and drops the rest" "$(pressed 20)" 0
	ok "off" guard off
	kill $server
	wait $server 2>/dev/null
	rmdir "$cg"
else
	skip "cgroup" "no cgroup2 file system to make one in"
fi

# Someone else's XDP program is left alone.
bpftool prog loadall "$BUILD/bpf/guard.bpf.o" $other
in_a bpftool net attach xdpdrv pinned $other/nsw_guard_xdp dev a0
before=$(xdp)
ok "XDP that is taken is refused" fails 1 "use --hook tc" \
	in_a "$NETSWAP" guard on --dev a0
is "and not replaced" "$(xdp)" "$before"
ok "there was one" [ "$before" != null ]
is "nothing of the guard stays" "$(find $PIN -name 'nsw_g*' \
	! -path "$PIN/maps/nsw_guard")" ""
in_a bpftool net detach xdpdrv dev a0
rm -r $other
bpftool prog load "$BUILD/tests/guard_dispatcher.bpf.o" $other
in_a bpftool net attach xdpdrv pinned $other dev a0
before=$(xdp)
ok "so is libxdp's, by name" fails 1 "belongs to libxdp's program" \
	in_a "$NETSWAP" guard on --dev a0
ok "also if XDP is asked for" fails 1 "use --hook tc" \
	in_a "$NETSWAP" guard on --dev a0 --hook xdp
is "and stays" "$(xdp)" "$before"
ok "beside it, tc" on --hook tc
is "drops" "$(pressed 20)" 0
ok "off" guard off
in_a bpftool net detach xdpdrv dev a0
rm $other

# One that the guard can't join: as libxdp makes them, but with no function that
# it calls, so there is none to replace, on any kernel.
bpftool prog loadall "$BUILD/tests/xdp-dispatcher.o" $other
in_a bpftool net attach xdpdrv pinned $other/xdp_dispatcher dev a0
before=$(xdp)
pins=/sys/fs/bpf/xdp/dispatch-$(in_a ip -j link show a0 | jq ".[0].ifindex")-$before
mkdir -p "$pins"
ok "libxdp's that it can't join is refused, and why" \
	fails 1 "can't join: this kernel does not let it" \
	in_a "$NETSWAP" guard on --dev a0
is "it stays" "$(xdp)" "$before"
is "nothing of the guard stays" "$(find $PIN -name 'nsw_g*' \
	! -path "$PIN/maps/nsw_guard")$(find "$pins" -type f)" ""
in_a bpftool net detach xdpdrv dev a0
in_a bpftool net attach xdpgeneric pinned $other/xdp_dispatcher dev a0
ok "nor that of generic XDP" fails 1 "can't join: it is in generic mode" \
	in_a "$NETSWAP" guard on --dev a0
is "it stays, too" "$(xdp)" "$before"
in_a bpftool net detach xdpgeneric dev a0
rm -r $other "$pins"

# What xdp-loader loads: by libxdp's dispatcher where the kernel replaces
# functions (freplace), else as the one program of the interface.
loader() { in_a xdp-loader load -m native a0 "$BUILD/tests/guard_other.bpf.o"; }
if command -v xdp-loader >/dev/null; then
	ok "a program of xdp-loader" loader
	before=$(xdp)
	echo "# it is $(in_a ip link show dev a0 | sed -n 's/.*prog\///p')"
	ok "is there" [ "$before" != null ]
	if in_a xdp-loader status a0 | grep -q '=>'; then
		ok "it is shared" on
		ok "off" guard off
	else
		ok "it is not replaced either" fails 1 "use --hook tc" \
			in_a "$NETSWAP" guard on --dev a0
		is "and stays" "$(xdp)" "$before"
	fi
	ok "beside it, tc" on --hook tc
	is "drops" "$(pressed 20)" 0
	ok "xdp-loader unloads its own" in_a xdp-loader unload --all a0
	is "the guard drops" "$(pressed 20)" 0
	ok "off" guard off
	ok "XDP, when it is free" on
	before=$(xdp)
	is "xdp-loader does not replace it" \
		"$(loader >/dev/null 2>&1 && echo loaded)" ""
	is "it stays" "$(xdp)" "$before"
	is "drops" "$(pressed 20)" 0
	ok "off" guard off
	rmdir /sys/fs/bpf/xdp 2>/dev/null
else
	skip "xdp-loader" "there is none (xdp-tools)"
fi

# Killed in the middle, it can be taken away, and packets pass.
for hook in xdp tc; do
	for ms in 0.02 0.05 0.1 0.2 0.4; do
		in_a timeout -s KILL $ms "$NETSWAP" guard on --dev a0 \
			--hook $hook --policy "$tmp/policy" >/dev/null 2>&1
	done
	ok "on after being killed ($hook)" on --hook $hook
	is "one place" "$(json '.places | length')" 1
	for ms in 0.003 0.005 0.01 0.02 0.05; do
		in_a timeout -s KILL $ms "$NETSWAP" guard off >/dev/null 2>&1
	done
	ok "off after being killed ($hook)" guard off
	is "all arrive" "$(send 20)" 20
	is "no program, no qdisc" "$(xdp) $(clsact)" "null "
done

# The interface goes, and another of its name comes.
ok "on" on
in_a ip link del a0
is "status tells that it is gone" "$(json '.places[0].attached')" false
is "by its exit code, too" "$(guard status --json >/dev/null; echo $?)" 3
veth
is "packets pass at the new one" "$(pressed 20)" 20
ok "on again" on
is "there is one place" "$(json '[.places[].attached]')" "[true]"
is "drops" "$(pressed 20)" 0
ok "unload" in_a "$NETSWAP" unload
is "takes the guard with it" "$(xdp)" null
ok "on" on --hook tc
ok "unload" in_a "$NETSWAP" unload
is "also at tc" "$(clsact)" ""
is "nothing is left" "$(leftovers)" 0
done_testing

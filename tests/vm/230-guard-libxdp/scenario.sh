#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: the guard shares an interface's XDP with others, through libxdp
# pressure: none
# bins: xdp-loader xdp-dispatcher.o xdpcount.bpf.o guard_other.bpf.o bpftool
# param swap=none
# param nic=virtio
# param mem=512
# param kills=4		moments at which `guard on` and `guard off` are killed
# param timeout=400
#
# xdp-loader puts a program on the interface, which counts the answers to pings.
# The guard joins it and runs first: under pressure the program sees none.
# Whoever joins, leaves or returns, and whenever netswap is killed, the program
# goes on, and is what `guard off` leaves, alone.  So it is from another network
# namespace, and after the interface has gone.  What is not native is refused.

export LIBXDP_OBJECT_PATH=/bin
printf 'lease 3s\ndefault drop\n' >/run/policy

others() { xdp-loader load -p /sys/fs/bpf "$@" "$INTERFACE" /bin/xdpcount.bpf.o; }
another() { xdp-loader load "$INTERFACE" /bin/guard_other.bpf.o; }
unload() {
	xdp-loader unload "$INTERFACE" -i "$(xdp-loader status "$INTERFACE" |
		awk -v name="$1" '$3 == name { print $4 }')"
}
# Programs and no functions: they are to be killed themselves.
ON="netswap guard on --dev $INTERFACE --policy /run/policy"
OFF="netswap guard off"
on() { $ON; }
# In the order in which they run.
programs() {
	xdp-loader status "$INTERFACE" |
		awk '$1 == "=>" { printf "%s%s", s, $3; s = " " }'
}
seen() {
	bpftool map dump pinned /sys/fs/bpf/seen |
		sed -n 's/.*"value": *\([0-9]*\).*/\1/p'
}
# pinged [COUNT]: how many pings are answered, and how many answers were counted
pinged() {
	local before answers

	before=$(seen)
	answers=$(ping -q -c "${1:-4}" -i 0.1 -W 1 10.0.2.2 |
		  awk '/received/ { print $4 }')
	echo "$answers $(($(seen) - before))"
}
pressed() {
	netswap guard press >/dev/null
	pinged
}
no_pressure() { netswap guard status | grep -q 'no pressure'; }
calm() {
	wait_for 10 no_pressure
	pinged
}
attached() { netswap guard status --json >/run/json; report_file "$1" /run/json; }
# The kernel frees programs after a grace period.
no_guard() { ! bpftool prog show | grep -q 'name nsw_guard_xdp'; }
left() { wait_for 10 no_guard && echo none || echo some; }

# killed MICROSECONDS COMMAND...
killed() {
	local pid after=$1

	shift
	"$@" >/dev/null 2>&1 &
	pid=$!
	usleep "$after"
	kill -9 $pid 2>/dev/null
	wait $pid
}
now_us() { awk '{ print $1 * 1000000 }' /proc/uptime; }
# kill_at_moments COMMAND [BEFORE]: of each, whether the other program went on,
# and what was left after another `guard off`; says what was otherwise.
kill_at_moments() {
	local i=0 begun took

	$2 >/dev/null 2>&1
	begun=$(now_us)
	$1 >/dev/null 2>&1
	took=$(($(now_us) - begun))
	while [ $i -lt "$(parameter kills)" ]; do
		$OFF >/dev/null 2>&1
		$2 >/dev/null 2>&1
		# shellcheck disable=SC2086
		killed $((took * i / $(parameter kills))) $1
		pinged 1
		$OFF >/dev/null 2>&1 || echo "guard off failed"
		programs
		left
		i=$((i + 1))
	done | sed '/^1 1$/d; s/^xdpcountnone$/as it was/' | sort | uniq -c
}

others || broken "xdp-loader: there is no dispatcher"
report alone "$(programs): $(pinged)"
on >/run/on 2>&1
report on "$?: $(programs)"
report_file on.txt /run/on
attached on.json
# The dispatcher takes frames in pieces if all its programs do: the first one's.
report frags "$(bpftool map dump name xdp_disp.rodata |
	sed -n 's/.*"program_flags": *\[\([0-9]*\).*/\1/p')"
report calm "$(pinged)"
report pressed "$(pressed)"
another
report joined "$(programs): $(pressed)"
unload xdpcount
unload nswx_other
report last "$(programs): $(pressed)"
others
report returned "$(programs): $(pressed)"
report returned_calm "$(calm)"
attached returned.json

unshare -n netswap guard status --json >/run/json
report_file elsewhere.json /run/json
unshare -n netswap guard off >/run/off 2>&1
report off "$?: $(cat /run/off): $(programs): $(pinged): $(left)"
kill_at_moments "$ON" >/run/kills
report_file on_killed.txt /run/kills
kill_at_moments "$OFF" "$ON" >/run/kills
report_file off_killed.txt /run/kills
# What a kill has left without the guard in it is not for `guard off` to clean.
xdp-loader clean "$INTERFACE" >/run/clean 2>&1 ||
	broken "xdp-loader clean: $(tail -n 1 /run/clean)"

# The interface goes, and comes back.
driver=/sys/bus/virtio/drivers/virtio_net
device=$(basename "$(readlink "/sys/class/net/$INTERFACE/device")")
on >/dev/null 2>&1
echo "$device" >$driver/unbind
attached gone.json
echo "$device" >$driver/bind
network_up
others
netswap guard on >/run/on 2>&1
report again "$?: $(programs): $(pressed)"
attached again.json
echo "$device" >$driver/unbind
netswap guard off >/run/off 2>&1
report off_gone "$?: $(cat /run/off): $(left)"
find /sys/fs/bpf/xdp -type f >/run/pins
report_file pins.txt /run/pins
echo "$device" >$driver/bind
network_up

others -m skb
on >/run/on 2>&1
report generic "$?: $(programs): $(pinged)"
report_file generic.txt /run/on
netswap unload
verdict COMPLETED

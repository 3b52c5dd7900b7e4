#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: the guard passes what is for WireGuard, by its sockets alone
# pressure: none
# bins: ip wg bash
# param swap=none
# param pings=4		that each end sends through each tunnel
# param kib=64		that are sent through it
#
# Tunnels to another network namespace, over IPv4 and IPv6, with the guard at XDP
# and at tc.  Each is made under pressure and from ports that are new, so that
# the first packet is the peer's handshake, or its answer to ours; at last the
# peer is at another port.  No rule allows any of it.  That its datagrams never
# come to the rule that drops them, and others do come to theirs, is what tells
# the sockets apart.
#
# Pressure is a threshold above all free pages, so that it lasts.  Needs a kernel
# with WireGuard built in: 6.12.

FIRST_PORT=51820
OTHER_PORT=9000
SENT=20
IP=/bin/ip		# by its path, as busybox has one of its own

peer() {
	nsenter --net=/run/netns/peer "$@"
}

must() {
	"$@" >/run/must 2>&1 || broken "$*: $(head -n 1 /run/must)"
}

# arrived ipv4|ipv6: datagrams, for a socket or for nobody
arrived() {
	if [ "$1" = ipv4 ]; then
		awk '$1 == "Udp:" && $2 ~ /^[0-9]/ { print $2 + $3 }' \
			/proc/net/snmp
	else
		awk '/^Udp6(InDatagrams|NoPorts)/ { sum += $2 }
			END { print sum }' /proc/net/snmp6
	fi
}

all_arrived() {
	[ $(($(arrived "$1") - before)) -ge $SENT ]
}

# datagrams ipv4|ipv6: how many arrive of 20 that the peer sends
datagrams() {
	local to=10.99.0.1

	[ "$1" = ipv4 ] || to=fd99::1
	before=$(arrived "$1")
	# shellcheck disable=SC2016
	peer bash -c 'for i in $(seq $0); do echo >/dev/udp/$1/$2; done' \
		$SENT $to $OTHER_PORT
	wait_for 2 all_arrived "$1"
	echo $(($(arrived "$1") - before))
}

# tunnel_end RUN OWN OTHER PORT [ENDPOINT]: RUN is peer, or nothing for this end
tunnel_end() {
	local run=$1 own=$2 other=$3 port=$4

	must $run $IP link add wg0 type wireguard
	must $run wg set wg0 listen-port "$port" private-key "/run/key.$own" \
		peer "$(wg pubkey <"/run/key.$other")" \
		allowed-ips "10.98.0.$other/32" ${5:+endpoint "$5"}
	must $run $IP addr add "10.98.0.$own/24" dev wg0
	must $run $IP link set wg0 up
}

# answers RUN TO: how many pings come back
answers() {
	$1 ping -c "$(parameter pings)" -i 0.2 -W 3 "10.98.0.$2" |
		sed -n 's/.* \([0-9]*\) packets received.*/\1/p'
}

# tunnel HOOK OUTER FIRST: only who sends first is told where the other is
tunnel() {
	local here=10.99.0.1 there=10.99.0.2 port=$((FIRST_PORT + tunnels)) said

	if [ "$2" = ipv6 ]; then
		here='[fd99::1]'
		there='[fd99::2]'
	fi
	tunnels=$((tunnels + 1))
	if [ "$3" = peer ]; then
		tunnel_end "" 1 2 $port
		tunnel_end peer 2 1 $port "$here:$port"
		said="$(answers peer 1) $(answers "" 2)"
	else
		tunnel_end peer 2 1 $port
		tunnel_end "" 1 2 $port "$there:$port"
		said="$(answers "" 2) $(answers peer 1)"
	fi
	peer nc -w 10 10.98.0.1 80 </dev/null >/run/through
	cmp -s /run/bytes /run/through && said="$said whole"
	peer wg set wg0 listen-port $((port + 1000))
	report "tunnel_$1_$2_$3" "$said $(answers peer 1)"
	must $IP link del wg0
	must peer $IP link del wg0
}

pressed() {
	netswap guard status | grep -q 'under pressure'
}

netswap_start
[ $netswap = netswap ] || broken "there is no netswap"
must $IP netns add peer
must $IP link add g0 type veth peer name p0 netns peer
must $IP addr add 10.99.0.1/24 dev g0
must $IP addr add fd99::1/64 dev g0 nodad
must $IP link set g0 up
must peer $IP addr add 10.99.0.2/24 dev p0
must peer $IP addr add fd99::2/64 dev p0 nodad
must peer $IP link set p0 up
for i in 1 2; do
	(umask 077; wg genkey >/run/key.$i)
done
dd if=/dev/urandom of=/run/bytes bs=1024 count="$(parameter kib)" 2>/dev/null
nc -ll -p 80 -e cat /run/bytes &
# An ordinary socket, of IPv4; in IPv6 nobody has the port.
sink -n 0 -u $OTHER_PORT -U 1 >/run/sink 2>&1 &
cat >/run/policy <<-END
	on level
	enter 1000000%
	leave 1000000%
	lease 5s
	drop proto udp port $FIRST_PORT-$((FIRST_PORT + 99))
	drop proto udp port $OTHER_PORT
END
report phase load
report calm "$(datagrams ipv4) $(datagrams ipv6)"
tunnels=0
for hook in xdp tc; do
	must netswap guard on --dev g0 --hook $hook --policy /run/policy
	wait_for 10 pressed || broken "the guard does not engage"
	for outer in ipv4 ipv6; do
		for first in peer this; do
			tunnel $hook $outer $first
		done
	done
	report dropped_$hook "$(datagrams ipv4) $(datagrams ipv6)"
	netswap guard status --json >/run/guard-$hook.json
	report_file guard-$hook.json /run/guard-$hook.json
	netswap_report netswap-$hook.json
	must netswap guard off
done
netswap_stop
verdict COMPLETED

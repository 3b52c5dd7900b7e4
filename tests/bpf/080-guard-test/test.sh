#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# netswap guard test: a capture through the program, and bad captures.
# Catches a verdict or a rule that is not that of its packet.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/bpf.sh"
need_bpf
command -v python3 >/dev/null || skip_all "needs python3"

# pcap LINKTYPE FILE
pcap() {
	python3 - "$1" >"$2" <<-'END'
	import struct, sys
	def ip(proto, rest, frag=0):
	    return (b"\2" * 12 + b"\x08\0" + struct.pack(">BBHHHBBH4s4s", 0x45,
	        0, 20 + len(rest), 7, frag, 64, proto, 0, b"\n\0\0\1",
	        b"\n\0\0\2") + rest)
	def ports(a, b):
	    return struct.pack(">HH", a, b) + b"\0" * 16
	frames = [
	    b"\2" * 12 + b"\x08\x06" + b"\0" * 28,
	    ip(17, ports(1, 53)),
	    ip(17, ports(1, 9)),
	    ip(6, ports(1, 22)),
	    ip(47, b"\0" * 8),
	    ip(6, ports(1, 22))[:30],
	    ip(17, ports(68, 67)),
	    ip(1, b"\3\4" + b"\0" * 30),
	    ip(17, ports(1, 9), 0x2000),
	    ip(17, b"\0" * 20, 2),
	    b"\2" * 10,
	]
	out = sys.stdout.buffer
	out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535,
	    int(sys.argv[1])))
	for f in frames:
	    out.write(struct.pack("<IIII", 1, 0, len(f), len(f)) + f)
	END
}
pcap 1 "$tmp/pcap"
pcap 101 "$tmp/raw"
cat >"$tmp/policy" <<-END
	budget few packets 10/s
	allow proto udp port 53
	limit few proto tcp port 22
END
ok "a policy by standard input is the same" cmp \
	<("$NETSWAP" guard test "$tmp/pcap" --policy - <"$tmp/policy") \
	<("$NETSWAP" guard test "$tmp/pcap" --policy "$tmp/policy")
ok "one with an error" grep -q '^netswap: standard input:1: ' \
	<(echo frob | "$NETSWAP" guard test "$tmp/pcap" --policy - 2>&1)
ok "policy and capture by it" fails 1 "can't be policy and capture" \
	"$NETSWAP" guard test - --policy -
guard() { "$NETSWAP" guard test "$@" --policy "$tmp/policy"; }

is "verdicts and rules" "$(guard "$tmp/pcap" | sed 's/  */ /g; s/ $//')" \
" 1 pass arp
 2 pass allowed allow proto udp port 53
 3 drop dropped default
 4 pass in_budget limit few proto tcp port 22
 5 pass protocol
 6 pass truncated
 7 pass dhcp
 8 pass icmp_error
 9 drop dropped default
 10 drop dropped
 11 pass truncated"
is "as JSON" "$(guard "$tmp/pcap" --json | jq -c '.[1], .[2], length')" \
'{"packet":2,"verdict":"pass","why":"allowed","rule":"allow proto udp port 53","line":2}
{"packet":3,"verdict":"drop","why":"dropped","rule":"default","line":null}
11'
# A capture does not tell its interface; BPF_PROG_RUN has it come in at lo.
printf 'allow dev d0 proto udp\n' >"$tmp/dev"
# shellcheck disable=SC2016
verdict() {
	unshare --net sh -c 'ip link add d0 type veth peer name d1 &&
		exec "$@"' sh "$NETSWAP" guard test "$tmp/pcap" \
		--policy "$tmp/dev" "$@" 2>"$tmp/warning" |
		awk '$1 == 2 { print $2 }'
}
is "a rule with dev, at that" "$(verdict --dev d0)" pass
is "at another" "$(verdict --dev d1)" drop
is "at none" "$(verdict)" drop
ok "which is told" grep -q "rules with dev fit nothing: say --dev" \
	"$tmp/warning"
sed -i 's/d0/lo/' "$tmp/dev"
is "also of lo" "$(verdict)" drop
ok "no such interface" fails 1 "no such interface" \
	"$NETSWAP" guard test "$tmp/pcap" --dev frob0
is "nothing is attached or pinned by it" "$(ls $PIN 2>/dev/null)" ""
ok "no file" fails 1 "No such file" "$NETSWAP" guard test "$tmp/none"
ok "no capture" fails 1 "cannot read" "$NETSWAP" guard test "$tmp/policy"
ok "no Ethernet" fails 1 "not of Ethernet" "$NETSWAP" guard test "$tmp/raw"
head -c 300 "$tmp/pcap" >"$tmp/cut"
ok "cut off" fails 1 "cannot read packet" "$NETSWAP" guard test "$tmp/cut"
is "an error is one JSON document" "$("$NETSWAP" guard test "$tmp/none" \
	--json 2>/dev/null | jq -r '.error | length > 10')" true
for args in "" frob "test" "on off" "status now"; do
	# shellcheck disable=SC2086
	ok "usage: guard $args" fails 2 "guard: say on" "$NETSWAP" guard $args
done
is "nothing is left" "$(leftovers)" 0
done_testing

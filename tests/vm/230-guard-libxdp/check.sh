#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

places() { json "$1" '[.places[] | "\(.hook) \(.shared) \(.attached)"] |
	join(" ")'; }
# Of pings: answered, and seen by xdpcount.
all="4 4" none="0 0" both="nsw_guard_xdp xdpcount"

is "another program is there" "$(value alone)" "xdpcount: $all"
is "the guard joins it" "$(value on)" "0: $both"
is "status" "$(places on.json)" "xdp true true"
ok "in words" grep -q "native XDP, shared" <(guest_file on.txt)
is "it takes frames in pieces (BPF_F_XDP_HAS_FRAGS)" "$(value frags)" 32
is "without pressure both pass all" "$(value calm)" "$all"
is "under pressure none gets as far" "$(value pressed)" "$none"
is "another joins" "$(value joined)" \
	"nsw_guard_xdp nswx_other xdpcount: $none"
is "the others leave" "$(value last)" "nsw_guard_xdp: 0 0"
is "one returns" "$(value returned)" "$both: $none"
is "and sees all without pressure" "$(value returned_calm)" "$all"
is "the guard is where it was" "$(places returned.json)" "xdp true true"
is "seen from another network namespace" "$(places elsewhere.json)" \
	"xdp true true"
is "off, from there, leaves the other" "$(value off)" \
	"0: the guard is off: xdpcount: $all: none"
for what in on off; do
	is "$what killed: the other goes on, and is left" \
		"$(guest_file ${what}_killed.txt | awk '{$1 = $1} 1')" \
		"$(param kills) as it was"
done
is "the interface is gone" "$(places gone.json)" "xdp true false"
is "it is back, and shared again" "$(value again)" "0: $both: $none"
is "in one place" "$(places again.json)" "xdp true true"
is "off when it is gone" "$(value off_gone)" "0: the guard is off: none"
is "leaves nothing with libxdp" "$(guest_file pins.txt)" ""
is "generic XDP is refused" "$(value generic)" "1: xdpcount: $all"
ok "and why" grep -q "can't join: it is in generic mode.*use --hook tc" \
	<(guest_file generic.txt)
done_testing

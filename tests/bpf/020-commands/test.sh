#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# load, status, probe, show, events, record, top, audit, unload on this kernel.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/bpf.sh"
need_bpf
tap_cleanup() { "$NETSWAP" unload >/dev/null; }

# Done or degraded: which hooks are missing depends on the kernel.
fine() { "$@"; local s=$?; [ $s = 0 ] || [ $s = 3 ]; }
json() { "$@" --json 2>/dev/null | jq -e . >/dev/null; }

ok "status before load" bash -c "$NETSWAP status; [ \$? = 3 ]"
ok "load" fine "$NETSWAP" load
is "pins are private" "$(stat -c %a $PIN)" 700
before=$(ours)
ok "load again" fine "$NETSWAP" load
is "changed nothing" "$(ours)" "$before"
ok "libbpf is silent" bash -c "! $NETSWAP probe 2>&1 | grep -q ^libbpf:"
ok "unless asked" bash -c "NETSWAP_DEBUG=1 $NETSWAP probe 2>&1 |
	grep -q ^libbpf:"
for c in probe status show load audit events "guard status"; do
	ok "$c --json is one document" json "$NETSWAP" $c
done
is "probe names what is attached" "$("$NETSWAP" probe --json |
	jq '.attached_rank.reserve, .attached_rank.watermark')" "$(printf '1\n0')"
is "the best alternative of each" \
	"$("$NETSWAP" probe --json | jq -rf "$TESTS/lib/best_ranks.jq")" ""
# Two counters that can be made to move: page allocations make none by
# themselves, but the zones must follow /proc/zoneinfo.
zone_near() {
	local bpf proc
	bpf=$("$NETSWAP" show --json | jq '[.zones[].min_pages] | add')
	proc=$(awk '$1=="min" {n=$2} $1=="managed" && $2>0 {s+=n} END {print s}' \
		/proc/zoneinfo)
	echo "bpf $bpf proc $proc"
	[ "$bpf" = "$proc" ]
}
ok "watermarks equal /proc/zoneinfo's" zone_near
is "zones come from BPF" "$("$NETSWAP" show --json |
	jq -c '[.zones[].source] | unique')" '["bpf"]'
ok "record" "$NETSWAP" record -n 3 -i 0.1 -o "$tmp/r"
is "three lines" "$(wc -l <"$tmp/r")" 3
ok "replayed by show" "$NETSWAP" show --replay "$tmp/r"
ok "batch top" bash -c "$NETSWAP top -b -n 2 -d 0.1 | grep -q Normal"
ok "batch top replays" bash -c "$NETSWAP top -b --replay $tmp/r | grep -q Normal"
ok "interval" "$NETSWAP" show -i 0.1 -n 2
# Reclaim of a small cgroup makes events in vmscan that must be counted.
ok "unload" "$NETSWAP" unload
ok "unload again" "$NETSWAP" unload
is "nothing is left" "$(leftovers)" 0
# Interrupted in the middle of its work it must not leave half a load.
for ms in 0.01 0.05 0.1 0.2; do
	timeout -s KILL $ms "$NETSWAP" load >/dev/null 2>&1
done
ok "load after being killed" fine "$NETSWAP" load
is "has its links" "$("$NETSWAP" show --json | jq '.hooks.reserve')" true
"$NETSWAP" load >/dev/null 2>&1 &
"$NETSWAP" load >/dev/null 2>&1
wait
is "two loads at once: one copy" "$(doubles)" ""
ok "unload" "$NETSWAP" unload
is "nothing is left" "$(leftovers)" 0
done_testing

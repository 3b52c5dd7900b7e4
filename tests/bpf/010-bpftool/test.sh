#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Each object loads alone with plain `bpftool prog loadall`, without any
# loader of ours; `netswap attach` then finds and attaches what is pinned.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/bpf.sh"
need_bpf
tap_cleanup() { "$NETSWAP" unload >/dev/null; }

mkdir -m 700 $PIN
for obj in "$BUILD"/bpf/*.bpf.o; do
	name=$(basename "$obj" .bpf.o)
	ok "bpftool loads $name" bpftool prog loadall "$obj" $PIN/"$name"
	is "$name: nothing is attached yet" "$(ls $PIN/links 2>/dev/null)" ""
done
# 0 or 3: which hooks this kernel has is not this test's matter.
"$NETSWAP" attach >/dev/null 2>&1
ok "attach" [ $? = 0 -o $? = 3 ]
is "reserve is attached" \
	"$("$NETSWAP" show --json | jq '.hooks.reserve')" true
is "every program of type tp_btf of the best rank has a link" \
	"$(for l in nsw_pg_alloc nsw_pg_free nsw_arm nsw_rx nsw_kfree nsw_rt \
		nsw_dr_begin nsw_dr_end nsw_bl_issue nsw_bl_done; do
		[ -e $PIN/links/$l ] || echo "$l"; done)" ""
links=$(ls $PIN/links)
"$NETSWAP" attach >/dev/null 2>&1
is "a second attach adds nothing" "$(ls $PIN/links)" "$links"
tick() { "$NETSWAP" show --json | jq ".tick_age_ns < 1000000000"; }
is "the timer runs" "$(tick)" true
# netswap load takes over what bpftool loaded, without counting twice.
"$NETSWAP" load >/dev/null 2>&1
is "load replaces them" "$(ls -d $PIN/maps)" $PIN/maps
is "one copy of each program and map" "$(doubles)" ""
ok "unload" "$NETSWAP" unload
is "nothing is left" "$(leftovers)" 0
ok "the directory is gone" [ ! -e $PIN ]

# Where the kernel has trampolines the optional objects load as well.
for obj in "$BUILD"/bpf/optional/*_raw.bpf.o; do
	name=$(basename "$obj" .bpf.o)
	[ -d $PIN ] || mkdir -m 700 $PIN
	ok "bpftool loads $name" bpftool prog loadall "$obj" $PIN/"$name"
done
"$NETSWAP" attach >/dev/null 2>&1
is "the raw tracepoint fallback is attached" \
	"$("$NETSWAP" show --json | jq -c '[.hooks.reserve, .hooks.kswapd,
		.hooks.direct_reclaim, .hooks.swap_block, .hooks.sk_filter]')" \
	"[true,true,true,true,true]"
ok "unload" "$NETSWAP" unload
is "nothing is left" "$(leftovers)" 0
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# On stock 6.1 and 6.12 every object, optional ones included, loads alone with
# Debian's bpftool, and `netswap attach` takes the best of what is pinned.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/vm.sh"
need_vm
command -v bpftool >/dev/null || skip_all "needs bpftool"

bins=(--bin "$NETSWAP" --bin "$(command -v bpftool)")
for obj in "$BUILD"/bpf/*.bpf.o "$BUILD"/bpf/optional/*.bpf.o; do
	bins+=(--bin "$obj")
done
value() { sed -n "s/^$1=//p" "$tmp/out/result.txt"; }
json() { "$TESTS/vm/extract.sh" "$tmp/out" "$1" | jq -c "$2"; }

for kernel in 6.12-cloud 6.1-cloud; do
	if ! "$TESTS/vm/kernel.sh" $kernel >"$tmp/kernel.log" 2>&1; then
		skip "$kernel" "$(tail -n 1 "$tmp/kernel.log")"
		continue
	fi
	ok "$kernel: guest" vm_run --kernel $kernel --mem 512 --timeout 120 \
		--scenario "$TESTS/vm/020-bpftool/scenario.sh" "${bins[@]}"
	for obj in "$BUILD"/bpf/*.bpf.o "$BUILD"/bpf/optional/*.bpf.o; do
		name=$(basename "$obj" .bpf.o)
		is "$kernel: bpftool loads $name" "$(value "load_$name")" ok
	done
	is "$kernel: attach" "$(value attach_status)" 0
	is "$kernel: every group has a program" \
		"$(json show.json '[.hooks | to_entries[] |
			select(.value | not) | .key]')" "[]"
	is "$kernel: the best alternative of each" "$(json probe.json \
		'[.attached_rank[] | select(. != null)] | add')" 0
	is "$kernel: unload" "$(value unload_status)" 0
	is "$kernel: nothing is left" \
		"$(value left)$(value kept_by_kernel)" 0
done
done_testing

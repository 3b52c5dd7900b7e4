#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every object, optional ones included, loaded alone, and `netswap attach` took
# the best of what was pinned.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

for obj in "$BUILD"/bpf/*.bpf.o "$BUILD"/bpf/optional/*.bpf.o; do
	name=$(basename "$obj" .bpf.o)
	is "bpftool loads $name" "$(value "load_$name")" ok
done
is "attach" "$(value attach_status)" 0
is "every group has a program" "$(json show.json '[.hooks | to_entries[] |
	select(.value | not) | .key] | join(" ")')" ""
is "the best alternative of each" "$(json probe.json \
	'[.attached_rank[] | select(. != null)] | add')" 0
is "unload" "$(value unload_status)" 0
is "nothing is left" "$(value left)$(value kept_by_kernel)" 0
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every object, optional ones included, loaded alone, and `netswap attach` took
# the best of what was pinned.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

patched=$(json probe.json '[.hooks[] | select(.type == "tp_patched") | .state !=
	"unusable"] | all')
for obj in "$BUILD"/bpf/*.bpf.o "$BUILD"/bpf/optional/*.bpf.o; do
	name=$(basename "$obj" .bpf.o)
	want=ok
	# Those of kernel-patches/ are for a kernel that has them.
	case $name in
	*_patched) [ "$patched" = true ] || want=failed ;;
	esac
	is "bpftool loads $name: $want" "$(value "load_$name")" $want
done
is "attach" "$(value attach_status)" 0
is "every group has a program" "$(json show.json '[.hooks | to_entries[] |
	select((.value | not) and .key != "guard") | .key] | join(" ")')" ""
is "the best alternative of each" \
	"$(guest_file probe.json | jq -rf "$TESTS/lib/best_ranks.jq")" ""
is "unload" "$(value unload_status)" 0
is "nothing is left" "$(value left)$(value kept_by_kernel)" 0
done_testing

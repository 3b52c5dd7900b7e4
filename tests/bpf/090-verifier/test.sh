#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# How many instructions the verifier goes through for each program of the
# guard, against what is recorded in insns.txt (on 6.18): a program that has
# grown by half nears the limit (1 million) of a kernel that prunes less.
# UPDATE=1 records anew.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/bpf.sh"
need_bpf
recorded=$TESTS/bpf/090-verifier/insns.txt
dir=/sys/fs/bpf/nswv$$
tap_cleanup() { rm -rf $dir; }

bpftool -d prog loadall "$BUILD/bpf/guard.bpf.o" $dir 2>&1 | awk '
	/BEGIN PROG LOAD LOG/ { gsub(/[:\x27]/, "", $3); name = $3 }
	/^processed/ && name { print name, $2; name = "" }' >"$tmp/now"
[ -z "${UPDATE:-}" ] || cp "$tmp/now" "$recorded"
is "every program is measured" "$(cut -d ' ' -f 1 "$tmp/now")" \
	"$(cut -d ' ' -f 1 "$recorded")"
while read -r name insns; do
	was=$(sed -n "s/^$name //p" "$recorded")
	ok "$name: $insns, recorded $was" \
		[ "$insns" -lt $((${was:-0} * 3 / 2 + 100)) ]
done <"$tmp/now"
done_testing

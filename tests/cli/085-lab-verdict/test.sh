#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a run's files come to.  Catches: a lab or an emulator that failed and is
# told as a verdict on the kernel, or counts as a pass; a hang that is told as
# something else; a run without pressure, with other counts than the kernel's or
# with a splat that is as expected.
set -u
. "$TESTS/lib/tap.sh"
command -v python3 >/dev/null || skip_all "needs python3"

dir=$tmp/session
python3 "$TESTS/cli/085-lab-verdict/session.py" "$dir" || exit
mapfile -t names < <(jq -r .cell.params.name "$dir/results.jsonl")
"$TESTS/vm/lab" judge "$dir" >"$tmp/shown" 2>"$tmp/err"
status=$?
is "exit status: not all are as expected" $status 1
is "nothing on stderr" "$(cat "$tmp/err")" ""
mapfile -t wanted <"$dir/wanted"
mapfile -t got < <(jq -r '"\(.verdict) \(if .ok then "ok" else "not ok" end)"' \
	"$dir/results.jsonl")
for i in "${!wanted[@]}"; do
	is "${names[$i]}" "${got[$i]}: ${names[$i]}" "${wanted[$i]}"
done

reason() { jq -r --arg name "$1" 'select(.cell.params.name == $name) |
	.broken_reason' "$dir/results.jsonl"; }
is "why: QEMU" "$(reason "QEMU ended by itself")" \
	"the guest ended without a verdict: qemu: no memory"
is "why: QEMU, which says nothing" \
	"$(reason "QEMU was killed while the load ran")" \
	"the guest ended without a verdict: QEMU was killed, or its machine reset"
is "why: it does not boot" "$(reason "panic before init could say a word")" \
	"mine does not boot: [    1.0] Kernel panic - not syncing: VFS: Unable to mount root fs"
is "why: the emulator" "$(reason "a stale int3")" \
	"the emulator ran into a stale int3"
is "that watch stopped is said" "$(jq -r \
	'.missing[] | select(test("^watch.txt"))' "$dir/runs/012/diagnosis.json")" \
	"watch.txt: no evidence: watch itself stopped at its second 0"
is "the host is the one that ran them" \
	"$(jq -r .host.cpus "$dir/results.jsonl" | sort -u)" 3
done_testing

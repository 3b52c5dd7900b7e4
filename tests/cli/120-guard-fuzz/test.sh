#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The guard's matcher and policy parser on arbitrary bytes: no crash, no read
# beyond the bytes, no answer that its own rules forbid.  `make fuzz` is longer.
# What was found is kept: build/fuzz/NAME build/fuzz/crash-... tells more.
set -u
. "$TESTS/lib/tap.sh"

# Refusals of policies are a line each; libFuzzer's own output goes on.
fuzz() {
	"$BUILD/fuzz/$1" -max_total_time="${FUZZ_SECS:-3}" -max_len="$2" \
		-close_fd_mask=2 -artifact_prefix="$BUILD/fuzz/" 2>"$tmp/$1.log"
}
for target in match:200 policy:2000; do
	name=${target%:*}
	ok "$name: nothing found" fuzz "$name" "${target#*:}"
	runs=$(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$tmp/$name.log")
	ok "$name: it did run (${runs:-0} inputs)" [ "${runs:-0}" -gt 1000 ]
	grep -a 'artifact_prefix' "$tmp/$name.log" | sed 's/^/# /'
done
done_testing

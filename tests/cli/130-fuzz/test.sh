#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What readers of foreign files, packets and requests do with any bytes: the
# corpora, and some seconds of what grows from them.  Catches: a crash, a read
# outside, undefined behaviour, memory that is not given back, a reply of the
# exporter that is cut off.  For longer: make fuzz.
set -u
. "$TESTS/lib/tap.sh"

clang=${CLANG:-clang}
echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' >"$tmp/x.c"
"$clang" -fsanitize=fuzzer,address -o "$tmp/x" "$tmp/x.c" 2>/dev/null ||
	skip_all "needs libFuzzer (libclang-rt-dev)"
cd "$TESTS/.." || exit
for name in $(make -s fuzzers); do
	ok "$name" make -s "fuzz-$name" FUZZ_SECS=5
done
done_testing

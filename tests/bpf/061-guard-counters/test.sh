#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The guard's counters miss nothing when two CPUs drop at once, each in a row of
# its own (without locked instructions), and both in one as CPUs beyond the last
# row do.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/bpf.sh"
need_bpf
[ "$(nproc)" -ge 2 ] || skip_all "needs two CPUs"

crowd() { "$BUILD/tests/guard_frames" "$1" crowd; }

ok "each CPU in its own row" crowd "$BUILD/bpf/guard.bpf.o"
ok "both in one row" crowd "$BUILD/tests/guard_one_row.bpf.o"
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# netswap on stock kernels, hook by hook: see sets/hooks.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/vm.sh"
need_vm
# A stock kernel does not survive this every time, which is not what is tested
# here: a run that ended otherwise than expected is repeated, and said.
"$TESTS/vm/lab" run hooks --tap --tries 3

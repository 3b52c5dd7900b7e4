#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# netswap on stock kernels, hook by hook: see sets/hooks.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/vm.sh"
need_vm
"$TESTS/vm/lab" run hooks --tap

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The lab's smoke set: see sets/smoke.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/vm.sh"
need_vm
# A stock kernel does not survive this every time, which is not what is tested
# here: a run that ended otherwise than expected is repeated, and said.
"$TESTS/vm/lab" run smoke --tap --tries 3

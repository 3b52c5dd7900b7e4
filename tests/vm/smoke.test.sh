#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The lab's smoke set: see sets/smoke.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/vm.sh"
need_vm
"$TESTS/vm/lab" run smoke --tap

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

ok "generations that came late: $(value agings)" [ "$(value agings)" -gt 0 ]
ok "reclaimers meanwhile: $(value reclaims)" [ "$(value reclaims)" -gt 0 ]
done_testing

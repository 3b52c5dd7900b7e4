#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# As many reserve allocations as the reference found, give or take the runs
# that the kernel skipped of either.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

ours=$(json netswap.json .counters.reserve_allocs)
ref=$(json reference.json '[.[].formatted.value.counter[0]] | add')
skipped=$(($(json status.json '[.programs[] |
	select(.program | startswith("nsw_pg_alloc")) | .misses] | add') +
	$(json reference-prog.json '.recursion_misses // 0')))
echo "# ours $ours, reference $ref, skipped by the kernel $skipped"
ok "the reference counted" [ "$ref" -gt 0 ]
ok "none too few" [ $((ref - ours)) -le "$skipped" ]
ok "none too many" [ $((ours - ref)) -le "$skipped" ]
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

# suite NAME TESTS [SKIPPED]
suite() {
	local skipped=${3:-0}
	is "$1: of its $2 tests all but $skipped ran, and passed" \
		"$(guest_file ktap | grep "^# $1: ")" \
		"# $1: pass:$(($2 - skipped)) fail:0 skip:$skipped total:$2"
}
# Of several nodes.
[ "$(param numa)" = 1 ] && needs_nodes=1 || needs_nodes=0
suite mem_reserve 6
suite sock_memalloc 5
suite rpc_swap 4
suite memalloc_rx 4
suite pfmemalloc 15 $needs_nodes
suite ip_fragment 2
suite ip_fragment_reserve 4
is "none failed" "$(guest_file ktap | grep 'not ok')" ""
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

# suite NAME TESTS
suite() {
	is "$1: each of its $2 tests ran and passed" \
		"$(guest_file ktap | grep "^# $1: ")" \
		"# $1: pass:$2 fail:0 skip:0 total:$2"
}
suite mem_reserve 6
suite sock_memalloc 5
suite rpc_swap 2
suite memalloc_rx 4
suite ip_fragment_reserve 3
is "none failed" "$(guest_file ktap | grep 'not ok')" ""
done_testing

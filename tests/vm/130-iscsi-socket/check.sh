#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

before=$(json before.json .gauges.memalloc_socks_key)
grown() { echo $(($(json "$1" .gauges.memalloc_socks_key) - before)); }
leaks=$(($(param cycles) * $(param leak)))
is "the kernel took each socket" "$(value bound)" "$(param cycles)"
is "memalloc sockets among those it gave back" "$(grown released.json)" $leaks
is "memalloc_socks_key grew by what was expected" "$(grown after.json)" $leaks
done_testing

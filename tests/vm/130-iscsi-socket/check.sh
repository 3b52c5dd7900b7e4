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
if [ "$(param reserves)" = 1 ]; then
	resized=$((2 * $(param cycles))) after=0
else
	resized='' after=''
fi
is "the reserve grew and shrank with each" "$(value resized)" "$resized"
is "connections that memory is reserved for after it" \
	"$(value reserved_after)" "$after"
done_testing

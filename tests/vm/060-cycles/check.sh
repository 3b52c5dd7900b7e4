#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

key() { json "$1" .gauges.memalloc_socks_key; }
grown=$(($(value kbytes_after) - $(value kbytes_before)))
is "memalloc_socks_key grew by what was expected" \
	"$(($(key after.json) - $(key before.json)))" \
	"$(($(param cycles) * $(param leak)))"
leaks=$([ "$(param leak)" -gt 0 ] && echo true || echo false)
is "a leak is told, and none where there is none" \
	"$(jq -s 'any(.[].events[]?; .event == "leak")' "$RUN/record.jsonl")" \
	"$leaks"
is "no socket is left" "$(json after.json '.sockets | length')" 0
ok "the kernel holds no more memory than before (+$grown KiB)" \
	[ "$grown" -lt 1024 ]
done_testing

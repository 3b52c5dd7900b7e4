#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

marked() { json "$1" .gauges.memalloc_socks_key; }
is "marked after swapon" "$(marked on.json)" 1
is "what was written is read back" "$(value pager_status)" 0
is "asked before the second handshake was over" "$(value shaken)" 1
is "marked in the handshake" "$(marked handshake.json)" "$(param patched)"
is "marked after it" "$(marked again.json)" 1
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Wrong options and commands: one clear line, exit 2; help and version: 0.
set -u
. "$TESTS/lib/tap.sh"

ok "--help" "$NETSWAP" --help
ok "--version" "$NETSWAP" --version
ok "unknown command" fails 2 "unknown command 'frob'" "$NETSWAP" frob
ok "unknown option" fails 2 "--frob" "$NETSWAP" show --frob
ok "count 0" fails 2 "'0' is not a number from 1" "$NETSWAP" show -n 0
ok "count huge" fails 2 "is not a number" "$NETSWAP" show -n 99999999999999999999
ok "interval text" fails 2 "'x' is not a number of seconds" "$NETSWAP" show -i x
ok "interval negative" fails 2 "is not a number of seconds" "$NETSWAP" show -i -1
ok "interval nan" fails 2 "is not a number of seconds" "$NETSWAP" show -i nan
ok "argument too many" fails 2 "too many arguments" "$NETSWAP" status x
ok "two formats" fails 2 "exclude each other" "$NETSWAP" show --csv --json
is "JSON on stdout even then" \
	"$("$NETSWAP" show --json --frob 2>/dev/null | jq -r .error)" \
	"usage: see standard error"
ok "record without file" fails 2 "-o FILE" "$NETSWAP" record
ok "record to nowhere" fails 1 "cannot write" "$NETSWAP" record -n 1 -o /nonexistent/x
ok "generate what" fails 2 "'x' is unknown" "$NETSWAP" generate x
for c in $("$NETSWAP" generate commands); do
	ok "$c --help" "$NETSWAP" "$c" --help
done
full() { "$NETSWAP" generate metrics >/dev/full; [ $? = 1 ]; }
ok "full disk is not success" full
done_testing

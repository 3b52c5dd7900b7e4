#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The page of netswap report in a browser.  Catches: an error of its script,
# keys or zoom that do nothing, text that is cut off, on paper too, a page that
# asks for the network, that is wider than a telephone, the same in the dark, or
# empty without JavaScript.
set -u
. "$TESTS/lib/tap.sh"

: "${NETSWAP_CACHE:=$HOME/.cache/netswap}"
export NODE_PATH=$NETSWAP_CACHE/node/node_modules
browser=$(command -v chromium) || skip_all "needs chromium"
command -v node >/dev/null || skip_all "needs node"
node -e 'require("playwright-core")' 2>/dev/null ||
	skip_all "needs playwright-core: tests/setup.sh check"

command -v pdftotext >/dev/null || skip_all "needs poppler-utils"

rec=$TESTS/data/guest.jsonl
"$NETSWAP" report "$rec" -o "$tmp/one.html"
# Names as CI gives them.
mkdir -p "$tmp/a-directory-whose-name-is-of-no-use-to-anybody-who-reads/and-\
another-one-within-it-that-is-no-better"
long=$(echo "$tmp"/*/*)/run-of-the-kernel-that-is-compared-7fd1a60b01f9.jsonl
cp "$rec" "$long"
"$NETSWAP" report "$long" --compare "$TESTS/data/guard.jsonl" -o "$tmp/two.html"
# As wide as its table gets: ranges everywhere.
jq -c '.mono_ns += 1 | .counters |= map_values(. * 3) | .histograms |= map_values(
	.log2_slots[30] += 99 * (input_line_number - 1))' "$rec" >"$tmp/more"
"$NETSWAP" report "$rec" "$tmp/more" --compare "$long" "$tmp/more" \
	-o "$tmp/four.html"
# Prints TAP itself, but for the plan.
BROWSER=$browser node "$(dirname "$0")/check.js" "$tmp/one.html" \
	"$tmp/two.html" "$tmp/four.html" >"$tmp/tap" 2>&1 || echo "not ok - check.js ends" >>"$tmp/tap"
cat "$tmp/tap"
tap_nr=$(grep -cE '^(not )?ok ' "$tmp/tap")
tap_failed=$(grep -c '^not ok ' "$tmp/tap")
done_testing

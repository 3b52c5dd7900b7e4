#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Generated documents are what the tables say; every table row has its caller.
set -u
. "$TESTS/lib/tap.sh"
cd "$TESTS/.." || exit

gen() { diff "$1" <("$NETSWAP" generate "${@:2}"); }
ok "docs/metrics.md is current (else: make docs)" gen docs/metrics.md metrics
ok "docs/hooks.md is current" gen docs/hooks.md hooks
ok "completion is current" gen docs/netswap.bash-completion completion
ok "netswap.8 is current" gen docs/man/netswap.8 man
ok "netswap-guard-policy.5 is current" \
	gen docs/man/netswap-guard-policy.5 policy
for c in $("$NETSWAP" generate commands); do
	ok "netswap-$c.8 is current" gen "docs/man/netswap-$c.8" man "$c"
done

# The preprocessor lists the rows; the sources must name each of them.  A
# family counted by index (cause, order, reason, path) is named by its first.
rows() {
	printf '#include "%s"\n%s\n' "$1" "$2" |
		gcc -E -P -Iinclude - | tr ' ' '\n' | grep '^NSW_[CH]_'
}
counters=$(rows netswap/metrics.h '#define M(id, ...) NSW_C_##id
NSW_COUNTERS(M)')
hists=$(rows netswap/metrics.h '#define M(id, ...) NSW_H_##id
NSW_HISTS(M)')
by_index='RSV_(DIRECT|SOFTIRQ|TASK|GFP|ORDER[123]|ORDER_MORE)$|RT_.*[^K]$|RT_.*_NS$'
by_index="$by_index|G_EXT_(RESERVE|THROTTLE|MANUAL)|G_WHY_(ND|[B-Z].*)\$"
by_index="$by_index|(NBD|NET|LOCAL|NFS|FS)_(OUT|IN)(_BYTES)?\$"
is "every counter has a caller in bpf/" "$(for r in $counters; do
	grep -qE "$r\b" bpf/*.bpf.[ch] || echo "${r#NSW_C_}"; done |
	grep -vE "^($by_index)")" ""
is "every family by index has its first row named" \
	"$(for r in G_EXT_LEVEL G_WHY_ARP RSV_KSWAPD RSV_ORDER0 RT_WRITEBACK RT_WRITEBACK_NS NBD_OUT \
		NBD_OUT_BYTES; do grep -q "NSW_C_$r\b" bpf/*.bpf.[ch] ||
		echo $r; done)" ""
is "every histogram has a caller in bpf/" "$(for r in $hists; do
	grep -qE "$r\b" bpf/*.bpf.[ch] || echo "${r#NSW_H_}"; done |
	grep -vE "^($by_index)")" ""
is "every gauge is collected" "$(printf '%s\n' \
	'#include "netswap/metrics.h"' '#define M(id, ...) NSW_G_##id' \
	'NSW_GAUGES(M)' | gcc -E -P -Iinclude - | tr ' ' '\n' |
	grep '^NSW_G_' | while read -r r; do
	grep -q "$r\b" cli/source_read.c || echo "$r"; done)" ""
is "every view is in NSW_VIEWS" "$(sed -n \
	's/^const struct nsw_view view_\([a-z]*\) = {$/\1/p' cli/*.c |
	while read -r v; do grep -q "V($v," cli/view.h || echo "$v"; done)" ""
is "every command is in nsw_cmds[]" "$(sed -n \
	's/^const struct nsw_cmd \(cmd_[a-z]*\) = {$/\1/p' cli/*.c |
	while read -r c; do grep -q "&$c," cli/cmd.c || echo "$c"; done)" ""
ok "the completion is valid bash" bash -n docs/netswap.bash-completion
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Without privilege: what /proc tells is still shown, the rest is absent,
# and each command that can't work says so in one line.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/bpf.sh"
need_bpf
command -v setpriv >/dev/null || skip_all "needs setpriv"
tap_cleanup() { "$NETSWAP" unload >/dev/null; }

cp "$(readlink -f "$NETSWAP")" "$tmp/netswap"
chmod 755 "$tmp" "$tmp/netswap"
user() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
nobpf() { setpriv --bounding-set -bpf,-sys_admin,-perfmon \
	--inh-caps -bpf,-sys_admin,-perfmon "$@"; }

"$NETSWAP" load >/dev/null 2>&1
code() { "$@" >"$tmp/out" 2>"$tmp/err"; echo $?; }
is "show as a user is degraded" "$(code user "$tmp/netswap" show)" 3
ok "and has the kernel's numbers" grep -q 'kernel_throttle  *[0-9]' "$tmp/out"
ok "and the zones" grep -q Normal "$tmp/out"
ok "and says why" grep -q '^degraded: .*run as root' "$tmp/out"
is "and no zeros for what is unknown" \
	"$(user "$tmp/netswap" show --json | jq -c \
		'[.counters[] | select(. != null)] | length')" 0
is "JSON says why" "$(user "$tmp/netswap" show --json |
	jq -r '.why | length > 20')" true
ok "top as a user" bash -c "setpriv --reuid 65534 --clear-groups \
	$tmp/netswap top -b -n 1 | grep -q Normal"
ok "audit as a user" bash -c "setpriv --reuid 65534 --clear-groups \
	$tmp/netswap audit >$tmp/o; s=\$?; [ -s $tmp/o ] && [ \$s != 1 ]"
for c in load attach unload; do
	ok "$c as a user" bash -c "setpriv --reuid 65534 --clear-groups \
		$tmp/netswap $c 2>&1 >/dev/null | grep -q 'root' "
	is "$c --json as a user is an error document" \
		"$(user "$tmp/netswap" "$c" --json 2>/dev/null |
		jq -r '.error | length > 10')" true
done
for c in on status press; do
	ok "guard $c as a user" bash -c "setpriv --reuid 65534 --clear-groups \
		$tmp/netswap guard $c --dev lo 2>&1 >/dev/null | grep -q root"
done
"$NETSWAP" unload >/dev/null
is "load without CAP_BPF fails" "$(code nobpf "$NETSWAP" load)" 1
ok "in words" grep -q 'CAP_BPF' "$tmp/err"
is "and leaves nothing" "$(leftovers)" 0
ok "probe without CAP_BPF" bash -c "setpriv \
	--bounding-set -bpf,-sys_admin,-perfmon \
	--inh-caps -bpf,-sys_admin,-perfmon $NETSWAP probe; [ \$? = 3 ]"
done_testing

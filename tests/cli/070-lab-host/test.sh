#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The host's side of the lab, without a guest: swap servers start, are killed
# and started again, fall silent and reset their connections, and nothing of
# them is left, not even when the lab is killed.  What the host lacks is said
# in one line.
set -u
. "$TESTS/lib/tap.sh"

# check KIND NAME [ARGUMENT]
check() {
	local dir=$tmp/$1-$2
	mkdir -p "$dir"
	timeout 60 python3 "$TESTS/cli/070-lab-host/check.py" "$1" "$2" "$dir" \
		"${@:3}"
}

# The name of what is missing must not be found by chance.
bare=$tmp/bare
mkdir "$bare"

ok "faults come in time" check nbd faults
ok "unknown fault" fails 1 "fault=flood: use one of" check nbd unknown_fault
ok "each swap has what it needs; unknown swap" fails 1 \
	"swap=iscsi: use nbd, none, nfs3, nfs41, nfs42" check nbd parameters
ok "no nbd-server" fails 1 "no nbd-server: install nbd-server" \
	check nbd missing_program "$bare"
ok "no ganesha" fails 1 "no ganesha.nfsd: install nfs-ganesha" \
	check nfs41 missing_program "$bare"

tools=${BUILD:-$TESTS/../build}/lab-tools
if ! "$TESTS/vm/build.sh" "$tools" >"$tmp/build.log" 2>&1; then
	skip "flood" "$(tail -n 1 "$tmp/build.log")"
else
	ok "flood over TCP and UDP" check nbd flood "$tools"
	ok "no flood program" fails 1 "blast: run tests/vm/build.sh" \
		check nbd flood "$bare"
fi

# Why a kind of server can not be had here; empty if it can.
lacks() {
	local PATH=$PATH:/usr/sbin:/sbin
	if [ "$1" = nbd ]; then
		command -v nbd-server >/dev/null || echo "needs nbd-server"
		return
	fi
	command -v ganesha.nfsd >/dev/null || { echo "needs ganesha.nfsd"; return; }
	[ "$(id -u)" = 0 ] || { echo "ganesha.nfsd needs root"; return; }
	# Not every file system has the file handles that it takes.
	check "$1" serves 2>&1 | grep -m 1 'does not export\|no mount namespace'
	rm -rf "$tmp/$1-serves"
}

for kind in nbd nfs3 nfs41 nfs42; do
	why=$(lacks $kind)
	if [ "$why" ]; then
		skip "$kind" "$why"
		continue
	fi
	ok "$kind: serves, and is gone" check $kind serves
	ok "$kind: killed and restarted" check $kind restarts
	ok "$kind: frozen and thawed" check $kind freezes
	ok "$kind: connection reset" check $kind resets
	ok "$kind: port in use" fails 1 "is in use: end what listens there" \
		check $kind port_in_use
	ok "$kind: a killed lab leaves no process" check $kind dies_with_parent
done
[ "$(lacks nbd)" ] ||
	ok "disk full" fails 1 "no room for 4194304 MiB" check nbd disk_full
done_testing

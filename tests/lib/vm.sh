# SPDX-License-Identifier: GPL-2.0
# vm.sh - needs of tests that boot a guest.
# shellcheck shell=bash

need_vm() {
	local prog
	PATH=$PATH:/usr/sbin:/sbin
	for prog in qemu-system-x86_64 nbd-server busybox jq; do
		command -v $prog >/dev/null || skip_all "needs $prog"
	done
	[ "$(uname -m)" = x86_64 ] || skip_all "guests are x86_64"
	# A sanitized binary needs more memory than the guests have.
	case $NETSWAP in */san/*) skip_all "guests run the plain build" ;; esac
}

# vm_run ARGUMENT...: tests/vm/run.sh into $tmp/out; one guest at a time, as
# two would take each other's time and change what the tests find.
#
# QEMU's TCG with several threads now and then lets one CPU run into the int3
# of a code patch (static key, trampoline) that another has finished already;
# the guest dies of it, mostly while it boots.  No kernel in the field does:
# such a run says nothing and is repeated.
vm_run() {
	local status try
	for try in 1 2 3; do
		flock "${TMPDIR:-/tmp}/netswap-vm.lock" \
			"$TESTS/vm/run.sh" --out "$tmp/out" "$@" </dev/null
		status=$?
		grep -q 'Oops: int3' "$tmp/out/console.log" 2>/dev/null ||
			break
		echo "# try $try: the emulator ran into a stale int3"
	done
	return $status
}

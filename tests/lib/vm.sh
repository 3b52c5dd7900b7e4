# SPDX-License-Identifier: GPL-2.0
# vm.sh - needs of tests that boot a guest.
# shellcheck shell=bash

need_vm() {
	local prog
	PATH=$PATH:/usr/sbin:/sbin
	for prog in qemu-system-x86_64 nbd-server busybox jq python3; do
		command -v $prog >/dev/null || skip_all "needs $prog"
	done
	[ "$(uname -m)" = x86_64 ] || skip_all "guests are x86_64"
	# A sanitized binary needs more memory than the guests have.
	case $NETSWAP in */san/*) skip_all "guests run the plain build" ;; esac
}

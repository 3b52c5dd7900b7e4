#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# guard.sh: `netswap guard` in the guest, by the parameter guard=off|monitor|on
#
# Sourced by the guest's init, after lib.sh and swap.sh.  netswap_start calls it:
# after swap_on, so that the guard does not know the connection from before, and
# before anything takes the memory.

GUARD_POLICY=/run/guard-policy

# Everything is to be dropped while memory is short, and nothing is allowed by
# its address: that swap goes on, and that it connects again, is for the kernel
# to tell, by its sockets.  The first rule is for the server's packets alone.
# What saves memory passes before any rule, so all that this one drops (or, in
# monitor mode, would drop) is what the guard must not: tests/lib/lab.sh looks.
guard_policy() {
	cat <<-END
		drop proto tcp from $HOST sport $PORT
		default drop
	END
}

guard_start() {
	local mode status

	case $(parameter guard) in
	''|off)	return ;;
	monitor) mode=monitor ;;
	*)	mode=enforce ;;
	esac
	[ $netswap = netswap ] ||
		broken "guard=$(parameter guard): there is no netswap"
	guard_policy >$GUARD_POLICY
	netswap guard on --dev "$INTERFACE" --policy $GUARD_POLICY \
		--mode $mode >/run/guard 2>&1
	status=$?
	# 3: on, and some hook is missing.
	[ $status -eq 0 ] || [ $status -eq 3 ] ||
		broken "guard on: $(head -n 1 /run/guard)"
	# A driver that takes XDP sets up its rings anew.
	wait_for 15 has_carrier || broken "no carrier on $INTERFACE"
	netswap guard status --json >/run/guard.json
	report_file guard.json /run/guard.json
}

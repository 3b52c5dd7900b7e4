#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# evidence.sh: what the host must know to look into a guest that is hung
#
# Sourced by the guest's init, after lib.sh.

# kernel_layout: where the kernel keeps its counters.  The host reads them out
# of the guest's memory when nobody in the guest can (nswlab/evidence.py).
kernel_layout() {
	awk '
		BEGIN {
			n = split("vm_event_states __per_cpu_offset" \
				  " nr_cpu_ids init_net __start_BTF" \
				  " __stop_BTF", wanted)
			for (i = 1; i <= n; i++)
				want[wanted[i]] = 1
		}
		# A fourth field is the module that it belongs to.
		NF == 3 && $3 in want && !seen[$3]++ {
			print "kernel_" $3 "=" $1
		}' /proc/kallsyms >/run/layout
	# The events stand in the order of their numbers; pgpgin has 0.
	awk '
		$1 == "pgpgin"	{ found = 1 }
		found		{ names = names " " $1 }
		END		{ print "vmstat_events=" substr(names, 2) }
	' /proc/vmstat >>/run/layout
	cat /run/layout >"$RESULT"
	# For sysrq by a break on the console, which obeys this mask; what
	# comes through /proc/sysrq-trigger does not.
	echo 1 >/proc/sys/kernel/sysrq
}

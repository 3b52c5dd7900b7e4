#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: the KUnit suites of kernel-patches/ pass in a booted kernel
# pressure: none
# cmdline: kunit.enable=1
# param swap=none
#
# They run when the kernel boots, and tell in the log.  One is of a machine with
# several nodes, and skipped on others.

nodes=$(find /sys/devices/system/node -name 'node[0-9]*' 2>/dev/null | wc -l)
[ "$(parameter numa)" = 1 ] || [ "$nodes" = "$(parameter numa)" ] ||
	broken "numa=$(parameter numa): $nodes nodes: use a kernel *-debug"
dmesg | sed -nE 's/^\[[ 0-9.]+\] //; /^ *(KTAP|1\.\.|#|ok |not ok )/p' >/run/ktap
report_file ktap /run/ktap
verdict COMPLETED

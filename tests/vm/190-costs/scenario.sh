#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: what plain things cost on a kernel, for those who do not swap
# pressure: none
# bins: costs
# param swap=none
# param icount=1
# param cpus=1
# param rounds=5	times that each is measured
#
# Nothing is swapped, and netswap is not loaded.  With icount=1 time is what the
# guest executes, so two kernels can be compared to a fraction of a percent:
# tests/patches/040-costs does.

report phase load
# Where mappings lie decides how many page tables a fork copies.
echo 0 >/proc/sys/kernel/randomize_va_space
costs "$(parameter rounds)" >/run/costs 2>&1 ||
	broken "costs: $(tail -n 1 /run/costs)"
report_file costs /run/costs
verdict COMPLETED

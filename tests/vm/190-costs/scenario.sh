#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: what plain things cost on a kernel, for those who do not swap
# pressure: none
# bins: costs cc1
# sources: mm/mempool.c net/core/stream.c
# param swap=none
# param icount=1
# param cpus=1
# param rounds=5	times that each is measured
# param builds=2	times that the compiler is
#
# Nothing is swapped, and netswap is not loaded.  With icount=1 time is what the
# guest executes, so two kernels can be compared to a fraction of a percent:
# tests/patches/040-costs does.

report phase load
# Where mappings lie decides how many page tables a fork copies.
echo 0 >/proc/sys/kernel/randomize_va_space
costs "$(parameter rounds)" >/run/costs 2>&1 ||
	broken "costs: $(tail -n 1 /run/costs)"
i=0
while [ $i -lt "$(parameter builds)" ]; do
	start=$(cut -d ' ' -f 1 /proc/uptime)
	for source in /bin/*.i; do
		cc1 -fpreprocessed -quiet -std=gnu11 -O2 -mno-sse -mno-red-zone \
			-fno-pie -mcmodel=kernel -w "$source" -o /dev/null \
			2>/run/cc1 ||
			broken "cc1 $source: $(tail -n 1 /run/cc1)"
	done
	echo "build $(cut -d ' ' -f 1 /proc/uptime) $start" |
		awk '{ printf "%s %.0f\n", $1, ($2 - $3) * 1e9 }' >>/run/costs
	i=$((i + 1))
done
report_file costs /run/costs
verdict COMPLETED

#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: every BPF object loads with plain bpftool on this kernel
# pressure: none
# bins: bpftool objects
# param swap=none
# param mem=512
# param timeout=120
#
# Each /bin/*.bpf.o is loaded alone and removed again; then all that can be
# attached together are loaded, attached by netswap, read and removed.

PIN=/sys/fs/bpf/netswap
mkdir -m 700 $PIN

for obj in /bin/*.bpf.o; do
	name=$(basename "$obj" .bpf.o)
	if bpftool prog loadall "$obj" $PIN/"$name" >/run/log 2>&1; then
		report "load_$name" ok
	else
		report "load_$name" failed
		report_file "$name.log" /run/log
	fi
	rm -rf "${PIN:?}/$name"
done

for obj in /bin/*.bpf.o; do
	bpftool prog loadall "$obj" $PIN/"$(basename "$obj" .bpf.o)" >/dev/null
done
netswap attach
report attach_status $?
netswap show --json >/run/show
report_file show.json /run/show
netswap probe --json >/run/probe
report_file probe.json /run/probe
# shellcheck disable=SC2012
report links "$(ls $PIN/links | wc -l)"
netswap unload
report unload_status $?
[ -e $PIN ] && report left "$(find $PIN | tr '\n' ' ')"
# The kernel frees programs after a grace period.
for _ in 1 2 3 4 5 6 7 8 9 10; do
	left=$({ bpftool prog show; bpftool map show; } | grep -c 'name nsw_')
	[ "$left" = 0 ] && break
	sleep 1
done
report kept_by_kernel "$left"
verdict COMPLETED

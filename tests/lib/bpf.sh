# SPDX-License-Identifier: GPL-2.0
# bpf.sh - needs of tests that load programs into this kernel.
# shellcheck shell=bash

PIN=/sys/fs/bpf/netswap

need_bpf() {
	[ "$(id -u)" = 0 ] || skip_all "needs root"
	[ -r /sys/kernel/btf/vmlinux ] ||
		skip_all "kernel has no BTF (CONFIG_DEBUG_INFO_BTF)"
	command -v bpftool >/dev/null || skip_all "needs bpftool"
	mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf 2>/dev/null ||
		skip_all "cannot mount bpffs on /sys/fs/bpf"
	[ ! -e $PIN ] || "$NETSWAP" unload >/dev/null
	nsw_before=
	nsw_before=$(ours)
}

# "ID: ... name nsw_X" of programs and maps that were not there at the start:
# another user of netswap's objects must not disturb a test.
ours() {
	{ bpftool prog show; bpftool map show; } | grep 'name nsw_' |
		sed 's/^\([0-9]*\): [^ ]* *name \([a-z_]*\).*/\1 \2/' | sort |
		comm -13 <(echo "$nsw_before") -
}

# Names that are there more than once, and stay so: what was replaced is freed
# a moment later.
doubles() {
	local names i
	for i in $(seq 50); do
		names=$(ours | cut -d ' ' -f 2 | sort | uniq -d)
		[ -z "$names" ] && break
		sleep 0.1
	done
	echo "$names"
}

# How many are left; the kernel frees them a moment after the last use.
leftovers() {
	local n i
	for i in $(seq 50); do
		n=$(ours | wc -l)
		[ "$n" = 0 ] && break
		sleep 0.1
	done
	echo "$n"
}

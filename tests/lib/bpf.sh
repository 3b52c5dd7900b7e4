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
}

# Programs and maps of ours that the kernel still has; freeing is deferred.
leftovers() {
	local n i
	for i in $(seq 50); do
		n=$({ bpftool prog show; bpftool map show; } |
			grep -c 'name nsw_')
		[ "$n" = 0 ] && break
		sleep 0.1
	done
	echo "$n"
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# setup.sh SET... - install the Debian packages that a set of targets needs.
# Does nothing, and needs no root, when they are there already.
set -euo pipefail

declare -A sets=(
	[build]="gcc clang libbpf-dev libjansson-dev libncurses-dev
		 libmicrohttpd-dev libpcap-dev
		 pkg-config libc6-dev linux-libc-dev"
	[check]="libcmocka-dev jq bpftool shellcheck libcap2-bin
		 libclang-rt-14-dev libxml2-utils python3-yaml curl iproute2
		 prometheus nginx-light openssl"
	[vm]="qemu-system-x86 nbd-server nbd-client nfs-ganesha nftables
	      nfs-ganesha-vfs busybox-static cpio kmod xz-utils python3
	      iproute2 util-linux mount procps jq bpftool ncurses-base
	      ncurses-term"
	[kernel]="gcc libc6-dev make flex bison bc perl patch pahole ccache
		  libelf-dev kmod xz-utils sparse"
	[bench]="bpftrace libbpf-tools bpftool jq iperf3 iproute2"
)

missing=()
for set in "$@"; do
	for pkg in ${sets[$set]}; do
		dpkg-query -W -f '${db:Status-Status}' "$pkg" 2>/dev/null |
			grep -qx installed || missing+=("$pkg")
	done
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
	echo "netswap: not a Debian system: install what these packages of" \
		"Debian 12 hold: ${missing[*]}" >&2
	exit 1
fi
if [ "$(id -u)" != 0 ]; then
	echo "netswap: packages are missing: run as root:" \
		"apt-get install ${missing[*]}" >&2
	exit 1
fi
echo "  APT      ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Tests start servers of their own; those of the packages shall not start.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	printf '#!/bin/sh\nexit 101\n' >$policy
	chmod 755 $policy
	trap 'rm -f "$log" $policy' EXIT
fi
if ! { apt-get update -q &&
       apt-get install -q -y --no-install-recommends "${missing[@]}"; } \
		>"$log" 2>&1; then
	tail -n 20 "$log" >&2
	echo "netswap: apt-get could not install: ${missing[*]}" >&2
	exit 1
fi

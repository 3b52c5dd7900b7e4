#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# setup.sh SET... - install what a set of targets needs: Debian packages, and
# for the set check a package of npm.  Does nothing, and needs no root, when
# they are there already.
set -euo pipefail

declare -A sets=(
	[build]="gcc clang libbpf-dev libxdp-dev libjansson-dev libncurses-dev
		 libmicrohttpd-dev libpcap-dev
		 pkg-config libc6-dev linux-libc-dev"
	[check]="libcmocka-dev jq bpftool shellcheck libcap2-bin
		 libclang-rt-14-dev libxml2-utils python3-yaml curl iproute2
		 prometheus nginx-light openssl xdp-tools strace
		 librsvg2-bin chromium nodejs npm poppler-utils"
	[vm]="qemu-system-x86 nbd-server nbd-client nfs-ganesha nftables
	      nfs-ganesha-vfs busybox-static cpio kmod xz-utils python3
	      iproute2 util-linux mount procps jq bpftool ncurses-base
	      libnl-genl-3-dev libgnutls28-dev rpcbind
	      wireguard-tools ncurses-term xdp-tools"
	[kernel]="gcc libc6-dev make flex bison bc perl patch pahole ccache
		  libelf-dev kmod xz-utils sparse"
	[bench]="bpftrace libbpf-tools bpftool jq iperf3 iproute2"
)

here=$(cd "$(dirname "$0")" && pwd)
log=$(mktemp)
policy=
trap 'rm -f "$log" $policy' EXIT

# Another nodejs than Debian's has npm in it, and conflicts with the package.
is_there() {
	dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null |
		grep -qx installed || { [ "$1" = npm ] &&
		command -v npm >/dev/null; }
}

# What netswap report's page is tried with: not in Debian, hence by its own
# hash.  Without it one test is skipped and says so: no reason to fail here.
browser_driver() {
	local dir=${NETSWAP_CACHE:-$HOME/.cache/netswap}/node
	[ -e "$dir/node_modules/playwright-core/package.json" ] &&
		cmp -s "$here/node/package-lock.json" "$dir/package-lock.json" &&
		return
	echo "  NPM      playwright-core"
	mkdir -p "$dir"
	cp "$here"/node/package*.json "$dir"
	timeout 120 npm ci --prefix "$dir" --ignore-scripts --no-audit \
		--no-fund --fetch-retries=1 >"$log" 2>&1 || {
		rm -rf "$dir/node_modules"
		echo "netswap: npm could not install playwright-core: the page" \
			"of netswap report will not be tested:" \
			"$(grep -m 1 -i '^npm err' "$log")" >&2
	}
}

missing=()
for set in "$@"; do
	for pkg in ${sets[$set]}; do
		is_there "$pkg" || missing+=("$pkg")
	done
done

if [ ${#missing[@]} -gt 0 ] && ! command -v apt-get >/dev/null; then
	echo "netswap: not a Debian system: install what these packages of" \
		"Debian 12 hold: ${missing[*]}" >&2
	exit 1
fi
if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" != 0 ]; then
	echo "netswap: packages are missing: run as root:" \
		"apt-get install ${missing[*]}" >&2
	exit 1
fi
if [ ${#missing[@]} -gt 0 ]; then
	echo "  APT      ${missing[*]}"
	export DEBIAN_FRONTEND=noninteractive
	# Tests start servers of their own; those of the packages shall not start.
	if [ ! -e /usr/sbin/policy-rc.d ]; then
		policy=/usr/sbin/policy-rc.d
		printf '#!/bin/sh\nexit 101\n' >$policy
		chmod 755 $policy
	fi
	if ! { apt-get update -q &&
	       apt-get install -q -y --no-install-recommends "${missing[@]}"; } \
			>"$log" 2>&1; then
		tail -n 20 "$log" >&2
		echo "netswap: apt-get could not install: ${missing[*]}" >&2
		exit 1
	fi
fi
case " $* " in *" check "*) browser_driver ;; esac

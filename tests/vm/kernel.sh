#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# kernel.sh [--refresh] NAME: print the directory of an unpacked guest kernel
#
# Looks NAME up in kernels.list, downloads the newest Debian package it stands
# for and unpacks it, with nothing installed, into a cache outside the checkout.
# What the cache has is used without asking apt again; --refresh asks.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${NETSWAP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/netswap}/kernels

die() {
	echo "kernel.sh: $*" >&2
	exit 1
}

refresh=
if [ "${1-}" = --refresh ]; then
	refresh=1
	shift
fi
[ $# -eq 1 ] || { echo "usage: kernel.sh [--refresh] NAME" >&2; exit 2; }
name=$1

regex=$(awk -v name="$name" '$1 == name { print $2 }' "$here/kernels.list")
[ -n "$regex" ] || die "no kernel '$name' in $here/kernels.list"

if [ -z "$refresh" ] && [ -d "$cache" ]; then
	cached=$(find "$cache" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' |
		grep -xE "${regex}_.*" | sort -V | tail -n 1) || true
	if [ -n "$cached" ]; then
		echo "$cache/$cached"
		exit 0
	fi
fi

for tool in apt-cache apt-get dpkg-deb depmod; do
	command -v "$tool" >/dev/null ||
		die "$name is not in $cache, and there is no $tool to get it"
done

# apt's own regular expressions lack what ours need: match with grep.
package=$(apt-cache pkgnames linux-image-6 | grep -xE "$regex" |
	sort -V | tail -n 1) || true
[ -n "$package" ] ||
	die "no package matches '$regex': run 'apt-get update'"
version=$(apt-cache show --no-all-versions "$package" 2>/dev/null |
	sed -n 's/^Version: //p')
[ -n "$version" ] ||
	die "$package has no version to download: run 'apt-get update'"

dir=$cache/${package}_$version
if [ ! -d "$dir" ]; then
	mkdir -p "$cache"
	tmp=$(mktemp -d "$cache/.tmp.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	mkdir "$tmp/deb" "$tmp/root"
	# apt drops its privileges for the download where it can.
	chmod 755 "$tmp" "$tmp/deb"
	echo "kernel.sh: downloading $package $version" >&2
	(cd "$tmp/deb" && apt-get -qq download "$package=$version") \
		>"$tmp/log" 2>&1 ||
		die "cannot download $package: $(grep -m 1 '^E:' "$tmp/log" ||
			tail -n 1 "$tmp/log") (see 'apt-get update')"
	dpkg-deb -x "$tmp"/deb/*.deb "$tmp/root"
	release=$(basename "$tmp"/root/boot/vmlinuz-*)
	# The package leaves modules.dep to its postinst, which never runs here.
	depmod -b "$tmp/root" "${release#vmlinuz-}"
	# Another run may have been faster; its copy is as good.
	mv -T "$tmp/root" "$dir" 2>/dev/null || [ -d "$dir" ] ||
		die "cannot create $dir"
fi
echo "$dir"

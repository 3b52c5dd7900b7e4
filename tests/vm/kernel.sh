#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# kernel.sh [--refresh] NAME: print the directory of a guest kernel
# kernel.sh --source NAME: print the directory of its source, with its patches
# kernel.sh --list: name, kind and state of every kernel
#
# Gets the kernel that kernels.list has for NAME into a cache outside the
# checkout, with nothing installed: unpacks a Debian package, builds from
# source, or links what somebody else has built.  The directory has
#   boot/vmlinuz-RELEASE and lib/modules/RELEASE with modules.dep,
# and of kernels built here also
#   boot/config-RELEASE, boot/System.map-RELEASE,
#   vmlinux, with its symbols, for a debugger.
# What the cache has is used without asking apt again; --refresh asks.
#
# A kernel built here is known by a hash of all it is made of, so that a
# changed patch or configuration builds a new one.  Each name keeps its source
# tree, in which only files that changed are touched, and its two newest builds.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=$(realpath -m "${NETSWAP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/netswap}")
PATH=$PATH:/usr/sbin:/sbin

# Part of the hash: to be changed with what a build does.
recipe=1

die() {
	echo "kernel.sh: $*" >&2
	exit 1
}

say() {
	echo "kernel.sh: $*" >&2
}

usage() {
	echo "usage: kernel.sh [--refresh | --source] NAME | --list" >&2
	exit 2
}

tmp='' log='' make_pid=''
cleanup() {
	if [ -n "$make_pid" ]; then
		# Make does not wait for what its shells have started.
		kill -- "-$make_pid" 2>/dev/null || true
		wait "$make_pid" 2>/dev/null || true
	fi
	[ -z "$tmp" ] || rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Where it can be renamed into the cache.  apt drops its privileges for a
# download where it can.
make_tmp() {
	mkdir -p "$kernels" 2>/dev/null || die "cannot create $kernels"
	tmp=$(mktemp -d "$kernels/.tmp.XXXXXX") ||
		die "cannot write to $kernels: is the disk full?"
	chmod 755 "$tmp"
}

# publish DIR: what is complete gets its name in the cache.
publish() {
	# Another run may have been faster; its copy is as good.
	mv -T "$1" "$2" 2>/dev/null || [ -d "$2" ] || die "cannot create $2"
}

# need PROGRAM:PACKAGE...
need() {
	local tool
	for tool in "$@"; do
		command -v "${tool%:*}" >/dev/null ||
			die "$name: no ${tool%:*}: install ${tool#*:}"
	done
}

# A full disk has no room for a log that says so.
disk_full() {
	df -k --output=avail "$cache" "${TMPDIR:-/tmp}" 2>/dev/null |
		awk 'NR > 1 && $1 < 1024 { full = 1 } END { exit !full }'
}

# failed WHAT LOG: the first error in a log, as one line.
failed() {
	local reason see=''
	if grep -qs 'No space left on device' "$2" || disk_full; then
		die "$name: $1: no space left on device: a kernel takes 4 GB" \
			"below $cache, and some in ${TMPDIR:-/tmp}"
	fi
	reason=$(grep -m 1 -E '^E:|error:|undefined reference' "$2" ||
		grep -m 1 -F '***' "$2" || tail -n 1 "$2")
	[ "$2" != "$log" ] || see=" (see $log)"
	die "$name: $1: $reason$see"
}

# --- the lists --------------------------------------------------------------

lists=("$here/kernels.list")
if [ -n "${NETSWAP_KERNELS:-}" ]; then
	[ -r "$NETSWAP_KERNELS" ] ||
		die "cannot read the list of kernels $NETSWAP_KERNELS"
	lists+=("$NETSWAP_KERNELS")
fi

names() {
	sed -E '/^[[:space:]]*(#|$)/d' "${lists[@]}" |
		awk '!seen[$1]++ { print $1 }'
}

# lookup NAME: the last line that has it, into kind, what, and the options.
lookup() {
	local list first second third rest option
	name=$1 kind='' what='' options='' from=''
	patches_given='' config_given='' modules_given=''
	for list in "${lists[@]}"; do
		while read -r first second third rest || [ -n "$first" ]; do
			[ "$first" = "$name" ] || continue
			kind=$second what=$third options=$rest from=$list
		done <"$list"
	done
	[ -n "$kind" ] || die "no kernel '$name' in ${lists[*]}"
	list_dir=$(cd "$(dirname "$from")" && pwd)
	[[ $name =~ ^[A-Za-z0-9][A-Za-z0-9._+-]*$ ]] ||
		die "$from: '$name' is no name: letters, digits and . _ + - only"
	[ -n "$what" ] || die "$from: $name: nothing after '$kind'"
	for option in $options; do
		case $kind:$option in
		source:patches=?*)	patches_given=${option#*=} ;;
		source:config=?*)	config_given=${option#*=} ;;
		file:modules=?*)	modules_given=${option#*=} ;;
		*)	die "$from: $name: '$option' is no option of '$kind'" ;;
		esac
	done
	case $kind in
	debian|source|file) ;;
	*)	die "$from: $name: '$kind' is none of debian, source, file" ;;
	esac
}

# Relative to the list that names it.
path() {
	case $1 in
	/*)	echo "$1" ;;
	*)	realpath -ms "$list_dir/$1" ;;
	esac
}

# --- Debian packages --------------------------------------------------------

apt_version() {
	apt-cache show --no-all-versions "$1" 2>/dev/null |
		sed -n 's/^Version: //p' || true
}

# download PACKAGE VERSION: into $tmp/deb
download() {
	mkdir "$tmp/deb"
	chmod 755 "$tmp/deb"
	say "downloading $1 $2"
	(cd "$tmp/deb" && apt-get -qq download "$1=$2") >"$tmp/log" 2>&1 ||
		failed "cannot download $1 (see 'apt-get update')" "$tmp/log"
}

debian_cached() {
	[ ! -d "$kernels" ] ||
		find "$kernels" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' |
		grep -xE "${what}_.*" | sort -V | tail -n 1 || true
}

debian_kernel() {
	local cached package release tool version

	if [ -z "$refresh" ]; then
		cached=$(debian_cached)
		if [ -n "$cached" ]; then
			dir=$kernels/$cached
			return
		fi
	fi
	for tool in apt-cache apt-get dpkg-deb depmod; do
		command -v "$tool" >/dev/null || die "$name is not in" \
			"$kernels, and there is no $tool to get it"
	done
	# apt's own regular expressions lack what ours need: match with grep.
	package=$(apt-cache pkgnames linux-image-6 | grep -xE "$what" |
		sort -V | tail -n 1) || true
	[ -n "$package" ] ||
		die "no package matches '$what': run 'apt-get update'"
	version=$(apt_version "$package")
	[ -n "$version" ] ||
		die "$package has no version to download: run 'apt-get update'"
	dir=$kernels/${package}_$version
	[ ! -d "$dir" ] || return 0

	make_tmp
	mkdir "$tmp/files"
	download "$package" "$version"
	dpkg-deb -x "$tmp"/deb/*.deb "$tmp/files"
	release=$(basename "$tmp"/files/boot/vmlinuz-*)
	# The package leaves modules.dep to its postinst, which never runs here.
	depmod -b "$tmp/files" "${release#vmlinuz-}"
	publish "$tmp/files" "$dir"
}

# --- built here -------------------------------------------------------------

# The files that a source kernel is made of, into patches and configs.  Fails,
# with the reason in $reason, if one is missing: --list asks, too.
inputs() {
	local file patch
	patches=() configs=("$here/kernel.config")
	for file in ${patches_given//,/ }; do
		file=$(path "$file")
		reason="cannot read $file"
		[ -r "$file" ] || return 1
		if [ "$(basename "$file")" != series ]; then
			patches+=("$file")
			continue
		fi
		while read -r patch _; do
			patch=$(dirname "$file")/$patch
			reason="cannot read $patch, which $file names"
			[ -r "$patch" ] || return 1
			patches+=("$patch")
		done < <(sed -E 's/(^|[[:space:]]+)#.*//; /^[[:space:]]*$/d' \
			"$file")
	done
	for file in ${config_given//,/ }; do
		file=$(path "$file")
		reason="cannot read $file"
		[ -r "$file" ] || return 1
		configs+=("$file")
	done
}

source_cached() {
	[ ! -d "$sources" ] ||
		find "$sources" -mindepth 1 -maxdepth 1 -name "${what}_*.tar.xz" \
		-printf '%f\n' | sort -V | tail -n 1 || true
}

# Which source it is, into source_id, and where its tarball is or shall be.
find_source() {
	local version
	case $what in
	*/*)	tarball=$(path "$what")
		[ -r "$tarball" ] || die "$name: cannot read $tarball"
		source_id=$(sha256sum <"$tarball")
		return
		;;
	esac
	tarball=$(source_cached)
	if [ -n "$refresh" ] || [ -z "$tarball" ]; then
		need apt-cache:apt
		version=$(apt_version "$what")
		[ -n "$version" ] ||
			die "$name: no package $what: run 'apt-get update'"
		tarball=${what}_$version.tar.xz
	fi
	source_id=$tarball
	tarball=$sources/$tarball
}

build_hash() {
	local file
	{
		echo "$recipe $name $source_id"
		gcc --version || true
		pahole --version || true
		for file in "${configs[@]}"; do
			wc -c <"$file"
			cat "$file"
		done
		# What is measured with a kernel goes into the changelogs of its
		# patches, which must not make it another one.
		for file in "${patches[@]}"; do
			echo "patch"
			sed -n '/^\(diff \|--- [^ ]\)/,$p' "$file" |
				sed '/^index /d'
		done
	} 2>/dev/null | sha256sum | cut -c 1-12
}

get_source() {
	local old

	[ ! -e "$tarball" ] || return 0
	need apt-get:apt dpkg-deb:dpkg
	mkdir -p "$sources" 2>/dev/null || die "cannot create $sources"
	download "$what" "$(basename "${tarball#"$sources/${what}"_}" .tar.xz)"
	dpkg-deb --fsys-tarfile "$tmp"/deb/*.deb 2>"$log" |
		tar -xO "./usr/src/$what.tar.xz" 2>>"$log" >"$tmp/tar.xz" ||
		failed "cannot unpack $what" "$log"
	rm -r "$tmp/deb"
	mv "$tmp/tar.xz" "$tarball"
	for old in "$sources/${what}"_*.tar.xz; do
		[ "$old" = "$tarball" ] || rm -f "$old"
	done
}

# The source tree as it was before any patch, once for each source.
unpack() {
	if [ "$(cat "$work/source" 2>/dev/null)" = "$source_id" ]; then
		return
	fi
	say "$name: unpacking $(basename "$tarball")"
	rm -rf "$work/source" "$work/linux" "$work/new" "$work/orig" \
		"$work/absent"
	mkdir "$work/new"
	tar -x --no-same-owner --strip-components=1 -C "$work/new" -f "$tarball" \
		>"$log" 2>&1 || failed "cannot unpack $tarball" "$log"
	mv "$work/new" "$tree"
	echo "$source_id" >"$work/source"
}

# The files that a patch is about.
files_of() {
	sed -nE -e 's,^(---|\+\+\+) [^/	]*/([^	]+).*,\2,p' \
		-e 's,^(rename|copy) (from|to) (.*),\3,p' "$1" |
		grep -vxE 'dev/null'
}

# Makes the tree what source and patches say.  The patches are applied to
# copies of the original files; only those which come out different from what
# is in the tree are copied back, for make goes by the time of a file.
# $work/orig has the originals of all files that were ever patched, and
# $work/absent the names of those which did not exist.
apply_patches() {
	local file patch scratch=$tmp/scratch

	for patch in "${patches[@]}"; do
		for file in $(files_of "$patch"); do
			case /$file/ in
			*/../*)	die "$name: $patch: '$file' is outside" ;;
			esac
			if [ -e "$work/orig/$file" ] ||
			   [ -e "$work/absent/$file" ]; then
				continue
			fi
			if [ -e "$tree/$file" ]; then
				mkdir -p "$work/orig/$(dirname "$file")"
				# Under its name when it is complete.
				cp --preserve=mode "$tree/$file" "$tmp/orig"
				mv "$tmp/orig" "$work/orig/$file"
			else
				mkdir -p "$work/absent/$(dirname "$file")"
				: >"$work/absent/$file"
			fi
		done
	done

	mkdir -p "$work/orig" "$work/absent"
	cp -r "$work/orig" "$scratch"
	for patch in "${patches[@]}"; do
		patch -p1 -s -f --no-backup-if-mismatch -d "$scratch" \
			<"$patch" >"$log" 2>&1 ||
			die "$name: $patch does not apply:" \
				"$(grep -m 1 -E "FAILED|find|malformed|only" \
				"$log" || tail -n 1 "$log") (see $log)"
	done

	(cd "$work/orig" && find . -type f; cd "$work/absent" &&
		find . -type f) >"$tmp/files"
	while read -r file; do
		if [ ! -e "$scratch/$file" ]; then
			rm -f "$tree/$file"
		elif ! cmp -s "$scratch/$file" "$tree/$file"; then
			mkdir -p "$(dirname "$tree/$file")"
			cp --preserve=mode "$scratch/$file" "$tree/$file"
		fi
	done <"$tmp/files"
}

# The command that all calls of make begin with: nothing of our own make, or of
# the user, is in its environment, and neither time nor place are in what it
# makes, so that ccache has it again.
set_make() {
	kmake=(env -i PATH="$PATH" HOME="$HOME" TMPDIR="${TMPDIR:-/tmp}" \
		LANG=C.UTF-8 CCACHE_DIR="$cache/ccache" CCACHE_MAXSIZE=3G \
		CCACHE_NOHASHDIR=1 \
		KBUILD_BUILD_USER=netswap KBUILD_BUILD_HOST=lab \
		KBUILD_BUILD_TIMESTAMP="Thu Jan 1 00:00:00 UTC 1970" \
		KBUILD_BUILD_VERSION="$hash" \
		make -C "$tree" --no-print-directory CC="$cc" \
		LOCALVERSION="$localversion" \
		KCFLAGS="-fdebug-prefix-map=$tree=." \
		KAFLAGS="-fdebug-prefix-map=$tree=.")
}

# The fragments on tinyconfig; a line of theirs that Kconfig dropped, or
# overruled, would be missed much later.
configure() {
	local config=$tmp/config lost

	if ! {
		"${kmake[@]}" KCONFIG_CONFIG="$config" tinyconfig &&
		(cd "$tree" && KCONFIG_CONFIG=$config \
			scripts/kconfig/merge_config.sh -m "$config" \
			"${configs[@]}") &&
		"${kmake[@]}" KCONFIG_CONFIG="$config" olddefconfig
	} >"$log" 2>&1; then
		failed "cannot be configured" "$log"
	fi
	lost=$(awk '
		/^CONFIG_/ { sub(/=n$/, ""); split($0, part, "=")
			line = ($0 ~ /=/) ? $0 : "" }
		/^# CONFIG_.* is not set$/ { part[1] = $2; line = "" }
		/^(# )?CONFIG_/ && FNR == NR { has[part[1]] = line }
		/^(# )?CONFIG_/ && FNR != NR { wanted[part[1]] = line }
		END {
			for (symbol in wanted)
				if (wanted[symbol] != has[symbol]) {
					line = wanted[symbol]
					print line ? line : symbol "=n"
				}
		}' "$config" "${configs[@]}" | sort | head -n 1)
	[ -z "$lost" ] ||
		die "$name: $lost is lost: Kconfig does not know it here, or" \
			"what it depends on is missing"
	# Written only if it changed, or make would go through it again.
	cmp -s "$config" "$tree/.config" || cp "$config" "$tree/.config"
}

# Prints how far it is: always on a terminal, else once a minute.
compile() {
	local lines next=60 start=$SECONDS status=0

	# The lock's file stays open in it: its end is the end of the build.
	setsid "${kmake[@]}" -j"${JOBS:-$(nproc)}" all >"$log" 2>&1 &
	make_pid=$!
	while kill -0 "$make_pid" 2>/dev/null; do
		sleep 1
		lines="$(grep -cE '^  (CC|AS|LD|AR) ' "$log" || true) steps"
		if [ -t 2 ]; then
			printf '\rkernel.sh: %s: %s, %d s ' "$name" "$lines" \
				$((SECONDS - start)) >&2
		elif [ $((SECONDS - start)) -ge $next ]; then
			say "$name: $lines, $((SECONDS - start)) s"
			next=$((next + 60))
		fi
	done
	[ ! -t 2 ] || echo >&2
	wait "$make_pid" || status=$?
	make_pid=''
	[ $status -eq 0 ] || failed "does not build" "$log"
	seconds=$((SECONDS - start))
}

# What the build gave, as a Debian package would have it.
collect() {
	local release root=$tmp/root
	release=$(cat "$tree/include/config/kernel.release")

	mkdir -p "$root/boot" "$root/lib/modules/$release"
	{
		cp "$tree/arch/x86/boot/bzImage" "$root/boot/vmlinuz-$release" &&
		cp "$tree/.config" "$root/boot/config-$release" &&
		cp "$tree/System.map" "$root/boot/System.map-$release" &&
		cp "$tree/vmlinux" "$root/vmlinux" &&
		if grep -q '^CONFIG_MODULES=y' "$tree/.config"; then
			"${kmake[@]}" INSTALL_MOD_PATH="$root" INSTALL_MOD_STRIP=1 \
				modules_install &&
			rm -f "$root/lib/modules/$release/build"
		else
			: >"$root/lib/modules/$release/modules.order" &&
			cp "$tree"/modules.builtin{,.modinfo} \
				"$root/lib/modules/$release" &&
			depmod -b "$root" "$release"
		fi
	} >>"$log" 2>&1 || failed "cannot be stored" "$log"
	publish "$root" "$dir"
}

# Leaves the two last used kernels of a name.
prune() {
	local old
	touch "$dir"
	find "$kernels" -mindepth 1 -maxdepth 1 -type d \
		-name "${name}_????????????" -printf '%T@ %p\n' |
		sort -rn | tail -n +3 | while read -r _ old; do
			rm -rf "$old"
		done
	# Of runs that were killed.
	find "$kernels" -mindepth 1 -maxdepth 1 -name '.tmp.*' -mtime +1 \
		-exec rm -rf {} +
}

# Sets dir; fails if it is not there yet.
source_kernel_cached() {
	hash=$(build_hash)
	dir=$kernels/${name}_$hash
	[ -d "$dir" ]
}

# One build at a time: two would only take turns on the same CPUs.
lock_tree() {
	work=$cache/build/$name tree=$work/linux log=$work/log
	mkdir -p "$work" 2>/dev/null || die "cannot create $work"
	exec 9>"$cache/build/lock"
	if ! flock -n 9; then
		say "$name: waiting for another build"
		flock 9
	fi
}

# Sets dir to the tree: unpacked and patched, and not built.
source_tree() {
	[ "$kind" = source ] || die "$name: is not built from source"
	inputs || die "$name: $reason"
	find_source
	need patch:patch xz:xz-utils
	lock_tree
	make_tmp
	get_source
	unpack
	apply_patches
	dir=$tree
}

source_kernel() {
	local suffix

	inputs || die "$name: $reason"
	find_source
	if source_kernel_cached; then
		touch "$dir"
		return
	fi

	need gcc:gcc make:make flex:flex bison:bison bc:bc pahole:pahole \
		patch:patch xz:xz-utils depmod:kmod perl:perl
	gcc -E - <<<'#include <libelf.h>' >/dev/null 2>&1 ||
		die "$name: no libelf.h: install libelf-dev"
	cc=gcc
	! command -v ccache >/dev/null || cc="ccache gcc"

	lock_tree
	if [ -d "$dir" ]; then
		return
	fi
	make_tmp
	get_source
	# 6.12-off is release 6.12.X-netswap-off.
	suffix=$(sed -E 's/^[0-9.]+-?//' <<<"$name")
	localversion=${suffix:+-$suffix}
	say "building $name: about 8 minutes on two CPUs the first time," \
		"half a minute after a small change; log: $log"
	unpack
	apply_patches
	set_make
	configure
	compile
	collect
	prune
	say "built $name in $seconds s"
}

# --- built by others --------------------------------------------------------

# The release is the first word of a string that the header points to.
image_release() {
	local offset
	[ "$(dd if="$1" bs=1 skip=514 count=4 2>/dev/null)" = HdrS ] || return
	offset=$(od -An -tu2 -j 526 -N 2 "$1")
	dd if="$1" bs=1 skip=$((offset + 512)) count=128 2>/dev/null |
		tr '\0' '\n' | sed -n '1s/ .*//p'
}

file_kernel() {
	local image modules='' release root module build
	image=$(path "$what")
	[ -r "$image" ] || die "$name: cannot read $image"
	release=$(image_release "$image" 2>/dev/null) || true
	[ -n "$release" ] || die "$name: $image is no bzImage of Linux for x86"
	if [ -n "$modules_given" ]; then
		modules=$(path "$modules_given")
		[ -r "$modules/modules.dep" ] || die "$name: no modules.dep in" \
			"$modules: run depmod, or see modules= in $from"
		[ "$(basename "$modules")" = "$release" ] ||
			die "$name: $image is $release, and its modules are" \
				"$modules"
		modules=$(cd "$modules" && pwd)
	fi
	hash=$({ echo "$image" "$modules"; cat "$image"; } | sha256sum |
		cut -c 1-12)
	dir=$kernels/${name}_$hash
	if [ -d "$dir" ]; then
		touch "$dir"
		return
	fi

	make_tmp
	root=$tmp/root
	mkdir -p "$root/boot" "$root/lib/modules"
	cp "$image" "$root/boot/vmlinuz-$release" ||
		die "$name: cannot copy $image"
	# In its build directory there is more.
	build=$(cd "$(dirname "$image")" && cd ../../.. && pwd) || true
	[ -r "$build/include/config/kernel.release" ] || build=''
	if [ -n "$build" ]; then
		cp "$build/.config" "$root/boot/config-$release" || true
		cp "$build/System.map" "$root/boot/System.map-$release" || true
		ln -s "$build/vmlinux" "$root/vmlinux"
	fi 2>/dev/null
	if [ -n "$modules" ]; then
		ln -s "$modules" "$root/lib/modules/$release"
	else
		mkdir "$root/lib/modules/$release"
		: >"$root/lib/modules/$release/modules.dep"
		if [ -r "$build/modules.builtin" ]; then
			cp "$build/modules.builtin" "$root/lib/modules/$release"
		else
			say "$name: there is no list of what is built into" \
				"$image: taken to have all that the lab needs"
			for module in virtio_pci virtio_net vmxnet3 e1000 \
				      e1000e 8139cp nbd nfsv3 nfsv4; do
				echo "kernel/$module.ko"
			done >"$root/lib/modules/$release/modules.builtin"
		fi
	fi
	publish "$root" "$dir"
	prune
}

# --- what is asked ----------------------------------------------------------

state() {
	local cached
	case $kind in
	debian)
		cached=$(debian_cached)
		if [ -n "$cached" ]; then
			echo "cached: $cached"
		else
			echo "not cached: to be downloaded"
		fi
		;;
	source)
		if ! inputs; then
			echo "not available: $reason"
		elif (find_source) 2>/dev/null && find_source &&
		     source_kernel_cached; then
			echo "cached: $(basename "$dir")"
		else
			echo "not cached: to be built"
		fi
		;;
	file)
		if [ -r "$(path "$what")" ]; then
			echo "there: $(path "$what")"
		else
			echo "not available: cannot read $(path "$what")"
		fi
		;;
	esac
}

kernels=$cache/kernels sources=$cache/source refresh=''
case ${1-} in
--list)
	[ $# -eq 1 ] || usage
	for name in $(names); do
		lookup "$name"
		printf '%-20s %-8s %s\n' "$name" "$kind" "$(state)"
	done
	exit 0
	;;
--refresh)
	refresh=1
	shift
	;;
--source)
	[ $# -eq 2 ] || usage
	lookup "$2"
	source_tree
	echo "$dir"
	exit 0
	;;
esac
case ${1-} in
''|-*)	usage ;;
esac
[ $# -eq 1 ] || usage

lookup "$1"
"${kind}_kernel"
echo "$dir"

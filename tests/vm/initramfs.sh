#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# initramfs.sh: build the guest's whole user space, one initramfs
#
# Busybox, the modules that a run needs with what they depend on, the lab's
# guest tools, one scenario, and programs of the host with the shared libraries
# they name: --bin for /bin, --program for /lab.  Rebuilt for every run: it
# takes about a second, and nothing stale can be tested.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

usage() {
	cat >&2 <<-END
	usage: initramfs.sh --kernel-dir DIR --tools DIR --scenario FILE --out FILE
	                    [--module NAME]... [--bin FILE]... [--program FILE]...
	END
	exit 2
}

die() {
	echo "initramfs.sh: $*" >&2
	exit 1
}

kernel_dir='' tools='' scenario='' out='' modules=() bins=() programs=()
while [ $# -ge 2 ]; do
	case $1 in
	--kernel-dir)	kernel_dir=$2 ;;
	--tools)	tools=$2 ;;
	--scenario)	scenario=$2 ;;
	--out)		out=$2 ;;
	--module)	modules+=("$2") ;;
	--bin)		bins+=("$2") ;;
	--program)	programs+=("$2") ;;
	*)		usage ;;
	esac
	shift 2
done
if [ $# -ne 0 ] || [ -z "$kernel_dir" ] || [ -z "$tools" ] ||
   [ -z "$scenario" ] || [ -z "$out" ]; then
	usage
fi

PATH=$PATH:/usr/sbin:/sbin
for tool in busybox:busybox-static cpio:cpio; do
	command -v "${tool%:*}" >/dev/null ||
		die "no ${tool%:*}: install ${tool#*:}"
done
[ -r "$scenario" ] || die "cannot read scenario $scenario"

release=$(basename "$kernel_dir"/lib/modules/*)
module_dir=$kernel_dir/lib/modules/$release
[ -r "$module_dir/modules.dep" ] || die "no modules.dep in $module_dir"

# Where a lab that kills this script removes it.
root=$(mktemp -d "$(realpath "$(dirname "$out")")/root.XXXXXX") ||
	die "cannot write to $(dirname "$out"): is the disk full?"
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,dev,etc,lab,lib/modules,proc,root,run,sys,tmp}

# One file to where the guest shall find it, symbolic links resolved.
install_file() {
	mkdir -p "$root$(dirname "$2")"
	cp -L "$1" "$root$2"
}

# A program and the shared libraries which the dynamic linker would load.
install_program() {
	local lib

	[ -r "$1" ] || die "$1: no such file"
	install_file "$1" "$2"
	[ -x "$1" ] || return 0		# data, a BPF object say
	ldd "$1" 2>/dev/null | grep -q 'not found' &&
		die "$1: $(ldd "$1" | grep -m 1 'not found')"
	while read -r lib; do
		[ -e "$root$lib" ] || install_file "$lib" "$lib"
	done < <(ldd "$1" 2>/dev/null | grep -oE '/[^ ]+' || true)
}

# Modules go into one directory, uncompressed, with a list in load order.
module_path() {
	grep -oE "^[^:]*/$1\.ko(\.[a-z]+)?:" "$module_dir/modules.dep" |
		tr -d : | head -n 1
}

install_module() {
	local name file

	file=$1
	name=$(basename "$file")
	name=${name%%.ko*}.ko
	[ -e "$root/lib/modules/$name" ] && return
	case $file in
	*.ko.xz)	xz -dc "$module_dir/$file" >"$root/lib/modules/$name" ;;
	*.ko.zst)	zstd -qdc "$module_dir/$file" >"$root/lib/modules/$name" ;;
	*)		cp "$module_dir/$file" "$root/lib/modules/$name" ;;
	esac
	echo "$name" >>"$root/lib/modules/load"
}

: >"$root/lib/modules/load"
for module in "${modules[@]}"; do
	path=$(module_path "$module") || true
	if [ -z "$path" ]; then
		grep -q "/$module\.ko" "$module_dir/modules.builtin" ||
			die "kernel $release has no module $module"
		continue
	fi
	# modules.dep names the dependency to load first last.
	for dep in $(sed -n "s|^$path:||p" "$module_dir/modules.dep" |
		     tr ' ' '\n' | tac); do
		install_module "$dep"
	done
	install_module "$path"
done

install_program "$(command -v busybox)" /bin/busybox
for applet in $(busybox --list); do
	[ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
done
# Not /bin: busybox has a "watch" of its own.
for tool in memstress nbdkeep sink watch; do
	install_file "$tools/$tool" "/lab/$tool"
done
for program in "${programs[@]}"; do
	install_program "$program" "/lab/$(basename "$program")"
done
for bin in "${bins[@]}"; do
	rm -f "$root/bin/$(basename "$bin")"
	install_program "$bin" "/bin/$(basename "$bin")"
done

# For full-screen programs on the serial console.
for term in dumb linux screen screen-256color tmux-256color vt100 xterm \
	    xterm-256color; do
	for dir in /lib/terminfo /usr/share/terminfo /etc/terminfo; do
		[ -e "$dir/${term:0:1}/$term" ] || continue
		install_file "$dir/${term:0:1}/$term" \
			"/lib/terminfo/${term:0:1}/$term"
		break
	done
done

for part in lib swap nfsd guard evidence; do
	install_file "$here/guest/$part.sh" "/lab/$part.sh"
done
install_file "$scenario" /scenario
install_file "$here/guest/init" /init
chmod 755 "$root/init"

(cd "$root" && find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0) |
	gzip -1 >"$out.tmp"
mv "$out.tmp" "$out"

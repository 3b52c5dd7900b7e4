#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The lab's kernels: what kernel.sh builds, keeps and says, with a "kernel" of
# two files in place of Linux, and no network.
set -u
. "$TESTS/lib/tap.sh"

kernel=$TESTS/vm/kernel.sh
export NETSWAP_CACHE=$tmp/cache NETSWAP_KERNELS=$tmp/list
unset CC
kernels=$NETSWAP_CACHE/kernels

# Linux, as far as kernel.sh can tell.
mkdir -p "$tmp"/{bin,fake-1/scripts/kconfig}
cat >"$tmp/fake-1/Makefile" <<-'END'
	.RECIPEPREFIX = >
	all: a.o b.o
	>[ ! -e slow ] || sleep `cat slow`
	>mkdir -p arch/x86/boot include/config
	>cat a.o b.o >arch/x86/boot/bzImage
	>echo 1.0$(LOCALVERSION) >include/config/kernel.release
	>touch vmlinux System.map modules.builtin modules.builtin.modinfo
	%.o: %.c
	>@echo "  CC      $@"
	>@cp $< $@
	>@! grep 'error:' $<
	tinyconfig:
	>: >$(KCONFIG_CONFIG)
	olddefconfig:
	>sed -i /CONFIG_DROPPED/d $(KCONFIG_CONFIG)
END
cat >"$tmp/fake-1/scripts/kconfig/merge_config.sh" <<-'END'
	#!/bin/sh
	config=$2; shift 2; cat "$@" >>$config
END
chmod 755 "$tmp/fake-1/scripts/kconfig/merge_config.sh"
echo a >"$tmp/fake-1/a.c"
echo b >"$tmp/fake-1/b.c"
tar -C "$tmp" -cJf "$tmp/fake-1.tar.xz" fake-1
# Only named, never needed, by such a kernel.
for tool in gcc flex bison bc pahole perl; do
	printf '#!/bin/sh\necho %s 1.0\n' $tool >"$tmp/bin/$tool"
done
printf '#!/bin/sh\nwhile [ $# -gt 1 ]; do case $1 in -b) d=$2;; esac; shift;
	done\n: >"$d/lib/modules/$1/modules.dep"\n' >"$tmp/bin/depmod"
chmod 755 "$tmp"/bin/*
PATH=$tmp/bin:$PATH

# make_patch FILE OLD NEW: $tmp/FILE.patch has NEW in place of OLD
make_patch() {
	printf -- '--- a/%s\n+++ b/%s\n@@ -1 +1 @@\n-%s\n+%s\n' \
		"$1.c" "$1.c" "$2" "$3" >"$tmp/$1.patch"
}
make_patch a a A
make_patch b nonesuch B

header() {		# as the boot protocol has it, release at 512 + 16
	head -c 514 /dev/zero
	printf '%s' "$1"
	head -c 8 /dev/zero
	printf '\20\0'
	printf '1.2.3-x (somebody) #1\0'
}
header HdrS >"$tmp/bzImage"
header SrdH >"$tmp/other"
mkdir -p "$tmp"/modules/{1.2.3-x,9.9.9,none}
touch "$tmp"/modules/{1.2.3-x,9.9.9}/modules.dep

cat >"$tmp/list" <<-END
	# a list of one's own
	6.1-full	file	bzImage
	given		file	bzImage modules=modules/1.2.3-x
	foreign		file	bzImage modules=modules/9.9.9
	nodep		file	bzImage modules=modules/none
	absent		file	/nonexistent/bzImage
	other		file	other
	fake		source	./fake-1.tar.xz
	fake-a		source	./fake-1.tar.xz patches=a.patch
	fake-b		source	./fake-1.tar.xz patches=b.patch
	fake-series	source	./fake-1.tar.xz patches=q/series
	fake-broken	source	./fake-1.tar.xz patches=q/broken
	fake-lost	source	./fake-1.tar.xz config=lost.config
	fake-more	source	./fake-1.tar.xz config=more.config
	fake-noconfig	source	./fake-1.tar.xz config=nonesuch.config
	fake-notar	source	./nonesuch.tar.xz
	bad/name	file	bzImage
	badkind		tape	bzImage
	badoption	file	bzImage patches=a.patch
	nothing		debian
END
echo CONFIG_DROPPED=y >"$tmp/lost.config"
echo '# CONFIG_SWAP is not set' >"$tmp/more.config"

# --- one clear line for what is wrong ---------------------------------------

ok "no name" fails 2 "usage" "$kernel"
ok "unknown option" fails 2 "usage" "$kernel" --frob
ok "unknown name" fails 1 "no kernel 'nonesuch'" "$kernel" nonesuch
ok "a regular expression is no name" fails 1 "no kernel 'fak.'" "$kernel" fak.
ok "list that is not there" fails 1 "cannot read the list of kernels" \
	env NETSWAP_KERNELS=/nonexistent "$kernel" 6.12
ok "bad name" fails 1 "is no name" "$kernel" bad/name
ok "unknown kind" fails 1 "'tape' is none of" "$kernel" badkind
ok "unknown option in the list" fails 1 "'patches=a.patch' is no option" \
	"$kernel" badoption
ok "line that ends early" fails 1 "nothing after 'debian'" "$kernel" nothing
ok "bzImage that is not there" \
	fails 1 "cannot read /nonexistent/bzImage" "$kernel" absent
ok "bzImage that is none" fails 1 "other is no bzImage" "$kernel" other
ok "modules of another release" fails 1 "is 1.2.3-x, and its modules are" \
	"$kernel" foreign
ok "modules without modules.dep" fails 1 "no modules.dep" "$kernel" nodep
ok "tarball that is not there" \
	fails 1 "cannot read $tmp/nonesuch.tar.xz" "$kernel" fake-notar
ok "fragment that is not there" \
	fails 1 "cannot read $tmp/nonesuch.config" "$kernel" fake-noconfig
ok "series that is not there" \
	fails 1 "cannot read $tmp/q/series" "$kernel" fake-series
mkdir "$tmp/q"
printf '# two\n\none.patch\ntwo.patch -p1 # this, too\n' >"$tmp/q/series"
cp "$tmp/a.patch" "$tmp/q/one.patch"
ok "patch of a series that is not there" \
	fails 1 "cannot read $tmp/q/two.patch, which" "$kernel" fake-series

# ends TEXT COMMAND...: exit 1, after progress one last line with TEXT; nothing
# half done in the cache.
ends() {
	local text=$1
	shift
	"$@" >"$tmp/out" 2>"$tmp/err" && return 1
	cat "$tmp/err"
	[ ! -s "$tmp/out" ] && [ "$(grep -cF -- "$text" "$tmp/err")" = 1 ] &&
		tail -n 1 "$tmp/err" | grep -qF -- "$text" &&
		[ -z "$(find "$kernels" -mindepth 1 -path '*fake*')" ] &&
		[ -z "$(find "$kernels" -name '.tmp*')" ]
}
mkdir "$tmp/poor"
ln -s /usr/bin/* /bin/* "$tmp/poor" 2>/dev/null
rm -f "$tmp/poor/flex"
ok "tool that is missing" ends "no flex: install flex" \
	env PATH="$tmp/poor" "$kernel" fake
ok "patch that does not apply" ends "b.patch does not apply" "$kernel" fake-b
ok "option that Kconfig dropped" ends "CONFIG_DROPPED=y is lost" \
	"$kernel" fake-lost
echo "--- a/../x" >"$tmp/q/broken"
ok "patch that leaves the tree" ends "is outside" "$kernel" fake-broken
make_patch b b 'b.c:1: error: no such thing'
ok "source that does not compile" ends "error: no such thing" "$kernel" fake-b

# --- kernels of others ------------------------------------------------------

dir=$("$kernel" given)
ok "bzImage is there" cmp "$dir/boot/vmlinuz-1.2.3-x" "$tmp/bzImage"
ok "its modules too" test -e "$dir/lib/modules/1.2.3-x/modules.dep"
is "the same a second time" "$("$kernel" given)" "$dir"
dir=$("$kernel" 6.1-full 2>/dev/null)
ok "one's own list counts" test -e "$dir/boot/vmlinuz-1.2.3-x"
ok "without modules all is built in" \
	grep -q '/nbd\.ko$' "$dir/lib/modules/1.2.3-x/modules.builtin"
mkdir "$kernels"/linux-image-6.12.{9,10}-cloud-amd64_1
is "the newest Debian kernel in the cache" "$("$kernel" 6.12-cloud)" \
	"$kernels/linux-image-6.12.10-cloud-amd64_1"

# --- kernels built here -----------------------------------------------------

log=$NETSWAP_CACHE/build/fake-a/log
compiled() { sed -n 's/^  CC *//p' "$log" | sort | tr '\n' ' '; }
build() {
	dir=$("$kernel" "$1" 2>"$tmp/err") || sed 's/^/# /' "$tmp/err"
}
image() { tr '\n' ' ' <"$dir/boot/vmlinuz-1.0-fake-a"; }

make_patch b b B
cat "$tmp/b.patch" >>"$tmp/a.patch"
build fake-a
first=$dir
is "patched and built" "$(image)" "A B "
is "of two files" "$(compiled)" "a.o b.o "
cp "$tmp/b.patch" "$tmp/q/two.patch"
is "a series is the same" "$(cat "$("$kernel" fake-series \
	2>/dev/null)"/boot/vmlinuz-* | tr '\n' ' ')" "A B "
config=$dir/boot/config-1.0-fake-a
ok "with configuration" grep -q '^CONFIG_NFS_SWAP=y' "$config"
ok "and modules.dep" test -e "$dir/lib/modules/1.0-fake-a/modules.dep"
ok "and symbols" test -e "$dir/vmlinux" -a -e "$dir/boot/System.map-1.0-fake-a"
ok "and says that it builds" grep -q "building fake-a" "$tmp/err"
build fake-a
is "is not built again" "$dir $(cat "$tmp/err")" "$first "
sed -i -e '1i Subject: a\n\nWhy.\n---' \
	-e '6i index 78981922..b66efb8a 100644' "$tmp/a.patch"
build fake-a
is "nor for what a patch says of itself" "$dir $(cat "$tmp/err")" "$first "
sed -i 's/+A/+AA/' "$tmp/a.patch"
build fake-a
second=$dir
is "a changed patch is another kernel" "$(image)" "AA B "
is "and one file to compile" "$(compiled)" "a.o "
ok "the former is kept" test -d "$first"
cp "$tmp/b.patch" "$tmp/a.patch"
build fake-a
is "a file is no longer patched" "$(image)" "a B "
is "and is compiled" "$(compiled)" "a.o "
ok "the oldest is removed" test ! -d "$first" -a -d "$second"
"$kernel" --list >"$tmp/states" 2>&1
ok "list: built" grep -Eq "^fake-a +source +cached: $(basename "$dir")$" \
	"$tmp/states"
ok "list: not built" grep -Eq "^fake +source +not cached" "$tmp/states"
ok "list: not there" grep -Eq "^absent +file +not available" "$tmp/states"
ok "list: Debian's" grep -Eq "^6.12-cloud +debian +cached: linux" "$tmp/states"
build fake-more
config=$dir/boot/config-1.0-fake-more
ok "a fragment overrules" grep -q '^# CONFIG_SWAP is not set' "$config"
echo CONFIG_SWAP=m >"$tmp/more.config"
build fake-more
config=$dir/boot/config-1.0-fake-more
ok "a changed one is another kernel" grep -q '^CONFIG_SWAP=m' "$config"

# slow SECONDS: the build takes that long.
slow() {
	printf -- '--- /dev/null\n+++ b/slow\n@@ -0,0 +1 @@\n+%s\n' "$1" \
		>"$tmp/a.patch"
}
# A fraction that no other sleep on the machine has.
running() { pgrep -f "^sleep 60\.$$\$"; }
# shellcheck disable=SC2046
tap_cleanup() { kill $(running) 2>/dev/null; }
# within_10s COMMAND...
within_10s() {
	local _
	for _ in $(seq 100); do
		"$@" && return
		sleep 0.1
	done
	return 1
}
stopped() { ! running; }
slow "60.$$"
"$kernel" fake-a >"$tmp/out" 2>&1 &
pid=$!
ok "a build is under way" within_10s running
kill $pid
wait $pid
is "an interrupted build fails" $? 143
is "prints nothing" "$(grep -v '^kernel.sh: ' "$tmp/out")" ""
ok "leaves no process" within_10s stopped
is "and nothing half done" "$(find "$kernels" -name '.tmp*')" ""

slow 2
"$kernel" fake-a >"$tmp/out1" 2>"$tmp/err1" &
"$kernel" fake-a >"$tmp/out2" 2>"$tmp/err2"
wait
is "two at once get the same" "$(cat "$tmp/out1")" "$(cat "$tmp/out2")"
is "one builds it" "$(cat "$tmp"/err[12] | grep -c ' built fake-a')" 1
is "the other waits" "$(cat "$tmp"/err[12] | grep -c 'waiting')" 1
done_testing

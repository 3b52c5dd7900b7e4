#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The series compiles, and brings no new warning: of gcc with W=1, or of sparse,
# in the files that it touches.  BISECT=N builds a kernel after each patch, too,
# from the Nth on, a small one that has all of them, and boots it, with the KUnit
# tests that there are by then.  From the first that takes two hours or so.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/series.sh"

command -v sparse >/dev/null || skip_all "no sparse"
tree=$tmp/tree
config=$TESTS/patches/020-build/config
# Files are replaced, not written to, by patch: the originals stay.
cp -al "$base" "$tree" 2>/dev/null || cp -a "$base/." "$tree"
kmake() {
	make -C "$tree" -j"$(nproc)" --no-print-directory \
		KBUILD_BUILD_TIMESTAMP=0 "$@"
}

# configure FRAGMENT...
configure() {
	rm -f "$tree/.config"
	kmake -s tinyconfig &&
		(cd "$tree" && scripts/kconfig/merge_config.sh -m .config "$@") &&
		kmake -s olddefconfig
}

# What is said of the files that the series touches, without line numbers.  What
# is in tools/ is no part of the kernel.
objects() {
	sed -n '/^tools/d; s/\.c$/.o/p' <<<"$touched" | while read -r object; do
		[ ! -e "$tree/${object%.o}.c" ] || echo "$object"
	done
}
warnings() {
	# shellcheck disable=SC2046
	kmake -k W=1 C=2 $(objects) 2>&1 |
		grep -E '^[^ ]+\.[ch]:[0-9]+:.*(warning|error):' |
		grep -F -f <(echo "$touched") |
		sed -E 's/:[0-9]+:([0-9]+:)?/:/' | sort
}

# What make writes to is not replaced, and is of the kernel that was built there.
ok "what was built is gone" kmake -s mrproper
ok "the base is configured" configure "$TESTS/vm/kernel.config" "$config"
warnings >"$tmp/before"
# A patch may bring options, and tests that are built where they are set.
step() {
	configure "$TESTS/patches/020-build/bisect.config" "$series/config" &&
		rm -f "$tree/arch/x86/boot/bzImage" &&
		kmake -s all
}
# As far as a program that says so, with nothing said against it.
boots() {
	timeout 300 qemu-system-x86_64 -accel tcg -cpu max -m 256 -nodefaults \
		-no-user-config -display none -no-reboot -serial stdio \
		-kernel "$tree/arch/x86/boot/bzImage" -initrd "$tmp/initrd" \
		-append "console=ttyS0 panic=-1 reboot=t" \
		</dev/null >"$tmp/console" 2>&1
	! grep -aE 'not ok |BUG:|WARNING:|Oops|Kernel panic' "$tmp/console" &&
		grep -aq '^it boots' "$tmp/console"
}
if [ -n "${BISECT-}" ]; then
	mkdir "$tmp/root"
	cp "$(command -v busybox)" "$tmp/root/"
	printf '#!/busybox sh\n%s\n' '/busybox echo it boots' \
		'/busybox reboot -f' >"$tmp/root/init"
	chmod +x "$tmp/root/init"
	(cd "$tmp/root" && printf '%s\n' busybox init |
		cpio -o -H newc 2>/dev/null) >"$tmp/initrd"
fi
for p in "${patches[@]}"; do
	apply "$p" || break
	[ -z "${BISECT-}" ] || ((10#${p%%-*} < 10#$BISECT)) || {
		ok "$p: builds" step
		ok "$p: boots" boots
	}
done
ok "the series is configured" \
	configure "$TESTS/vm/kernel.config" "$config" "$series/config"
# shellcheck disable=SC2046
ok "each file that it touches compiles" kmake -s $(objects)
warnings >"$tmp/after"
is "no new warning of gcc W=1, or of sparse" \
	"$(comm -13 "$tmp/before" "$tmp/after")" ""
while read -r program; do
	ok "$program compiles" gcc -O2 -Wall -Wextra -Werror -o "$tmp/program" \
		"$tree/$program"
done < <(grep '^tools/.*\.c$' <<<"$touched")
done_testing

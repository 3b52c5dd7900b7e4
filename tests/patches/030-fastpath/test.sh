#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The series costs nothing where nobody swaps over the network: on named fast
# paths there is no instruction that plain 6.12 does not have, outside of
# branches that a static key, or the compiler's word on what is likely, keeps
# out of the way.  What is allowed has a reason in the file "functions".
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/kernel.sh"
here=$TESTS/patches/030-fastpath

# vmlinux NAME: of a kernel that was built; building takes long.
vmlinux() {
	kernel_cached "$1" && echo "$("$TESTS/vm/kernel.sh" "$1")/vmlinux"
}
plain=${PLAIN:-$(vmlinux 6.12)}
patched=${PATCHED:-$(vmlinux 6.12-patched)}
[ -r "$plain" ] && [ -r "$patched" ] ||
	skip_all "6.12 and 6.12-patched are not built: make kernel KERNEL=..."
grep -qx CONFIG_JUMP_LABEL=y "$TESTS/vm/kernel.config" ||
	skip_all "static keys are loads and branches in these kernels"

list=$(sed '/^#/d' "$here/functions")
# shellcheck disable=SC2046
"$here/fastpath.py" "$plain" "$patched" $(awk '{ print $1 }' <<<"$list") \
	>"$tmp/ways" || exit 1
compared=0
while read -r name straight straight_now all all_now; do
	if [ "$straight" = missing ]; then
		echo "# $name: not in both kernels"
		continue
	fi
	compared=$((compared + 1))
	more=$((straight_now - straight))
	[ $((all_now - all)) -ge $more ] || more=$((all_now - all))
	allowed=$(awk -v name="$name" '$1 == name { print $2 }' <<<"$list")
	ok "$name: $straight of $all, now $straight_now of $all_now (+$allowed at most)" \
		[ "$more" -le "$allowed" ]
done <"$tmp/ways"
ok "most are in both: $compared" [ "$compared" -ge 20 ]
done_testing

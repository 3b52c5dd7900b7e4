#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The patch series is what a maintainer can take: each patch applies to BASE and
# the patches before it, with offsets but without fuzz; checkpatch --strict has
# nothing to say but what checkpatch-exceptions gives a reason for; no new
# warning of kernel-doc in the files that it touches; what its chapter of
# documentation names is there; and the cover letter ends with the diffstat of it
# all.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/series.sh"

is "BASE is what is built" "$(sed -n 's/^source //p' "$series/BASE")" \
	"$(cat "$base/../source")"

# Only what is touched, and what checkpatch and kernel-doc look at.
tree=$tmp/tree
mkdir "$tree"
for file in $touched scripts/checkpatch.pl scripts/kernel-doc \
	    scripts/spelling.txt scripts/const_structs.checkpatch; do
	[ -e "$base/$file" ] || continue
	mkdir -p "$tree/$(dirname "$file")"
	cp "$base/$file" "$tree/$file"
done
in_tree() { git -C "$tree" -c user.name=- -c user.email=- "$@"; }
in_tree init -q
in_tree add -f .
in_tree commit -q -m BASE

# What checkpatch says that has no reason: lines of file, type and text.
checkpatch() {
	perl "$tree/scripts/checkpatch.pl" --strict --terse --show-types \
		--showfile --no-tree --no-signoff --no-summary "$1" |
		grep -E ': (ERROR|WARNING|CHECK):' |
		while IFS= read -r line; do
			excepted "$line" || echo "$line"
		done
}

# checkpatch-exceptions: TYPE FILE reason...
excepted() {
	local type file
	while read -r type file _; do
		# shellcheck disable=SC2053
		[[ $1 == *":$type: "* && ($file == '*' || $1 == $file:*) ]] &&
			return
	done < <(sed '/^#/d; /^$/d' "$series/checkpatch-exceptions")
	return 1
}

for p in "${patches[@]}"; do
	ok "$p: applies" apply "$p"
	is "$p: checkpatch" "$(checkpatch "$series/$p")" ""
done

# Without line numbers, which change.
docs() {
	(cd "$1" && for file in $touched; do
		case $file in
		*.[ch])	[ ! -e "$file" ] ||
				perl scripts/kernel-doc -none "$file" 2>&1 ;;
		esac
	done | sed -E 's/:[0-9]+:/:/' | sort)
}
is "kernel-doc has no new warning" \
	"$(comm -13 <(docs "$base") <(docs "$tree"))" ""

# Functions, flags, counters and trace events: words with an underscore in them.
chapter=$tree/Documentation/mm/memory_reserves.rst
names() { grep -oE '\b_*[A-Za-z]+_[A-Za-z_]*[A-Za-z]' "$chapter" | sort -u; }
ok "the chapter has names" test "$(names | wc -l)" -gt 20
is "what the chapter names is there" "$(names | while read -r name; do
	grep -rqF --include='*.[ch]' "$name" "$tree" "$base/include" ||
		echo "$name"
done)" ""

in_tree add -f .
is "the cover letter's diffstat" "$(sed -n '/^ .* | /,$p' "$series/cover-letter")" \
	"$(in_tree diff --cached --stat=72 --summary)"
done_testing

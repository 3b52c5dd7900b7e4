#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# build.sh OUTDIR: compile the lab's own programs
#
# The guest's programs and the host's flood source are a file each (and util.h),
# and static: one output directory serves every guest kernel.  A program
# newer than its source is left alone.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

die() {
	echo "build.sh: $*" >&2
	exit 1
}

[ $# -eq 1 ] || { echo "usage: build.sh OUTDIR" >&2; exit 2; }
out=$1
cc=${CC:-gcc}
command -v "$cc" >/dev/null ||
	die "no C compiler '$cc': install gcc and libc6-dev"

mkdir -p "$out"
for src in "$here"/guest/*.c "$here"/host/*.c; do
	bin=$out/$(basename "$src" .c)
	if [ "$bin" -nt "$src" ] && [ "$bin" -nt "$here/util.h" ]; then
		continue
	fi
	"$cc" -O2 -Wall -Wextra -D_GNU_SOURCE -static -o "$bin.tmp" "$src" ||
		die "cannot compile $src"
	# A killed compiler must not leave half a program that looks done.
	mv "$bin.tmp" "$bin"
done

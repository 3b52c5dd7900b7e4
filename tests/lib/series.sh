# SPDX-License-Identifier: GPL-2.0
# series.sh - the patch series of kernel-patches/, for the ring patches: its
# directory $series, the array $patches in order, the unpacked source $base
# that they are for, and $touched, the files they touch.
# shellcheck shell=bash disable=SC2034

series=$TESTS/../kernel-patches/6.12
mapfile -t patches < <(sed -E 's/(^|[[:space:]]+)#.*//; /^[[:space:]]*$/d' \
	"$series/series")
base=$("$TESTS/vm/kernel.sh" --source 6.12) || skip_all "no source of 6.12"

files_of() { sed -nE 's,^\+\+\+ b/(.*),\1,p' "$1"; }
touched=$(for p in "${patches[@]}"; do files_of "$series/$p"; done | sort -u)

# apply PATCH: to $tree, with offsets but without fuzz
apply() {
	patch -p1 -s -f -F0 --no-backup-if-mismatch -d "$tree" -i "$series/$1"
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A lab that is stopped leaves no process and no file, whatever it was at; and a
# QEMU that dies is no verdict on the kernel; a guest that is HUNG is one, though
# what it was asked for does not come.  With a program in place of QEMU.
set -u
. "$TESTS/lib/tap.sh"
PATH=$PATH:/usr/sbin:/sbin
for program in python3 busybox cpio nbd-server nbd-client gcc jq; do
	command -v $program >/dev/null || skip_all "needs $program"
done
here=$TESTS/cli/090-lab-stops lab=$TESTS/vm/lab

mkdir "$tmp"/{bin,t}
cp "$here/qemu.py" "$tmp/bin/qemu-system-x86_64"
chmod 755 "$tmp/bin/qemu-system-x86_64"
# As much of a bzImage as kernel.sh looks at.
{
	head -c 514 /dev/zero
	printf HdrS
	head -c 8 /dev/zero
	printf '\20\0'
	printf '1.2.3-x (somebody) #1\0'
} >"$tmp/bzImage"
echo "fake file $tmp/bzImage" >"$tmp/list"
export PATH=$tmp/bin:$PATH TMPDIR=$tmp/t FAKE=hang
export NETSWAP_CACHE=$tmp/cache NETSWAP_KERNELS=$tmp/list

stopped() { python3 "$here/check.py" "$lab" "$tmp" "$@" 2>&1; }
for when in run init; do
	is "Ctrl-C, $when" "$(stopped 2 $when)" "130 ['lab: stopped'] []"
	is "SIGTERM, $when" "$(stopped 15 $when)" "143 [] []"
done

FAKE=die "$lab" run "010-workload nic=virtio" --kernel fake --out "$tmp/die" \
	>"$tmp/out" 2>&1
is "QEMU dies: exit status" $? 1
is "QEMU dies: verdict" "$(jq -r .verdict "$tmp/die/results.jsonl")" BROKEN
is "QEMU dies: why" "$(jq -r .broken_reason "$tmp/die/results.jsonl")" \
	"the guest ended without a verdict: qemu: out of memory"

FAKE=stuck "$lab" run "010-workload nic=virtio" --kernel fake \
	--out "$tmp/stuck" >"$tmp/out" 2>&1
is "HUNG, and no evidence" "$(jq -c '[.verdict, .seconds < 50]' \
	"$tmp/stuck/results.jsonl")" '["HUNG",true]'
done_testing

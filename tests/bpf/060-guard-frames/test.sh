#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Frames of every kind through the guard's programs with BPF_PROG_RUN: see
# frames.c.  No kernel here can make a SOCK_MEMALLOC socket without a network
# swap device, so the object is built once more with another flag of the socket
# in its place, SOCK_KEEPOPEN, which a test can set (SO_KEEPALIVE).
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/bpf.sh"
need_bpf
trap - EXIT
# Also what `make fuzz` has found of the matcher.
corpora=("$TESTS/fuzz/corpus/match")
[ ! -d "$BUILD/fuzz/corpus/match" ] || corpora+=("$BUILD/fuzz/corpus/match")
CGROUP2=$(findmnt -n -o TARGET -t cgroup2 | head -n 1)
[ -z "$CGROUP2" ] || export CGROUP2
exec "$BUILD/tests/guard_frames" "$BUILD/tests/guard_keepalive.bpf.o" \
	"${corpora[@]}"

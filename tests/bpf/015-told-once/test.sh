#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Two readers that find a leaked key at the same time tell of it once.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/bpf.sh"
need_bpf
trap - EXIT
exec "$BUILD/tests/told_once" "$BUILD/bpf/memalloc_sock.bpf.o"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Pressure by one kind of event alone: a page of the reserve, a task that is put
# to sleep; see causes.c.  The level of free pages alone: 050-guard.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/bpf.sh"
need_bpf
trap - EXIT
exec "$BUILD/tests/guard_causes" "$BUILD/bpf/guard.bpf.o" \
	"$BUILD/bpf/optional/page_alloc_raw.bpf.o" \
	"$BUILD/tests/guard_events.bpf.o"

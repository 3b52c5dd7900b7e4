#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Who may know what: views know no maps, only tui.c knows curses.
set -u
. "$TESTS/lib/tap.sh"
cd "$TESTS/.." || exit

is "views and top know no libbpf" \
	"$(grep -l '<bpf/' cli/view*.c cli/top*.c cli/delta.c cli/metric.c)" ""
is "only tui.c knows curses" "$(grep -l 'curses.h' cli/*.[ch])" cli/tui.c
is "only http.c knows libmicrohttpd" "$(grep -l 'microhttpd.h' cli/*.[ch])" \
	cli/http.c
is "only guard_shared.c knows libxdp" "$(grep -l 'xdp/' cli/*.[ch])" \
	cli/guard_shared.c
is "views open nothing" "$(grep -nE '\b(f?open|opendir|socket)\(' \
	cli/view_*.c cli/top_[^p]*.c)" ""
is "SPDX on line 1" "$(for f in cli/*.[chS] bpf/*.[ch] include/netswap/*.h \
	tests/*/*.c tests/vm/*/*.[ch]; do head -n 1 "$f" | grep -q SPDX ||
	echo "$f"; done)" ""
is "at most 100 columns in C" "$(expand cli/*.[ch] bpf/*.[ch] \
	include/netswap/*.h | awk 'length > 100')" ""
is "no comment promises later work" "$(grep -nE '\b(TODO|FIXME|XXX)\b[:( ]*$|(TODO|FIXME|XXX):' \
	-r cli bpf include | head -n 5)" ""
# In capitals is what stands for a name.
is "paths that documents name are there" "$(grep -ohE \
	'`(bpf|cli|docs|include|kernel-patches|tests)/[a-z0-9_./-]+`' \
	README.md docs/*.md kernel-patches/*.md | tr -d '`' | sort -u |
	while read -r path; do [ -e "$path" ] || echo "$path"; done)" ""
done_testing

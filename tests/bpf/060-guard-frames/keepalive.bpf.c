// SPDX-License-Identifier: GPL-2.0
/*
 * keepalive.bpf.c - the guard, but for SO_KEEPALIVE instead of SOCK_MEMALLOC:
 * a flag in the same word of the same sockets, that a test can set.
 */
enum sock_flags___test { SOCK_KEEPOPEN };

#define NSW_GUARD_FLAG							\
	((int)bpf_core_enum_value(enum sock_flags___test, SOCK_KEEPOPEN))
#include "../../../bpf/guard.bpf.c"

// SPDX-License-Identifier: GPL-2.0
/*
 * admit.bpf.c - the program that answers a patched kernel, at a tracepoint of
 * stock ones that has the same arguments: a socket and a packet for which it has
 * no room.
 */
#define NSW_VARIANT	4	/* NSW_PATCHED */
#define NSW_ADMIT_SEC	"tp_btf/sock_rcvqueue_full"
#include "../../../bpf/guard.bpf.c"

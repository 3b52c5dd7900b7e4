// SPDX-License-Identifier: GPL-2.0
/*
 * retransmit.bpf.c - is there memory to send again what was lost on the way?
 *
 * Counts what SOCK_MEMALLOC sockets were to send again, and how much of that
 * they did not for want of memory.
 */
#define COUNTS 2
#include "count.bpf.h"

#define ENOMEM 12

enum { RETRANSMISSIONS, FAILED };

SEC("fexit/tcp_retransmit_skb")
int BPF_PROG(retransmit, struct sock *sk, struct sk_buff *skb, int segs,
	     int ret)
{
	if (!(sk->__sk_common.skc_flags & 1UL << nsw_enum(sock_flags,
							   SOCK_MEMALLOC)))
		return 0;
	count(RETRANSMISSIONS);
	if (ret == -ENOMEM)
		count(FAILED);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

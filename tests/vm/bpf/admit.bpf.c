// SPDX-License-Identifier: GPL-2.0
/*
 * admit.bpf.c - UDP sockets of even ports may have packets of the reserve
 *
 * For kernels with kernel-patches/: asked where such a packet is dropped
 * otherwise.  Counts what it was asked, and the least room that there was.
 */
#define COUNTS 4
#include "count.bpf.h"

enum { ASKED, ADMITTED, REFUSED, NO_ROOM };

extern long bpf_pfmemalloc_headroom(void) __ksym;

SEC("fmod_ret/pfmemalloc_admit")
int BPF_PROG(admit, struct sock *sk, struct sk_buff *skb, int ret)
{
	count(ASKED);
	if (bpf_pfmemalloc_headroom() <= 0)
		count(NO_ROOM);
	if (sk->sk_protocol == IPPROTO_UDP && !(sk->__sk_common.skc_num & 1)) {
		count(ADMITTED);
		return 1;
	}
	count(REFUSED);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

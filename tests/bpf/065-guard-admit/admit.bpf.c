// SPDX-License-Identifier: GPL-2.0
/*
 * admit.bpf.c - the answer to a patched kernel, at a tracepoint that stock ones
 * have: a UDP socket has no room for a packet.
 */
#define NSW_VARIANT	4	/* NSW_PATCHED */
#define NSW_ADMIT_TEST
#include "../../../bpf/guard.bpf.c"

SEC("tp_btf/udp_fail_queue_rcv_skb")
int BPF_PROG(nsw_g_admit_p, int rc, struct sock *sk, struct sk_buff *skb)
{
	return nsw_admit(sk, skb);
}

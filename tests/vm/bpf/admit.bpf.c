// SPDX-License-Identifier: GPL-2.0
/*
 * admit.bpf.c - UDP sockets of even ports may have packets of the reserve
 *
 * For kernels with kernel-patches/: asked where such a packet is dropped
 * otherwise.  Counts what it was asked, and the least room that there was.
 */
#include "../../../bpf/kernel.bpf.h"

enum { ASKED, ADMITTED, REFUSED, NO_ROOM };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

extern long bpf_pfmemalloc_headroom(void) __ksym;

static __always_inline void count(u32 what)
{
	u64 *value = bpf_map_lookup_elem(&counts, &what);

	if (value)
		__sync_fetch_and_add(value, 1);
}

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

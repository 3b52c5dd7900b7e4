// SPDX-License-Identifier: GPL-2.0
/*
 * parked.bpf.c - packets of the reserve on their way to user space
 *
 * Counts those that a tun device and a packet socket are given, and those of
 * them that are dropped there; and the entries that conntrack makes for such
 * packets, and those of them that may not be made from the reserve.
 */
#define COUNTS 6
#include "count.bpf.h"

#define __GFP_NOMEMALLOC	0x00080000u	/* as __GFP_MEMALLOC */

enum { TUN, TUN_DROPPED, PACKET, PACKET_DROPPED, ENTRY, ENTRY_NOMEMALLOC };

/* The packet that each of the three functions has now on this CPU, or 0. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 6);
	__type(key, u32);
	__type(value, u64);
} at SEC(".maps");

static __always_inline u64 now_at(u32 where)
{
	u64 *skb = bpf_map_lookup_elem(&at, &where);

	return skb ? *skb : 0;
}

static __always_inline void set(u32 where, struct sk_buff *skb)
{
	u64 *value = bpf_map_lookup_elem(&at, &where);

	if (value)
		*value = (u64)skb;
}

static __always_inline bool enter(u32 where, struct sk_buff *skb)
{
	bool marked = BPF_CORE_READ_BITFIELD(skb, pfmemalloc);

	set(where, marked ? skb : NULL);
	return marked;
}

SEC("fentry/tun_net_xmit")
int BPF_PROG(tun_enter, struct sk_buff *skb)
{
	if (enter(TUN, skb))
		count(TUN);
	return 0;
}

SEC("fexit/tun_net_xmit")
int BPF_PROG(tun_exit)
{
	set(TUN, NULL);
	return 0;
}

/* The socket has a filter, and others than UDP's do not wait for it. */
static __always_inline bool is_udp(struct sk_buff *skb)
{
	u8 protocol = 0;

	bpf_probe_read_kernel(&protocol, 1, skb->head + skb->network_header + 9);
	return protocol == IPPROTO_UDP;
}

SEC("fentry/packet_rcv")
int BPF_PROG(packet_enter, struct sk_buff *skb)
{
	if (enter(PACKET, skb) && is_udp(skb))
		count(PACKET);
	return 0;
}

SEC("fexit/packet_rcv")
int BPF_PROG(packet_exit)
{
	set(PACKET, NULL);
	return 0;
}

SEC("tp_btf/kfree_skb")
int BPF_PROG(dropped, struct sk_buff *skb)
{
	if (now_at(TUN) == (u64)skb)
		count(TUN_DROPPED);
	if (now_at(PACKET) == (u64)skb)
		count(PACKET_DROPPED);
	return 0;
}

/* What makes the entry is static, and may be inlined. */
SEC("fentry/nf_conntrack_in")
int BPF_PROG(entry_enter, struct sk_buff *skb)
{
	enter(ENTRY, skb);
	return 0;
}

SEC("fexit/nf_conntrack_in")
int BPF_PROG(entry_exit)
{
	set(ENTRY, NULL);
	return 0;
}

SEC("tp_btf/kmem_cache_alloc")
int BPF_PROG(allocated, unsigned long call_site, void *object, void *cache,
	     u32 flags)
{
	if (!now_at(ENTRY))
		return 0;
	count(ENTRY);
	if (flags & __GFP_NOMEMALLOC)
		count(ENTRY_NOMEMALLOC);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

// SPDX-License-Identifier: GPL-2.0
/*
 * sk_filter.bpf.c - packets that were received into reserve memory.
 *
 * An skb whose data lies in reserve pages has skb->pfmemalloc set.  While
 * it goes up the stack it may be dropped in three places, because only a
 * SOCK_MEMALLOC socket may keep reserve memory (6.12 lines):
 *
 *   protocol   __netif_receive_skb_core(), dev.c:5726: neither IP, ARP nor
 *              VLAN; no counter of the kernel's
 *   sk_filter  sk_filter_trim_cap(), filter.c:143: the usual place; TcpExt
 *              PFMemallocDrop, for every protocol
 *   backlog    sk_add_backlog(), sock.h:1120: TCPBacklogDrop
 *
 * sk_filter_trim_cap() tests pfmemalloc and the socket's flag before it
 * runs any filter, so fexit with an error, pfmemalloc and no flag is the
 * drop itself.  Without fexit the drop is recognised at kfree_skb by
 * its reason, always by name: PFMEMALLOC from 6.17 on; before that
 * SOCKET_FILTER, which a BPF filter that refuses a pfmemalloc packet of a
 * memalloc socket also gives, so there the fallback is an upper bound.
 *
 * Cost.  netif_receive_skb and sk_filter_trim_cap run for every packet;
 * all they do then is test one bit of the skb.
 */
#include "netswap.bpf.h"

#if NSW_VARIANT == NSW_RAW
/* Raw tracepoints pass plain numbers: reading needs a helper. */
#define nsw_pfmemalloc(skb)	BPF_CORE_READ_BITFIELD_PROBED(skb, pfmemalloc)
#else
#define nsw_pfmemalloc(skb)	BPF_CORE_READ_BITFIELD(skb, pfmemalloc)
#endif

static __always_inline bool nsw_sk_memalloc(struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_flags) >>
	       nsw_enum(sock_flags, SOCK_MEMALLOC) & 1;
}

static __always_inline void nsw_key_sock(struct nsw_key *key, struct sock *sk)
{
	key->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	key->proto = BPF_CORE_READ(sk, sk_protocol);
	key->port = BPF_CORE_READ(sk, __sk_common.skc_num);
	key->netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	key->cgroup = BPF_CORE_READ(sk, sk_cgrp_data.cgroup, kn, id);
}

static __always_inline unsigned char *nsw_network_header(struct sk_buff *skb)
{
	return BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header);
}

/* Without a socket: protocol and destination port from the packet at @ip. */
static __always_inline void nsw_key_skb(struct nsw_key *key,
					struct sk_buff *skb,
					unsigned char *ip)
{
	u16 proto = bpf_ntohs(BPF_CORE_READ(skb, protocol));
	u8 byte = 0;
	u16 port = 0;
	u32 len = 40;

	key->netns = BPF_CORE_READ(skb, dev, nd_net.net, ns.inum);
	if (proto == ETH_P_IP) {
		key->family = AF_INET;
		bpf_probe_read_kernel(&byte, 1, ip);
		len = (byte & 15) * 4;
		bpf_probe_read_kernel(&key->proto, 1, ip + 9);
	} else if (proto == ETH_P_IPV6) {
		/* Extension headers are not followed: proto names them. */
		key->family = AF_INET6;
		bpf_probe_read_kernel(&key->proto, 1, ip + 6);
	} else {
		key->port = proto;
		return;
	}
	if (key->proto != IPPROTO_TCP && key->proto != IPPROTO_UDP)
		return;
	bpf_probe_read_kernel(&port, sizeof(port), ip + len + 2);
	key->port = bpf_ntohs(port);
}

static __always_inline void nsw_burst(u64 now, u64 bytes,
				      const struct nsw_key *key)
{
	struct nsw_ring *ring = nsw_one(nsw_events);
	u64 last;

	if (!ring)
		return;
	last = __sync_lock_test_and_set(&ring->drop_ns, now);
	if (nsw_since(now, last) > NSW_SEC_NS)
		nsw_emit(NSW_EV_DROP, now, bytes, key);
}

/* One row of what arrived (no @sk), or was delivered. */
static __noinline int nsw_passed(struct sk_buff *skb, struct sock *sk,
				 u64 cookie)
{
	struct nsw_key key = {};

	key.kind = sk ? NSW_K_DELIVERED : NSW_K_RECEIVED;
	key.sock = cookie;
	if (sk)
		nsw_key_sock(&key, sk);
	else
		/* The tracepoint is before skb_reset_network_header(). */
		nsw_key_skb(&key, skb, BPF_CORE_READ(skb, data));
	nsw_top_add(&key, bpf_ktime_get_ns(), BPF_CORE_READ(skb, len));
	return 0;
}

static __noinline int nsw_dropped(struct sk_buff *skb, struct sock *sk,
				  u32 where, u64 cookie)
{
	u64 now = bpf_ktime_get_ns(), bytes = BPF_CORE_READ(skb, len);
	struct nsw_cpu *row = nsw_cpu();
	struct nsw_key key = {};

	key.kind = NSW_K_DROP;
	key.detail = where;
	key.sock = cookie;
	if (sk)
		nsw_key_sock(&key, sk);
	else
		nsw_key_skb(&key, skb, nsw_network_header(skb));
	if (where == NSW_WHERE_SK_FILTER) {
		nsw_add(row, NSW_C_PF_DROP_SKF, 1);
		nsw_add(row, key.proto == IPPROTO_TCP ? NSW_C_PF_TCP :
			key.proto == IPPROTO_UDP ? NSW_C_PF_UDP :
			NSW_C_PF_OTHER, 1);
	} else if (where == NSW_WHERE_PROTOCOL) {
		nsw_add(row, NSW_C_PF_DROP_PROTO, 1);
	} else {
		nsw_add(row, NSW_C_PF_DROP_BACKLOG, 1);
	}
	nsw_top_add(&key, now, bytes);
	nsw_burst(now, bytes, &key);
	return 0;
}

#if NSW_VARIANT == NSW_FENTRY
SEC("fexit/sk_filter_trim_cap")
int BPF_PROG(nsw_skf_exit, struct sock *sk, struct sk_buff *skb)
{
	u64 ret = 0;

	if (!nsw_pfmemalloc(skb))
		return 0;
	/* 6.17 added an argument, so the return value's place varies. */
	bpf_get_func_ret(ctx, &ret);
	if (nsw_sk_memalloc(sk)) {
		if ((int)ret)
			return 0;
		nsw_count(NSW_C_PF_DELIVERED, 1);
		nsw_passed(skb, sk, bpf_get_socket_cookie(sk));
		return 0;
	}
	/* -ENOMEM, or in newer kernels a drop reason. */
	if ((int)ret)
		nsw_dropped(skb, sk, NSW_WHERE_SK_FILTER,
			    bpf_get_socket_cookie(sk));
	return 0;
}
#endif

static __always_inline void rx(struct sk_buff *skb)
{
	if (!nsw_pfmemalloc(skb))
		return;
	nsw_count(NSW_C_PF_RX, 1);
	nsw_passed(skb, 0, 0);
}

NSW_TP("netif_receive_skb", nsw_rx, rx(skb), struct sk_buff *skb)

/* skb_pfmemalloc_protocol(), dev.c: what may go up to a socket at all. */
static __always_inline bool nsw_for_sockets(struct sk_buff *skb)
{
	switch (bpf_ntohs(BPF_CORE_READ(skb, protocol))) {
	case ETH_P_ARP:
	case ETH_P_IP:
	case ETH_P_IPV6:
	case ETH_P_8021Q:
	case ETH_P_8021AD:
		return true;
	}
	return false;
}

static __always_inline void skf_drop(struct sk_buff *skb, int reason)
{
	int want = nsw_enum(skb_drop_reason, SKB_DROP_REASON_PFMEMALLOC);

	if (want < 0)
		want = nsw_enum(skb_drop_reason,
				SKB_DROP_REASON_SOCKET_FILTER);
	if (reason == want && nsw_pfmemalloc(skb) && nsw_for_sockets(skb))
		nsw_dropped(skb, 0, NSW_WHERE_SK_FILTER, 0);
}

NSW_TP("kfree_skb", nsw_skf_drop, skf_drop(skb, reason),
       struct sk_buff *skb, void *location, int reason)

static __always_inline void kfree(struct sk_buff *skb, int reason)
{
	if (reason == nsw_enum(skb_drop_reason,
			       SKB_DROP_REASON_SOCKET_BACKLOG)) {
		if (nsw_pfmemalloc(skb))
			nsw_dropped(skb, 0, NSW_WHERE_BACKLOG, 0);
	} else if (reason == nsw_enum(skb_drop_reason,
				      SKB_DROP_REASON_UNHANDLED_PROTO) ||
		   reason == nsw_enum(skb_drop_reason,
				      SKB_DROP_REASON_PFMEMALLOC)) {
		/* 6.17 gives the protocol filter the sockets' reason. */
		if (nsw_pfmemalloc(skb) && !nsw_for_sockets(skb))
			nsw_dropped(skb, 0, NSW_WHERE_PROTOCOL, 0);
	}
}

NSW_TP("kfree_skb", nsw_kfree, kfree(skb, reason),
       struct sk_buff *skb, void *location, int reason)

char _license[] SEC("license") = "GPL";

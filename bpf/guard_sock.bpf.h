/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guard_sock.bpf.h - which packets save memory: the kernel's own answer.
 *
 * 6.1 has all that is used here.  A TCP socket's flags are read through
 * bpf_skc_to_tcp_sock() (5.9).  There is no such cast for a UDP socket of
 * IPv4, and bpf_rdonly_cast() is of 6.2, so its address is taken from the
 * stack with bpf_probe_read_kernel(), which network programs may call with
 * CAP_PERFMON (and not under lockdown=confidentiality).
 */
#ifndef NETSWAP_GUARD_SOCK_BPF_H
#define NETSWAP_GUARD_SOCK_BPF_H

#include "guard.bpf.h"
#include "match.h"

/*
 * A packet on its way through the guard.  When its cgroups are asked for, it has
 * been looked at: they are where its bytes were, as the stack is small.
 */
struct nsw_packet {
	union {
		struct nsw_window w;
		struct nsw_cgroups cgroups;
	};
	struct nsw_flow flow;
	u64 sk;			/* address of its socket, 0 = not known */
	u64 jiffies;
};

_Static_assert(sizeof(struct nsw_cgroups) <= NSW_WINDOW, "not its length");

/* A test may put another flag here, that it can set. */
#ifndef NSW_GUARD_FLAG
#define NSW_GUARD_FLAG	nsw_enum(sock_flags, SOCK_MEMALLOC)
#endif

static __always_inline bool nsw_memalloc(u64 sk_flags)
{
	int bit = NSW_GUARD_FLAG;

	return bit >= 0 && sk_flags >> bit & 1;
}

/* The address of a socket, as a number; the verifier allows no arithmetic. */
static __always_inline struct sock *nsw_sk_address(void *sk)
{
	u64 address = 0;

	bpf_probe_read_kernel(&address, sizeof(address), &sk);
	return (struct sock *)address;
}

/* The cgroup of @sk, and those above it. */
static __noinline int nsw_sk_cgroups(struct nsw_packet *p, u64 address)
{
	struct sock *sk = (void *)address;
	struct cgroup *cgroup = BPF_CORE_READ(sk, sk_cgrp_data.cgroup);
	int i;

	for (i = 0; i < NSW_CGROUP_LEVELS && cgroup; i++) {
		p->cgroups.id[i] = BPF_CORE_READ(cgroup, kn, id);
		cgroup = BPF_CORE_READ(cgroup, self.parent, cgroup);
	}
	return 0;
}

static __always_inline bool nsw_sk_read(struct nsw_packet *p, struct sock *sk,
					bool cgroups)
{
	if (cgroups)
		nsw_sk_cgroups(p, (u64)sk);
	return nsw_memalloc(BPF_CORE_READ(sk, __sk_common.skc_flags));
}

static __always_inline u32 nsw_tuple(const struct nsw_flow *f,
				     struct bpf_sock_tuple *t)
{
	u16 sport = bpf_htons(f->sport), dport = bpf_htons(f->dport);

	if (f->family == AF_INET) {
		t->ipv4.saddr = f->saddr[0];
		t->ipv4.daddr = f->daddr[0];
		t->ipv4.sport = sport;
		t->ipv4.dport = dport;
		return sizeof(t->ipv4);
	}
	__builtin_memcpy(t->ipv6.saddr, f->saddr, sizeof(f->saddr));
	__builtin_memcpy(t->ipv6.daddr, f->daddr, sizeof(f->daddr));
	t->ipv6.sport = sport;
	t->ipv6.dport = dport;
	return sizeof(t->ipv6);
}

static __always_inline bool nsw_tcp_memalloc(void *ctx, struct nsw_packet *p,
					     struct bpf_sock_tuple *t, u32 size,
					     u64 netns, bool cgroups)
{
	struct bpf_sock *skc = bpf_skc_lookup_tcp(ctx, t, size, netns, 0);
	bool memalloc = false;
	struct sock *sk;

	if (!skc)
		return false;
	/* NULL for a connection that is not made yet, or was closed. */
	sk = (void *)bpf_skc_to_tcp_sock(skc);
	if (sk) {
		memalloc = nsw_memalloc(sk->__sk_common.skc_flags);
		if (cgroups)
			nsw_sk_cgroups(p, (u64)nsw_sk_address(skc));
	}
	bpf_sk_release(skc);
	return memalloc;
}

static __always_inline bool nsw_udp_memalloc(void *ctx, struct nsw_packet *p,
					     struct bpf_sock_tuple *t, u32 size,
					     u64 netns, bool cgroups)
{
	struct bpf_sock *sk = bpf_sk_lookup_udp(ctx, t, size, netns, 0);
	bool memalloc;

	if (!sk)
		return false;
	memalloc = nsw_sk_read(p, nsw_sk_address(sk), cgroups);
	bpf_sk_release(sk);
	return memalloc;
}

/* The same in one network namespace, by its id as the interface's has it. */
static __always_inline bool nsw_look_up_at(void *ctx, struct nsw_packet *p,
					   u64 netns, bool cgroups)
{
	struct bpf_sock_tuple t = {};
	u32 size = nsw_tuple(&p->flow, &t);

	if (p->flow.proto == IPPROTO_TCP)
		return size == sizeof(t.ipv4) ?
		       nsw_tcp_memalloc(ctx, p, &t, sizeof(t.ipv4), netns,
					cgroups) :
		       nsw_tcp_memalloc(ctx, p, &t, sizeof(t.ipv6), netns,
					cgroups);
	if (p->flow.proto == IPPROTO_UDP)
		return size == sizeof(t.ipv4) ?
		       nsw_udp_memalloc(ctx, p, &t, sizeof(t.ipv4), netns,
					cgroups) :
		       nsw_udp_memalloc(ctx, p, &t, sizeof(t.ipv6), netns,
					cgroups);
	return false;
}

static __noinline int nsw_look_up_in(void *ctx, struct nsw_packet *p, u64 netns,
				     bool cgroups)
{
	return nsw_look_up_at(ctx, p, netns, cgroups);
}

/* In the interface's alone, and without a call of ours. */
static __always_inline bool nsw_look_up_plain(void *ctx, struct nsw_packet *p)
{
	return nsw_look_up_at(ctx, p, BPF_F_CURRENT_NETNS, false);
}

/* Does the socket that this packet is for save memory? */
static __always_inline bool nsw_look_up(void *ctx, struct nsw_packet *p,
					const struct nsw_policy *policy,
					bool cgroups)
{
	u32 i;

	if (cgroups)
		__builtin_memset(&p->cgroups, 0, sizeof(p->cgroups));
	if (p->sk)
		return nsw_sk_read(p, (void *)p->sk, cgroups);
	if (nsw_look_up_in(ctx, p, BPF_F_CURRENT_NETNS, cgroups))
		return true;
	for (i = 0; i < NSW_GUARD_NETNS; i++) {
		if (i >= policy->nr_netns)
			break;
		if (nsw_look_up_in(ctx, p, (u32)policy->netns[i], cgroups))
			return true;
	}
	return false;
}

#endif /* NETSWAP_GUARD_SOCK_BPF_H */

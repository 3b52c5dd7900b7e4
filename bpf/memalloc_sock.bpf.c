// SPDX-License-Identifier: GPL-2.0
/*
 * memalloc_sock.bpf.c - the sockets that may use the reserve.
 *
 * sk_set_memalloc() marks a socket, and counts it in memalloc_socks_key;
 * only sunrpc and WireGuard ever take the mark off again in 6.1 and 6.12,
 * so after one NBD, iSCSI or NVMe/TCP connection the key stays up with no
 * socket left.  The iterators list the marked sockets, user space compares
 * that with the key.
 *
 * iter/tcp and iter/udp walk one network namespace, that of the reader; the
 * reader therefore enters each namespace it can find.  Where they are
 * missing, iter/task_file still finds the sockets that some process holds
 * open, in all namespaces at once, but not those that only the kernel has.
 */
#include "netswap.bpf.h"

#define TCP_TIME_WAIT		6
#define TCP_NEW_SYN_RECV	12

/* The address of a callback tells the owner; user space has the names. */
static __always_inline void nsw_sock_fill(struct nsw_sock *s, struct sock *sk)
{
	struct sock_common *c = &sk->__sk_common;
	struct mem_cgroup *memcg = BPF_CORE_READ(sk, sk_memcg);

	s->sk = (u64)sk;
	s->cookie = BPF_CORE_READ(c, skc_cookie.counter);
	s->family = BPF_CORE_READ(c, skc_family);
	s->state = BPF_CORE_READ(c, skc_state);
	s->lport = BPF_CORE_READ(c, skc_num);
	s->rport = bpf_ntohs(BPF_CORE_READ(c, skc_dport));
	s->netns = BPF_CORE_READ(c, skc_net.net, ns.inum);
	s->proto = BPF_CORE_READ(sk, sk_protocol);
	s->gfp = BPF_CORE_READ(sk, sk_allocation);
	s->rcvbuf = BPF_CORE_READ(sk, sk_rcvbuf);
	s->sndbuf = BPF_CORE_READ(sk, sk_sndbuf);
	s->rmem = BPF_CORE_READ(sk, sk_backlog.rmem_alloc.counter);
	bpf_core_read(&s->wmem, sizeof(s->wmem), &sk->sk_wmem_alloc);
	s->user_data = BPF_CORE_READ(sk, sk_user_data) != 0;
	s->cb[NSW_CB_DATA_READY] = (u64)BPF_CORE_READ(sk, sk_data_ready);
	/* Low bits are flags in newer kernels. */
	memcg = (void *)((u64)memcg & ~7ull);
	if (memcg)
		s->memcg = BPF_CORE_READ(memcg, css.cgroup, kn, id);
	s->cgroup = BPF_CORE_READ(sk, sk_cgrp_data.cgroup, kn, id);
	if (s->family == AF_INET6) {
		bpf_core_read(s->laddr, 16, &c->skc_v6_rcv_saddr);
		bpf_core_read(s->raddr, 16, &c->skc_v6_daddr);
	} else {
		bpf_core_read(s->laddr, 4, &c->skc_rcv_saddr);
		bpf_core_read(s->raddr, 4, &c->skc_daddr);
	}
	if (s->proto == IPPROTO_TCP)
		s->retrans = BPF_CORE_READ((struct tcp_sock *)sk,
					   total_retrans);
	else if (s->proto == IPPROTO_UDP)
		s->cb[NSW_CB_ENCAP_RCV] =
			(u64)BPF_CORE_READ((struct udp_sock *)sk, encap_rcv);
}

static __always_inline void nsw_sock_show(struct seq_file *seq,
					  struct sock *sk)
{
	u32 bit = nsw_enum(sock_flags, SOCK_MEMALLOC);
	struct nsw_sock s = {};

	if (!(BPF_CORE_READ(sk, __sk_common.skc_flags) >> bit & 1))
		return;
	nsw_sock_fill(&s, sk);
	bpf_seq_write(seq, &s, sizeof(s));
}

#if NSW_VARIANT == NSW_BASE
SEC("iter/tcp")
int nsw_it_tcp(struct bpf_iter__tcp *ctx)
{
	struct sock_common *c = ctx->sk_common;
	u8 state;

	if (!c)
		return 0;
	/* These two states are not a struct sock. */
	state = BPF_CORE_READ(c, skc_state);
	if (state != TCP_TIME_WAIT && state != TCP_NEW_SYN_RECV)
		nsw_sock_show(ctx->meta->seq, (struct sock *)c);
	return 0;
}

SEC("iter/udp")
int nsw_it_udp(struct bpf_iter__udp *ctx)
{
	struct udp_sock *udp = ctx->udp_sk;

	if (udp)
		nsw_sock_show(ctx->meta->seq, (struct sock *)udp);
	return 0;
}

SEC("iter/task_file")
int nsw_it_file(struct bpf_iter__task_file *ctx)
{
	struct file *file = ctx->file;
	struct socket *sock;

	if (!file)
		return 0;
	sock = bpf_sock_from_file(file);
	if (sock && BPF_CORE_READ(sock, sk))
		nsw_sock_show(ctx->meta->seq, BPF_CORE_READ(sock, sk));
	return 0;
}

/* Run by a reader that has found a leak: at most one event a minute. */
SEC("syscall")
int nsw_ev_leak(struct nsw_key *args)
{
	struct nsw_ring *ring = nsw_one(nsw_events);
	u64 now = bpf_ktime_get_ns(), last;
	struct nsw_key key = {};

	if (!ring)
		return 0;
	last = ring->leak_ns;
	if (last && nsw_since(now, last) < NSW_IDLE_NS)
		return 0;
	/* Two readers may have found it on the same tick. */
	if (__sync_val_compare_and_swap(&ring->leak_ns, last, now) != last)
		return 0;
	key.kind = NSW_K_LEAK;
	nsw_emit(NSW_EV_LEAK, now, args->arg, &key);
	return 0;
}
#endif

NSW_TP_PATCHED("sock_set_memalloc", nsw_sk_set, nsw_count(NSW_C_SK_SET, 1),
	       struct sock *sk)
NSW_TP_PATCHED("sock_clear_memalloc", nsw_sk_clear,
	       nsw_count(NSW_C_SK_CLEAR, 1), struct sock *sk)
NSW_ON_ENTRY("sk_set_memalloc", nsw_sk_set, nsw_count(NSW_C_SK_SET, 1),
	     struct sock *sk)
NSW_ON_ENTRY("sk_clear_memalloc", nsw_sk_clear, nsw_count(NSW_C_SK_CLEAR, 1),
	     struct sock *sk)

char _license[] SEC("license") = "GPL";

// SPDX-License-Identifier: GPL-2.0
/*
 * guard.bpf.c - while memory is short, ordinary packets are dropped before
 * they cost any.
 *
 * The kernel drops a packet for a non-memalloc socket at the socket, after
 * reserve pages were spent on it.  These programs do it earlier: XDP before a
 * page or an skb is used, tc ingress after the skb, cgroup_skb at the socket
 * (and after the kernel's own test, sk_filter_trim_cap(), filter.c:143).
 *
 * No pressure: one load from nsw_guard and a compare.  Under pressure, without
 * a call: plain TCP or UDP of a flow that is known to save memory.  Else: is it
 * something that must always pass, or of such a flow in another form, or does
 * a rule allow it?  Else the socket is looked up, and its SOCK_MEMALLOC flag
 * read.  Only then may a class drop it.  So what swaps passes without user
 * space, also when it connects anew: a socket that has sent a SYN is found by
 * the SYN-ACK.  Fail open: every surprise passes, and is counted.
 */
#include <linux/pkt_cls.h>

#include "guard_judge.bpf.h"

/* Every frame has as many bytes, and most need no more. */
#define NSW_SHORT_WINDOW	60

_Static_assert(!(NSW_WINDOW & (NSW_WINDOW - 1)), "a mask is made of it");

/*
 * The first bytes from the linear part, without a call.  Of a packet in pieces
 * that part is taken for the whole.
 */
#define nsw_window_short(ctx, win) ({					\
	void *data = (void *)(long)(ctx)->data;				\
	void *end = (void *)(long)(ctx)->data_end;			\
	bool there = data + NSW_SHORT_WINDOW <= end;			\
	int word;							\
									\
	if (there) {							\
		for (word = 0; word < NSW_SHORT_WINDOW / 4; word++)	\
			((u32 *)(win)->b)[word] = ((u32 *)data)[word];	\
		(win)->len = NSW_SHORT_WINDOW;				\
		(win)->whole = end - data;				\
	}								\
	there;								\
})

/* As many as there are, up to NSW_WINDOW. */
#define nsw_window_full(ctx, win, size, load) ({			\
	u32 n = (win)->whole = size;					\
									\
	if (n > NSW_WINDOW)						\
		n = NSW_WINDOW;						\
	/* At least 1, for 6.1's verifier; an empty packet has no 128. */ \
	barrier_var(n);							\
	n = ((n - 1) & (NSW_WINDOW - 1)) + 1;				\
	(win)->len = !load(ctx, 0, (win)->b, n) ? n : 0;		\
})

/*
 * Take it apart.  Not static: the verifier then looks at it once, and at @w
 * as plain memory, of which it takes words that are not aligned.
 */
__noinline int nsw_take_apart(struct nsw_window *w, struct nsw_flow *f,
			      u32 type)
{
	return w && f ? nsw_match(w, type, f) : NSW_WHY_POLICY;
}

#if NSW_VARIANT != NSW_PATCHED

/* @size: of the packet, looked at only if the first bytes don't tell. */
#define nsw_look_at(ctx, p, type, size, load) ({			\
	enum nsw_why why = NSW_WHY_TRUNCATED;				\
									\
	if (nsw_window_short(ctx, &(p)->w))				\
		why = nsw_take_apart(&(p)->w, &(p)->flow, type);	\
	if (why == NSW_WHY_DEEP || why == NSW_WHY_TRUNCATED) {		\
		nsw_window_full(ctx, &(p)->w, size, load);		\
		why = nsw_take_apart(&(p)->w, &(p)->flow, type);	\
	}								\
	why;								\
})

/* Is there pressure?  Then the guard; a lease that is over is taken away. */
static __always_inline struct nsw_guard *nsw_pressed(struct nsw_packet *p)
{
	struct nsw_guard *g = nsw_one(nsw_guard);
	u64 deadline;

	if (!g || !g->tick_ns || !g->mode || g->mode >= NSW_NR_GUARD_MODES)
		return 0;
	deadline = g->deadline;
	p->jiffies = bpf_jiffies64();
	if (p->jiffies >= deadline) {
		if (deadline)
			nsw_guard_over(deadline);
		return 0;
	}
	/* No lease is that long: not ours. */
	if ((deadline - p->jiffies) * g->tick_ns > 2 * NSW_GUARD_LEASE_MAX_NS)
		return 0;
	return g;
}

static __always_inline bool nsw_quiet(void)
{
	struct nsw_guard *g = nsw_one(nsw_guard);

	return !g || !g->deadline;
}

/* What becomes of a plain packet. */
enum nsw_told {
	NSW_TOLD_DROP,
	NSW_TOLD_PASS,
	NSW_TOLD_NOTHING,	/* ask nsw_judge() */
	NSW_TOLD_UNKNOWN,	/* ask nsw_tell(): its flow is not known */
};

static __always_inline enum nsw_told
nsw_flow_known(const struct nsw_guard *g, const struct nsw_flow *f,
	       struct nsw_flow *to, u64 *tag)
{
	u64 jiffies = bpf_jiffies64();

	*to = *f;
	*tag = nsw_flow_hash(f, g->seed);
	if (jiffies < g->deadline &&
	    nsw_recall(nsw_at_flow(*tag), *tag, jiffies) == 1) {
		nsw_count_rx(NSW_C_G_CACHED);
		return NSW_TOLD_PASS;
	}
	return NSW_TOLD_UNKNOWN;
}

/*
 * The way of the packets that swap waits for, without any call, of which each
 * costs as much as all of this: is the packet at @data plain, its flow known?
 * Each family to its end, in few registers: the stack is for what follows.
 */
static __always_inline enum nsw_told nsw_known(void *data, void *end,
					       u32 ifindex, struct nsw_flow *to,
					       u64 *tag)
{
	struct nsw_guard *g = nsw_one(nsw_guard);
	struct nsw_flow f = { .ifindex = ifindex };
	u32 type;

	if (!g || !g->mode || data + NSW_PLAIN > end)
		return NSW_TOLD_NOTHING;
	type = nsw_get16(data + 12);
	if (type == ETH_P_IP)
		return nsw_plain_ipv4(data, &f) ?
		       nsw_flow_known(g, &f, to, tag) : NSW_TOLD_NOTHING;
	return type == ETH_P_IPV6 && nsw_plain_ipv6(data, &f) ?
	       nsw_flow_known(g, &f, to, tag) : NSW_TOLD_NOTHING;
}

/*
 * A plain packet of a flow that is not known, mostly of a flood: one call, and
 * those by which the kernel looks up its socket.
 */
static __noinline int nsw_tell(void *ctx, const struct nsw_flow *f, u64 tag,
			       u32 whole)
{
	struct nsw_packet p;	/* of its window only the length */
	struct nsw_guard *g = nsw_pressed(&p);
	struct nsw_policy *policy;
	u32 active;

	p.flow = *f;
	p.w.whole = whole;
	if (!g)
		return NSW_TOLD_PASS;
	active = g->active & 1;
	policy = bpf_map_lookup_elem(&nsw_g_policy, &active);
	if (!policy || policy->by_cgroup || policy->nr_netns || nsw_dhcp(f))
		return NSW_TOLD_NOTHING;
	if (nsw_from_peer(g, &p)) {
		nsw_count_rx(NSW_C_G_PEER);
		return NSW_TOLD_PASS;
	}
	return nsw_by_policy(ctx, g, policy, active, &p, tag, true) ||
	       !nsw_drop(g, &p) ? NSW_TOLD_PASS : NSW_TOLD_DROP;
}

/* The verdict; @judge is a call, for what a plain look does not tell. */
#define nsw_answer(ctx, index, size, judge, pass, drop) ({		\
	struct nsw_flow flow;						\
	u64 tag = 0;							\
	int told = nsw_known((void *)(long)(ctx)->data,			\
			     (void *)(long)(ctx)->data_end, index,	\
			     &flow, &tag);				\
									\
	if (told == NSW_TOLD_UNKNOWN)					\
		told = nsw_tell(ctx, &flow, tag, size);			\
	told == NSW_TOLD_PASS ? pass :					\
	told == NSW_TOLD_DROP ? drop : judge(ctx);			\
})

static __noinline int nsw_judge_xdp(struct xdp_md *ctx)
{
	struct nsw_packet p = {};
	struct nsw_guard *g = nsw_pressed(&p);
	enum nsw_why why;

	if (!g)
		return XDP_PASS;
	p.flow.ifindex = ctx->ingress_ifindex;
	why = nsw_look_at(ctx, &p, 0, bpf_xdp_get_buff_len(ctx),
			  bpf_xdp_load_bytes);
	return nsw_judge(ctx, g, &p, why) ? XDP_PASS : XDP_DROP;
}

SEC("xdp.frags")
int nsw_guard_xdp(struct xdp_md *ctx)
{
	if (nsw_quiet())
		return XDP_PASS;
	return nsw_answer(ctx, ctx->ingress_ifindex,
			  (long)ctx->data_end - (long)ctx->data, nsw_judge_xdp,
			  XDP_PASS, XDP_DROP);
}

/* TC_ACT_UNSPEC: the next filter goes on, as if this one were not there. */
static __noinline int nsw_judge_tc(struct __sk_buff *ctx)
{
	struct nsw_packet p = {};
	struct nsw_guard *g = nsw_pressed(&p);
	enum nsw_why why;

	if (!g)
		return TC_ACT_UNSPEC;
	p.flow.ifindex = ctx->ifindex;
	why = nsw_look_at(ctx, &p, 0, ctx->len, bpf_skb_load_bytes);
	p.w.whole = ctx->len;
	return nsw_judge(ctx, g, &p, why) ? TC_ACT_UNSPEC : TC_ACT_SHOT;
}

SEC("tc")
int nsw_guard_tc(struct __sk_buff *ctx)
{
	if (nsw_quiet())
		return TC_ACT_UNSPEC;
	return nsw_answer(ctx, ctx->ifindex, ctx->len, nsw_judge_tc,
			  TC_ACT_UNSPEC, TC_ACT_SHOT);
}

/* The socket is known here, and the packet begins with the network header. */
static __noinline int nsw_judge_cg(struct __sk_buff *ctx)
{
	u32 type = bpf_ntohs(ctx->protocol);
	struct bpf_sock *sk = ctx->sk;
	struct nsw_packet p = {};
	struct nsw_guard *g = nsw_pressed(&p);
	enum nsw_why why;

	if (!g || !sk)
		return 1;
	p.sk = (u64)nsw_sk_address(sk);
	p.flow.ifindex = ctx->ifindex;
	why = type ? nsw_look_at(ctx, &p, type, ctx->len,
				 bpf_skb_load_bytes) : NSW_WHY_ETHERTYPE;
	p.w.whole = ctx->len;
	return nsw_judge(ctx, g, &p, why);
}

SEC("cgroup_skb/ingress")
int nsw_guard_cg(struct __sk_buff *ctx)
{
	return nsw_quiet() ? 1 : nsw_judge_cg(ctx);
}

/* Pressure by hand, for a test or a drill: as long as one event's. */
SEC("syscall")
int nsw_guard_press(void *ctx)
{
	nsw_guard_event(NSW_GUARD_MANUAL);
	return 0;
}

#else
#include "guard_admit.bpf.h"
#endif

char _license[] SEC("license") = "GPL";

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guard_admit.bpf.h - what the policy allows may have pages of the reserve.
 *
 * A kernel with kernel-patches/ calls pfmemalloc_admit() before it drops a
 * packet that came in on the reserve, and was for an ordinary socket, and only
 * while more memory is free than the floor that it keeps for writeback.  A
 * program of type fmod_ret answers for it.  So what an allow rule names, ssh
 * say, or the connection of an iscsid that logs in again, gets through there
 * as it does at the interface.  A budget is for drops, and asks for nothing
 * here.  Any surprise leaves the kernel's own answer.
 */
#ifndef NETSWAP_GUARD_ADMIT_BPF_H
#define NETSWAP_GUARD_ADMIT_BPF_H

/* From the network header on, as far as it is not in pieces; its EtherType. */
static __always_inline u32 nsw_window_skb(struct sk_buff *skb,
					  struct nsw_window *w)
{
	unsigned char *at = skb->head + skb->network_header;
	u64 before = skb->data - at;
	u64 n = before + skb->len - skb->data_len;

	w->whole = before + skb->len;
	/* No packet is that long: there is no network header. */
	if (before > 0xffff || !n)
		return 0;
	if (n > NSW_WINDOW)
		n = NSW_WINDOW;
	barrier_var(n);
	n = ((n - 1) & (NSW_WINDOW - 1)) + 1;
	w->len = n;
	return bpf_probe_read_kernel(w->b, n, at) ? 0 :
	       bpf_ntohs(skb->protocol);
}

/* Does a rule allow it?  The default is for the rest, not a rule. */
static __always_inline bool nsw_allowed(struct nsw_packet *p,
					struct sock *sk, u32 active)
{
	struct nsw_policy *policy = bpf_map_lookup_elem(&nsw_g_policy, &active);
	u32 class = NSW_CLASS_DROP;
	int rule;

	if (!policy)
		return false;
	if (policy->by_cgroup) {
		__builtin_memset(&p->cgroups, 0, sizeof(p->cgroups));
		nsw_sk_cgroups(p, (u64)sk);
	}
	rule = nsw_find_rule(policy, &p->flow, &p->cgroups, &class);
	return rule >= 0 && rule < (int)policy->nr_rules &&
	       class == NSW_CLASS_ALLOW;
}

static __noinline int nsw_admit(struct sock *sk, struct sk_buff *skb)
{
	struct nsw_guard *g = nsw_one(nsw_guard);
	struct nsw_packet p = {};
	u32 type;

	if (!g || g->mode != NSW_GUARD_ENFORCE || !g->lease_ns ||
	    (g->until_ns && bpf_ktime_get_ns() >= g->until_ns))
		return 0;
	type = nsw_window_skb(skb, &p.w);
	p.flow.ifindex = skb->skb_iif;
	if (!type ||
	    nsw_take_apart(&p.w, &p.flow, type) != NSW_WHY_RULES ||
	    !nsw_allowed(&p, sk, g->active & 1))
		return 0;
	nsw_count(NSW_C_G_ADMITTED, 1);
	return 1;
}

/* A test has it answer where a stock kernel can be made to call it. */
#ifndef NSW_ADMIT_TEST
SEC("fmod_ret/pfmemalloc_admit")
int BPF_PROG(nsw_g_admit_p, struct sock *sk, struct sk_buff *skb)
{
	return nsw_admit(sk, skb);
}
#endif

#endif /* NETSWAP_GUARD_ADMIT_BPF_H */

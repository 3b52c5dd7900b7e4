/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guard_judge.bpf.h - what becomes of a packet that was taken apart.
 *
 * Only answers that let pass are remembered of a flow, for a second, as a
 * socket becomes memalloc after its first packets.
 */
#ifndef NETSWAP_GUARD_JUDGE_BPF_H
#define NETSWAP_GUARD_JUDGE_BPF_H

#include "guard_sock.bpf.h"

#define NSW_PEER_SECS		3600
#define NSW_FAR_JIFFIES		(1 << 23)	/* beyond any of ours */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, struct nsw_policy);
} nsw_g_policy SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2 * NSW_GUARD_CLASSES);
	__type(key, u32);
	__type(value, struct nsw_bucket);
} nsw_g_buckets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, NSW_CPU_ROWS);
	__type(key, u32);
	__type(value, struct nsw_guard_cpu);
} nsw_g_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NSW_GUARD_FLOWS);
	__type(key, u32);
	__type(value, struct nsw_flow_slot);
} nsw_g_flows SEC(".maps");

/* Who a memalloc socket was connected to: address, port. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NSW_GUARD_PEERS);
	__type(key, u32);
	__type(value, struct nsw_flow_slot);
} nsw_g_peers SEC(".maps");

#define nsw_slot(map, size, tag) ({					\
	u32 i = (tag) & ((size) - 1);					\
									\
	bpf_map_lookup_elem(&(map), &i);				\
})
#define nsw_at_flow(tag)	nsw_slot(nsw_g_flows, NSW_GUARD_FLOWS, tag)
#define nsw_at_peer(tag)	nsw_slot(nsw_g_peers, NSW_GUARD_PEERS, tag)

/*
 * What is remembered of @tag: 1 passes, 0 does not, -1 nothing.
 *
 * Two CPUs may write a slot at once, or one while another reads it, in any
 * order.  An answer has its own tag in it, and is no time at all to any other:
 * what must pass is never dropped by what was said of something else.
 */
static __always_inline int nsw_recall(const struct nsw_flow_slot *slot,
				      u64 tag, u64 jiffies)
{
	u64 until;

	if (!slot || slot->tag != tag)
		return -1;
	until = slot->until ^ tag;
	return (until >> 1) - jiffies - 1 < NSW_FAR_JIFFIES ?
	       (int)(until & 1) : -1;
}

static __always_inline void nsw_remember(struct nsw_flow_slot *slot, u64 tag,
					 u64 until, bool pass)
{
	if (!slot)
		return;
	slot->until = (until << 1 | pass) ^ tag;
	slot->tag = tag;
}

/*
 * Pay @cost from @paid, the time up to which is paid; false if that is @burst
 * ahead of now already.  So a packet that costs more than the whole burst has
 * its turn, too.  Who loses the race three times passes.
 */
static __always_inline bool nsw_pay(u64 *paid, u64 now, u64 cost, u64 burst)
{
	u64 old, from;
	int i;

	for (i = 0; i < 3; i++) {
		old = *paid;
		from = old > now ? old : now;
		if (from - now >= burst)
			return false;
		if (__sync_val_compare_and_swap(paid, old, from + cost) == old)
			break;
	}
	return true;
}

static __always_inline bool nsw_in_budget(struct nsw_guard *g,
					  const struct nsw_class *c, u32 bucket,
					  const struct nsw_packet *p)
{
	struct nsw_bucket *b = bpf_map_lookup_elem(&nsw_g_buckets, &bucket);
	u64 now = p->jiffies * g->tick_ns;

	if (!b)
		return true;
	if (c->byte_ns && !nsw_pay(&b->bytes_ns, now,
				   p->w.whole * c->byte_ns >> 16, c->burst_ns))
		return false;
	return !c->packet_ns ||
	       nsw_pay(&b->packets_ns, now, c->packet_ns, c->burst_ns);
}

/*
 * Add @n to a counter of CPU row @row that only the guard's programs write.
 * They run with softirqs disabled, one after the other on a CPU, so that no
 * locked instruction is needed but where CPUs share a row: 2 or 3 ns each.
 */
static __always_inline void nsw_add_rx(u64 *counter, u64 n, u32 row)
{
	if (row == NSW_CPU_ROWS - 1)
		__sync_fetch_and_add(counter, n);
	else
		*counter += n;
}

static __always_inline void nsw_count_rx(enum nsw_counter id)
{
	u32 row = nsw_row();
	struct nsw_cpu *cpu = bpf_map_lookup_elem(&nsw_cpus, &row);

	if (cpu)
		nsw_add_rx(&cpu->counter[id], 1, row);
}

static __always_inline void nsw_count_rule(u32 active, u32 rule,
					   enum nsw_verdict verdict)
{
	u32 row = nsw_row();
	struct nsw_guard_cpu *cpu = bpf_map_lookup_elem(&nsw_g_counts, &row);
	u64 at;

	at = (active * (NSW_GUARD_RULES + 1) + rule) * NSW_NR_VERDICTS +
	     verdict;
	barrier_var(at);
	if (cpu && at < sizeof(*cpu) / sizeof(u64))
		nsw_add_rx((u64 *)cpu + at, 1, row);
}

/* Count a drop; true if it is to be one. */
static __always_inline bool nsw_drop(const struct nsw_guard *g,
				     const struct nsw_packet *p)
{
	bool enforce = g->mode == NSW_GUARD_ENFORCE;
	u32 row = nsw_row();
	struct nsw_cpu *cpu = bpf_map_lookup_elem(&nsw_cpus, &row);

	if (cpu) {
		nsw_add_rx(&cpu->counter[enforce ? NSW_C_G_DROPPED :
						   NSW_C_G_WOULD], 1, row);
		nsw_add_rx(&cpu->counter[NSW_C_G_DROP_BYTES], p->w.whole, row);
	}
	return enforce;
}

/* Count why it passes. */
static __always_inline bool nsw_why(enum nsw_why why)
{
	u64 id = NSW_C_G_WHY_ARP - NSW_WHY_ARP + (u64)why;

	/* The verifier shall see the bound where it is used. */
	barrier_var(id);
	if (id < NSW_NR_COUNTERS)
		nsw_count_rx(id);
	return true;
}

/* Not static either: one look at the loop over all rules. */
__noinline int nsw_find_rule(const struct nsw_policy *p,
			     const struct nsw_flow *f,
			     const struct nsw_cgroups *cgroups, u32 *class)
{
	return p && f && cgroups && class ?
	       nsw_rule_find(p, f, cgroups, class) : -1;
}

/*
 * The same where no rule asks for a cgroup, and of a known protocol: no call.
 * The number comes by a detour, after which the verifier does not know it: else
 * it looks more often at all that follows.
 */
static __always_inline int nsw_plain_rule(const struct nsw_policy *p,
					  const struct nsw_flow *f, u32 *class)
{
	u32 i, more, nr = p->nr_rules;

	*class = p->default_class;
	for (i = 0; i < NSW_GUARD_RULES; i++) {
		if (i >= nr)
			break;
		if (nsw_rule_words(&p->rule[i], f) && !p->rule[i].cgroup) {
			*class = p->rule[i].class;
			break;
		}
	}
	nr = *(const volatile u32 *)&p->nr_rules;
	more = (nr - i) & 0xff;
	barrier_var(more);
	return (nr - more) & 0xff;
}

/*
 * By @policy, of which @active is the number.  True if it passes, monitor mode
 * aside.  @plain, a constant: it asks for no cgroup and no other network
 * namespace, and nothing here is a call of ours.
 */
static __always_inline bool nsw_by_policy(void *ctx, struct nsw_guard *g,
					  struct nsw_policy *policy, u32 active,
					  struct nsw_packet *p, u64 tag,
					  const bool plain)
{
	bool looked = !plain && policy->by_cgroup;
	u32 class = NSW_CLASS_ALLOW;
	enum nsw_verdict verdict;
	u64 second;
	int rule;

	if (looked && nsw_look_up(ctx, p, policy, true))
		goto memalloc;
	rule = plain ? nsw_plain_rule(policy, &p->flow, &class) :
		       nsw_find_rule(policy, &p->flow, &p->cgroups, &class);
	if (rule < 0)
		return nsw_why(NSW_WHY_PROTOCOL);
	if (class == NSW_CLASS_ALLOW) {
		nsw_count_rx(NSW_C_G_ALLOWED);
		nsw_count_rule(active, rule, NSW_V_PASS);
		return true;
	}
	if (plain ? nsw_look_up_plain(ctx, p) :
		    !looked && nsw_look_up(ctx, p, policy, false))
		goto memalloc;
	barrier_var(class);
	if (class >= NSW_GUARD_CLASSES)
		return nsw_why(NSW_WHY_POLICY);
	if (class >= NSW_CLASS_BUDGET &&
	    nsw_in_budget(g, &policy->class[class],
			  active * NSW_GUARD_CLASSES + class, p)) {
		nsw_count_rx(NSW_C_G_BUDGET);
		nsw_count_rule(active, rule, NSW_V_PASS);
		return true;
	}
	verdict = g->mode == NSW_GUARD_ENFORCE ? NSW_V_DROP : NSW_V_WOULD;
	nsw_count_rule(active, rule, verdict);
	return false;
memalloc:
	second = NSW_SEC_NS / g->tick_ns;
	nsw_remember(nsw_at_flow(tag), tag, p->jiffies + second, true);
	tag = nsw_peer_hash(&p->flow, g->seed);
	if (p->flow.proto == IPPROTO_TCP)
		nsw_remember(nsw_at_peer(tag), tag,
			     p->jiffies + NSW_PEER_SECS * second, true);
	nsw_count_rx(NSW_C_G_MEMALLOC);
	return true;
}

/*
 * Is it from who has served a memalloc connection?  One that user space makes
 * anew, as for NBD, is memalloc only when it has been handed to the kernel.
 */
static __always_inline bool nsw_from_peer(const struct nsw_guard *g,
					  const struct nsw_packet *p)
{
	u64 tag = nsw_peer_hash(&p->flow, g->seed);

	return p->flow.proto == IPPROTO_TCP &&
	       nsw_recall(nsw_at_peer(tag), tag, p->jiffies) == 1;
}

/* A later fragment goes where the first went. */
static __always_inline bool nsw_later_fragment(struct nsw_guard *g,
					       struct nsw_packet *p)
{
	int known;
	u64 tag;

	nsw_frag_key(&p->flow);
	tag = nsw_flow_hash(&p->flow, g->seed);
	known = nsw_recall(nsw_at_flow(tag), tag, p->jiffies);
	if (known < 0)
		return nsw_why(NSW_WHY_FRAGMENT);
	if (!known)
		return !nsw_drop(g, p);
	nsw_count_rx(NSW_C_G_FRAGMENT);
	return true;
}

static __always_inline bool nsw_by_rules(void *ctx, struct nsw_guard *g,
					 struct nsw_packet *p)
{
	u64 tag = nsw_flow_hash(&p->flow, g->seed);
	struct nsw_policy *policy;
	u32 active;

	if (nsw_recall(nsw_at_flow(tag), tag, p->jiffies) == 1) {
		nsw_count_rx(NSW_C_G_CACHED);
		return true;
	}
	if (nsw_from_peer(g, p)) {
		nsw_count_rx(NSW_C_G_PEER);
		return true;
	}
	active = g->active & 1;
	policy = bpf_map_lookup_elem(&nsw_g_policy, &active);
	return policy ? nsw_by_policy(ctx, g, policy, active, p, tag, false) :
			nsw_why(NSW_WHY_POLICY);
}

/* True if the packet passes. */
static __always_inline bool nsw_judge(void *ctx, struct nsw_guard *g,
				      struct nsw_packet *p, enum nsw_why why)
{
	bool first = p->flow.frag == NSW_FRAG_FIRST, pass = true;
	u32 id = p->flow.frag_id;
	u64 tag;

	if (why != NSW_WHY_RULES) {
		nsw_why(why);
	} else if (p->flow.frag == NSW_FRAG_LATER) {
		return nsw_later_fragment(g, p);
	} else {
		/* All packets of a flow are one to the cache. */
		p->flow.frag = NSW_FRAG_NONE;
		p->flow.frag_id = 0;
		pass = nsw_by_rules(ctx, g, p);
	}
	if (first) {
		p->flow.frag_id = id;
		nsw_frag_key(&p->flow);
		tag = nsw_flow_hash(&p->flow, g->seed);
		nsw_remember(nsw_at_flow(tag), tag,
			     p->jiffies + NSW_SEC_NS / g->tick_ns, pass);
	}
	return pass || !nsw_drop(g, p);
}

#endif /* NETSWAP_GUARD_JUDGE_BPF_H */

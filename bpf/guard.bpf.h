/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guard.bpf.h - the guard's lease: pressure events extend it, and whoever
 * finds that it has run out says so.
 *
 * The events are those of page_alloc.bpf.c and vmscan.bpf.c, which run for
 * them anyway; the packets are in guard.bpf.c.  All share the map nsw_guard,
 * and while the guard is off (lease_ns is 0) an event is one load more.
 *
 * The deadline is in jiffies, and the guard's own end in CLOCK_MONOTONIC as the
 * kernel has it.  Neither moves when somebody sets the time of day, nor in a
 * time namespace; both stand still while the machine sleeps, as memory does.
 */
#ifndef NETSWAP_GUARD_BPF_H
#define NETSWAP_GUARD_BPF_H

#include "netswap.bpf.h"
#include <netswap/guard.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct nsw_guard);
} nsw_guard SEC(".maps");

/*
 * Packets dropped so far, or that would have been, on all CPUs.  Not static:
 * the verifier then goes through the loop once and not for each caller.
 */
__noinline u64 nsw_guard_drops(void)
{
	struct nsw_cpu *row;
	u32 i, cpu;
	u64 sum = 0;

	for (i = 0; i < NSW_CPU_ROWS; i++) {
		cpu = i;
		row = bpf_map_lookup_elem(&nsw_cpus, &cpu);
		if (!row)
			break;
		sum += row->counter[NSW_C_G_DROPPED] +
		       row->counter[NSW_C_G_WOULD];
	}
	return sum;
}

/*
 * The lease @old has run out: whoever takes it away tells how long it was and
 * what it cost.  From then on packets do not even look at the clock.
 */
static __noinline int nsw_guard_over(u64 old)
{
	struct nsw_guard *g = nsw_one(nsw_guard);
	struct nsw_key key = {};
	u64 end, ns;

	if (!g || __sync_val_compare_and_swap(&g->deadline, old, 0) != old)
		return 0;
	end = g->deadline_ns;
	ns = end > g->since_ns ? end - g->since_ns : 0;
	nsw_count(NSW_C_G_TIME_NS, ns);
	key.kind = NSW_K_GUARD;
	key.detail = g->cause;
	key.arg = nsw_guard_drops() - g->dropped;
	nsw_emit(NSW_EV_GUARD_OFF, bpf_ktime_get_ns(), ns, &key);
	return 0;
}

/* Look whether the lease has run out; for the tick, ten times a second. */
static __always_inline void nsw_guard_tick(void)
{
	struct nsw_guard *g = nsw_one(nsw_guard);
	u64 deadline;

	if (!g)
		return;
	deadline = g->deadline;
	if (deadline && bpf_jiffies64() >= deadline)
		nsw_guard_over(deadline);
}

static __always_inline void nsw_guard_begin(struct nsw_guard *g, u32 cause,
					    u64 now)
{
	struct nsw_key key = {};

	g->since_ns = now;
	g->cause = cause;
	g->dropped = nsw_guard_drops();
	nsw_count(NSW_C_G_BEGIN, 1);
	key.kind = NSW_K_GUARD;
	key.detail = cause;
	nsw_emit(NSW_EV_GUARD_ON, now, 0, &key);
}

/*
 * There is pressure now: up to lease_ns from now, but not past the guard's
 * own end.  An extension by less than an eighth is left out, so that the line
 * which every packet reads stays in the caches.
 */
static __noinline int nsw_guard_extend(u32 cause, u64 now)
{
	struct nsw_guard *g = nsw_one(nsw_guard);
	u64 lease, jiffies, end, old;

	if (!g || !g->mode || !g->tick_ns || cause >= NSW_NR_GUARD_CAUSES)
		return 0;
	lease = g->lease_ns;
	if (g->until_ns) {
		if (now >= g->until_ns)
			return 0;
		if (lease > g->until_ns - now)
			lease = g->until_ns - now;
	}
	if (lease > NSW_GUARD_LEASE_MAX_NS)
		lease = NSW_GUARD_LEASE_MAX_NS;
	jiffies = bpf_jiffies64();
	end = jiffies + (lease + g->tick_ns - 1) / g->tick_ns;
	old = g->deadline;
	if (old && jiffies >= old) {
		nsw_guard_over(old);
		old = 0;
	}
	if (old && end < old + lease / g->tick_ns / 8 + 1)
		return 0;
	g->deadline_ns = now + lease;
	if (__sync_val_compare_and_swap(&g->deadline, old, end) != old)
		return 0;
	nsw_count(NSW_C_G_EXT_LEVEL + cause, 1);
	if (!old)
		nsw_guard_begin(g, cause, now);
	return 0;
}

/* A pressure event; cheap while the guard is off. */
static __always_inline void nsw_guard_event(enum nsw_guard_cause cause)
{
	struct nsw_guard *g = nsw_one(nsw_guard);

	if (g && g->lease_ns && g->causes >> cause & 1)
		nsw_guard_extend(cause, bpf_ktime_get_ns());
}

/* Free pages and min watermarks of one node, zone by zone. */
struct nsw_level {
	u64 node;
	u64 free;
	u64 min;
};

/* Is @l below the threshold?  A lower one begins than goes on. */
static __always_inline void nsw_level_check(const struct nsw_level *l)
{
	struct nsw_guard *g = nsw_one(nsw_guard);
	u64 percent;

	if (!g || !g->lease_ns)
		return;
	percent = g->deadline ? g->leave_percent : g->enter_percent;
	if (l->free * 100 < l->min * percent)
		nsw_guard_event(NSW_GUARD_LEVEL);
}

#endif /* NETSWAP_GUARD_BPF_H */

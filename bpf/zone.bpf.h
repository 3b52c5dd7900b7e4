/* SPDX-License-Identifier: GPL-2.0 */
/*
 * zone.bpf.h - free pages and watermarks of every zone, without /proc.
 *
 * A bpf_timer refreshes nsw_zones ten times a second, so that a reader that
 * has the map mapped needs no system call.  It can't see dips between two
 * ticks; those are what nsw_zone_watch() is for, which page_alloc.bpf.c
 * calls at every page allocation while kswapd has reason to run ("armed").
 */
#ifndef NETSWAP_ZONE_BPF_H
#define NETSWAP_ZONE_BPF_H

#include "guard.bpf.h"

#define NSW_TICK_NS	(100 * 1000 * 1000ull)
#define NSW_EVENT_GAP_NS NSW_SEC_NS
#define NSW_NODE_ZONES	6
#define MAX_RECLAIM_RETRIES 16	/* mm/internal.h, the same since 4.11 */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct nsw_zones);
} nsw_zones SEC(".maps");

/*
 * What every page allocation and free looks at.  Global variables and not a
 * map of ours: the verifier turns them into one load from a known address,
 * while a map look-up costs as much as the rest of the fast path.  Readers
 * see copies of them in nsw_zones.
 */
struct {
	u64 armed;		/* reserve and zones matter now */
	u64 tracked;		/* entries in nsw_pages */
} nsw_gate = { .armed = 1 };

/*
 * When the gate may be closed.  Only the slow path of the allocator gives
 * out the reserve, and before it does it wakes kswapd: with a tracepoint if
 * kswapd slept (nsw_arm), without one if it was awake or had given up.  So
 * the gate stays open while some zone is below its high watermark, while
 * kswapd is awake, and while it has given up; and it is opened by both
 * tracepoints.  A test holds the count against that of a program without a
 * gate.  Missed would be an allocation entitled by PF_MEMALLOC that forbids
 * waking kswapd (no __GFP_KSWAPD_RECLAIM); none is known.
 */
static __always_inline bool nsw_kswapd_rests(struct pglist_data *pgdat)
{
	struct list_head *head = &pgdat->kswapd_wait.head;
	int failures = MAX_RECLAIM_RETRIES;

	if (bpf_core_field_exists(struct pglist_data___int, kswapd_failures))
		failures = BPF_CORE_READ((struct pglist_data___int *)pgdat,
					 kswapd_failures);
	else if (bpf_core_field_exists(struct pglist_data___atomic,
				       kswapd_failures))
		failures = BPF_CORE_READ((struct pglist_data___atomic *)pgdat,
					 kswapd_failures.counter);
	/* waitqueue_active(), as wakeup_kswapd() asks. */
	return failures < MAX_RECLAIM_RETRIES &&
	       BPF_CORE_READ(pgdat, kswapd_wait.head.next) != head;
}

/*
 * Not in BTF: addresses come from kallsyms, and only with KALLSYMS_ALL.
 * node_data[] with CONFIG_NUMA, contig_page_data without.
 */
extern const void node_data __ksym __weak;
extern const void contig_page_data __ksym __weak;
extern const void memalloc_socks_key __ksym __weak;
extern const void memalloc_socks __ksym __weak;		/* kernel-patches/ */
extern const void __per_cpu_offset __ksym __weak;
extern const void __preempt_count __ksym __weak;
extern const void pcpu_hot __ksym __weak;

/*
 * Per-CPU address of the preempt count, or 0 where it can't be had (no
 * KALLSYMS_ALL, or not x86).  It is part of pcpu_hot from 6.2 (fff6cfa4ae9c)
 * to 6.14.  Typed per-CPU ksyms would be simpler, but where the symbol is in
 * BTF and not in kallsyms the kernel refuses the whole program.
 */
static __always_inline void *nsw_preempt_count(void)
{
	if (!&__per_cpu_offset)
		return 0;
	if (&pcpu_hot)
		return (void *)&pcpu_hot +
		       bpf_core_field_offset(struct pcpu_hot, preempt_count);
	return (void *)&__preempt_count;
}

/*
 * Where kallsyms has no data symbols: each memory cgroup holds a lruvec per
 * node, and that its pgdat (mem_cgroup_lruvec() sets it when it is used).
 */
static __always_inline u64 nsw_pgdat_from_memcg(u32 nid)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct cgroup_subsys_state *css;
	struct mem_cgroup_per_node *mz;
	struct css_set *set;
	int id = nsw_enum(cgroup_subsys_id, memory_cgrp_id);

	if (id < 0 || !bpf_core_field_exists(struct css_set, subsys) ||
	    !bpf_core_field_exists(struct lruvec, pgdat))
		return 0;
	set = BPF_CORE_READ(task, cgroups);
	if (bpf_probe_read_kernel(&css, sizeof(css),
				  (void *)set + bpf_core_field_offset(struct css_set, subsys) +
				  id * sizeof(void *)) || !css)
		return 0;
	if (bpf_probe_read_kernel(&mz, sizeof(mz), (void *)css +
				  bpf_core_field_offset(struct mem_cgroup,
							nodeinfo) +
				  nid * sizeof(void *)) || !mz)
		return 0;
	return (u64)BPF_CORE_READ(mz, lruvec.pgdat);
}

static __always_inline u64 nsw_pgdat(struct nsw_zones *zones, u32 nid)
{
	struct pglist_data *pgdat = 0;

	if (&node_data)
		bpf_probe_read_kernel(&pgdat, sizeof(pgdat), (void *)
				      &node_data + nid * sizeof(void *));
	else if (&contig_page_data)
		pgdat = nid ? 0 : (void *)&contig_page_data;
	else if (!zones->pgdat[nid])
		pgdat = (void *)nsw_pgdat_from_memcg(nid);
	else
		return zones->pgdat[nid];
	/* The memcg path may read past the array on a one-node machine. */
	if (pgdat && (u32)BPF_CORE_READ(pgdat, node_id) != nid)
		pgdat = 0;
	zones->pgdat[nid] = (u64)pgdat;
	return (u64)pgdat;
}

static __always_inline s64 nsw_zone_distance(struct nsw_zone *z)
{
	struct zone *zone = (void *)z->zone;
	s64 free = BPF_CORE_READ(zone, vm_stat[0].counter);

	/*
	 * vm_stat[NR_FREE_PAGES] is what zone_watermark_fast() compares and
	 * /proc/zoneinfo prints; per-CPU differences come on top.  It is
	 * the first item since 4.8 (75ef71840539).
	 */
	z->free_pages = free < 0 ? 0 : free;
	return free - (s64)z->min_pages;
}

static __always_inline u64 nsw_low_pack(u64 sec, s64 dist)
{
	if (dist > 0x7fffffff)
		dist = 0x7fffffff;
	return sec << 32 | (u32)dist;
}

/* Lower *@at to @val if @val is lower or @at is of another second. */
static __always_inline bool nsw_low_update(u64 *at, u64 val, bool same_sec)
{
	u64 old = *at;

	if (old && (!same_sec || old >> 32 == val >> 32) &&
	    (s32)old <= (s32)val)
		return false;
	/* Losing this race loses to a value seen in the same instant. */
	return __sync_val_compare_and_swap(at, old, val) == old;
}

static __always_inline void nsw_low_event(struct nsw_zone *z, u64 now, s64 dist)
{
	struct nsw_key key = {};
	u64 last = z->event_ns;

	if (dist >= 0 || nsw_since(now, last) < NSW_EVENT_GAP_NS ||
	    __sync_val_compare_and_swap(&z->event_ns, last, now) != last)
		return;
	nsw_key_current(&key);
	key.kind = NSW_K_ZONE;
	key.detail = z->index;
	key.netns = z->node;
	nsw_emit(NSW_EV_LOW_WATER, now, -dist, &key);
}

static __always_inline s64 nsw_zone_mark(struct nsw_zone *z, u64 now)
{
	s64 dist = nsw_zone_distance(z);
	u64 sec = (now / NSW_SEC_NS) & 0xffffffff;
	u64 val = nsw_low_pack(sec, dist);

	nsw_low_update(&z->low[sec % NSW_LOW_SLOTS], val, true);
	if (nsw_low_update(&z->low_ever, val, false))
		nsw_low_event(z, now, dist);
	return dist;
}

/* Refresh one slot from its struct zone; a new zone resets the marks. */
static __always_inline void nsw_zone_read(struct nsw_zone *z, struct zone *zone,
					  u32 nid, u32 index)
{
	const char *name = BPF_CORE_READ(zone, name);
	u64 boost = BPF_CORE_READ(zone, watermark_boost);
	unsigned long wmark[3] = {};
	u32 i;

	if (z->zone != (u64)zone) {
		z->zone = (u64)zone;
		z->node = nid;
		z->index = index;
		bpf_probe_read_kernel_str(z->name, sizeof(z->name), name);
		z->low_ever = 0;
		z->event_ns = 0;
		for (i = 0; i < NSW_LOW_SLOTS; i++)
			z->low[i] = 0;
	}
	bpf_core_read(wmark, sizeof(wmark), &zone->_watermark);
	z->managed_pages = BPF_CORE_READ(zone, managed_pages.counter);
	z->min_pages = wmark[0] + boost;
	z->low_pages = wmark[1] + boost;
	z->high_pages = wmark[2] + boost;
	z->boost_pages = boost;
}

/*
 * Refresh the zones of one node; 1 if the gate must be open for them.  Not
 * static: the verifier then looks at it once and not for each node.
 */
__noinline int nsw_node_tick(u32 nid)
{
	struct nsw_zones *zones = nsw_one(nsw_zones);
	u32 i, max = nsw_enum(zone_type, __MAX_NR_ZONES);
	u64 now = bpf_ktime_get_ns();
	bool armed = false, found = false;
	struct zone *zone;
	struct nsw_zone *z;
	void *pgdat;

	if (!zones || nid >= NSW_MAX_NODES)
		return 0;
	pgdat = (void *)nsw_pgdat(zones, nid);
	if (!pgdat)
		return 0;
	for (i = 0; i < NSW_NODE_ZONES; i++) {
		if (i >= max || zones->nr >= NSW_MAX_ZONES)
			break;
		zone = pgdat + bpf_core_field_offset(struct pglist_data,
						     node_zones) +
		       i * bpf_core_type_size(struct zone);
		if (!BPF_CORE_READ(zone, managed_pages.counter))
			continue;
		z = &zones->zone[zones->nr & (NSW_MAX_ZONES - 1)];
		nsw_zone_read(z, zone, nid, i);
		zones->nr++;
		if (nsw_zone_mark(z, now) <
		    (s64)(z->high_pages - z->min_pages))
			armed = true;
		found = true;
	}
	return armed || (found && !nsw_kswapd_rests(pgdat));
}

/* One refresh of everything in nsw_zones.  Any context, no locks. */
static __noinline int nsw_zones_tick(void)
{
	struct nsw_zones *zones = nsw_one(nsw_zones);
	u64 now = bpf_ktime_get_ns();
	bool armed = false;
	u32 nid, nr;

	if (!zones)
		return 0;
	nr = zones->nr;
	zones->nr = 0;
	for (nid = 0; nid < NSW_MAX_NODES; nid++)
		armed |= nsw_node_tick(nid);
	nsw_gate.armed = armed;
	zones->armed = armed;
	zones->tracked = nsw_gate.tracked;
	/* A patched kernel enables the key for more than its sockets. */
	if (&memalloc_socks) {
		atomic_t *socks = (void *)&memalloc_socks;

		zones->key = BPF_CORE_READ(socks, counter);
		zones->key_valid = 1;
	} else if (&memalloc_socks_key) {
		struct static_key *key = (void *)&memalloc_socks_key;

		zones->key = BPF_CORE_READ(key, enabled.counter);
		zones->key_valid = 1;
	}
	zones->softirq_known = nsw_preempt_count() != 0;
	zones->abi = NSW_ABI_VERSION;
	zones->tick_ns = now;
	return nr;
}

/*
 * The zones of one node follow each other.  Only those count that
 * allow_direct_reclaim() counts as well: up to ZONE_NORMAL.
 */
static __always_inline void nsw_level_add(struct nsw_level *l,
					  const struct nsw_zone *z)
{
	if (z->node != l->node) {
		nsw_level_check(l);
		l->node = z->node;
		l->free = 0;
		l->min = 0;
	}
	if (z->index <= nsw_enum(zone_type, ZONE_NORMAL)) {
		l->free += z->free_pages;
		l->min += z->min_pages;
	}
}

/* Look at all zones now; called at page allocations while armed. */
static __noinline int nsw_zone_watch(void)
{
	struct nsw_zones *zones = nsw_one(nsw_zones);
	u64 now = bpf_ktime_get_ns();
	struct nsw_level level = {};
	struct nsw_zone *z;
	u32 i;

	if (!zones)
		return 0;
	for (i = 0; i < NSW_MAX_ZONES; i++) {
		z = &zones->zone[i];
		if (!z->zone)
			break;
		nsw_zone_mark(z, now);
		nsw_level_add(&level, z);
	}
	nsw_level_check(&level);
	return 0;
}

#endif /* NETSWAP_ZONE_BPF_H */

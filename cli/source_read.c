// SPDX-License-Identifier: GPL-2.0
/*
 * source_read.c - from mapped maps to a snapshot: loads from memory only.
 */
#include <string.h>

#include "policy.h"
#include "source.h"
#include "util.h"

#define NSEC	1000000000ull

static void sum_cpus(const struct nsw_source *src, struct nsw_snapshot *snap)
{
	__u32 cpu;
	int m, i, j;

	for (m = 0; m < src->cpus.nr; m++) {
		const struct mapped *map = &src->cpus.map[m];

		for (cpu = 0; cpu < map->entries; cpu++) {
			const struct nsw_cpu *row = (const void *)
				(map->at + (size_t)cpu * map->stride);

			for (i = 0; i < NSW_NR_COUNTERS; i++)
				snap->counter[i] += row->counter[i];
			for (i = 0; i < NSW_NR_HISTS; i++) {
				snap->hist[i].sum += row->hist[i].sum;
				for (j = 0; j < NSW_HIST_SLOTS; j++)
					snap->hist[i].slot[j] +=
						row->hist[i].slot[j];
			}
		}
	}
}

/*
 * The lowest distance since @since.  Marks are kept per second; the second
 * of @since itself is included, so a dip just before may be shown twice but
 * none is missed.  After more than a minute only the last minute is known.
 */
static void read_low_water(struct nsw_zone_info *to, const struct nsw_zone *z,
			   __u64 since, __u64 now)
{
	__u64 sec = now / NSEC, first = since / NSEC, val;

	to->low_ever_pages = (__s32)z->low_ever;
	to->low_water_valid = z->low_ever != 0;
	to->low_water_pages = to->low_ever_pages;
	if (!since || !z->low_ever)
		return;
	if (sec - first >= NSW_LOW_SLOTS)
		first = sec - NSW_LOW_SLOTS + 1;
	to->low_water_pages = (__s64)(z->free_pages - z->min_pages);
	for (; first <= sec; first++) {
		val = z->low[first % NSW_LOW_SLOTS];
		if (val && val >> 32 == (first & 0xffffffff) &&
		    (__s32)val < to->low_water_pages)
			to->low_water_pages = (__s32)val;
	}
}

static void read_zones(const struct nsw_source *src, struct nsw_snapshot *snap)
{
	const struct nsw_zones *all = maps_zones(src);
	__u64 since = src->last_ns;
	__u32 i;

	if (!all)
		return;

	snap->tick_age_ns = snap->mono_ns > all->tick_ns ?
			    snap->mono_ns - all->tick_ns : 0;
	snap->softirq_known = all->softirq_known;
	snap->gauge[NSW_G_MEMALLOC_KEY] = all->key;
	snap->gauge_valid[NSW_G_MEMALLOC_KEY] = all->key_valid;
	snap->group[NSW_GRP_SK_KEY] = all->key_valid;
	if (src->low_ns && snap->mono_ns > src->low_ns)
		since = snap->mono_ns - src->low_ns;
	/* The tick counts nr up from 0; the slots themselves stay. */
	for (i = 0; i < NSW_MAX_ZONES && all->zone[i].zone; i++) {
		const struct nsw_zone *z = &all->zone[i];
		struct nsw_zone_info *to = &snap->zone[i];

		to->node = z->node;
		to->index = z->index;
		str_copy(to->name, z->name, sizeof(to->name));
		to->free_pages = z->free_pages;
		to->min_pages = z->min_pages;
		to->low_pages = z->low_pages;
		to->high_pages = z->high_pages;
		to->boost_pages = z->boost_pages;
		to->managed_pages = z->managed_pages;
		read_low_water(to, z, since, snap->mono_ns);
	}
	snap->nr_zones = i;
}

static void read_waiters(const struct nsw_source *src,
			 struct nsw_snapshot *snap)
{
	int m, i;

	for (m = 0; m < src->waiters.nr; m++) {
		const struct nsw_waiters *all =
			(const void *)src->waiters.map[m].at;

		for (i = 0; i < NSW_MAX_WAITERS; i++) {
			if (!all->waiter[i].start_ns ||
			    snap->nr_waiters == NSW_MAX_WAITERS)
				continue;
			snap->waiter[snap->nr_waiters++] = all->waiter[i];
		}
	}
}

/* Events after the cursor; the oldest are gone when we were overtaken. */
static void read_ring(struct nsw_source *src, int m, struct nsw_snapshot *snap)
{
	const struct nsw_ring *ring = (const void *)src->rings.map[m].at;
	__u64 head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
	__u64 *cursor = &src->cursor[m];

	/* What came before the first read is not lost, only old. */
	if (!src->last_ns) {
		__u64 old = src->all_events ? NSW_RING_SLOTS - 1 :
					      NSW_SNAP_EVENTS;

		*cursor = head > old ? head - old : 0;
	}
	if (head - *cursor >= NSW_RING_SLOTS) {
		snap->lost_events += head - *cursor - (NSW_RING_SLOTS - 1);
		*cursor = head - (NSW_RING_SLOTS - 1);
	}
	while (*cursor < head && snap->nr_events < NSW_SNAP_EVENTS) {
		const struct nsw_event *ev =
			&ring->ev[(*cursor + 1) & (NSW_RING_SLOTS - 1)];
		__u64 seq = __atomic_load_n(&ev->seq, __ATOMIC_ACQUIRE);

		if (!seq || seq < *cursor + 1)
			break;		/* still being written */
		snap->event[snap->nr_events] = *ev;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (__atomic_load_n(&ev->seq, __ATOMIC_RELAXED) == *cursor + 1)
			snap->nr_events++;
		else
			snap->lost_events++;
		++*cursor;
	}
}

/* Several rings (objects loaded one by one) give events out of order. */
static void sort_events(struct nsw_snapshot *snap)
{
	struct nsw_event ev;
	__u32 i, j;

	for (i = 1; i < snap->nr_events; i++) {
		ev = snap->event[i];
		for (j = i; j && snap->event[j - 1].ns > ev.ns; j--)
			snap->event[j] = snap->event[j - 1];
		snap->event[j] = ev;
	}
}

static void sum_rule(const struct nsw_source *src, __u32 active, __u32 i,
		     __u64 packets[NSW_NR_VERDICTS])
{
	const struct mapped *map = &src->counts.map[0];
	__u32 cpu, v;

	for (cpu = 0; src->counts.nr && cpu < map->entries; cpu++) {
		const struct nsw_guard_cpu *row = (const void *)
			(map->at + (size_t)cpu * map->stride);

		for (v = 0; v < NSW_NR_VERDICTS; v++)
			packets[v] += row->packets[active][i][v];
	}
}

static void read_rules(const struct nsw_source *src, struct nsw_snapshot *s,
		       __u32 active)
{
	const struct nsw_policy *p = (const void *)
		(src->policy.map[0].at + active * src->policy.map[0].stride);
	__u32 i, nr = p->nr_rules, class;

	if (nr > NSW_GUARD_RULES)
		return;
	for (i = 0; i <= nr; i++) {
		struct nsw_guard_rule *to = &s->guard_rule[i];

		class = i < nr ? p->rule[i].class : p->default_class;
		to->line = i < nr ? p->rule[i].line : 0;
		str_copy(to->class_name, policy_class_name(p, class),
			 sizeof(to->class_name));
		str_copy(to->text, i < nr ? p->text[i] : "default",
			 sizeof(to->text));
		sum_rule(src, active, i, to->packets);
	}
	s->nr_guard_rules = nr + 1;
}

/* Objects loaded one by one have a map each; packets see one that is set. */
static void read_guard(const struct nsw_source *src, struct nsw_snapshot *s)
{
	const struct nsw_guard *g = NULL;
	int m;

	for (m = 0; m < src->guard.nr && (!g || !g->mode); m++)
		g = (const void *)src->guard.map[m].at;
	if (!g || !src->policy.nr || !g->mode || g->mode >= NSW_NR_GUARD_MODES)
		return;
	/* Also where bpftool attached it, which leaves no link of ours. */
	s->group[NSW_GRP_GUARD] = true;
	s->guard_until_ns = g->until_ns;
	s->gauge[NSW_G_GUARD_MODE] = g->mode;
	s->gauge_valid[NSW_G_GUARD_MODE] = true;
	s->gauge_valid[NSW_G_GUARD_LEASE] = true;
	if (g->deadline && g->deadline_ns > s->mono_ns)
		s->gauge[NSW_G_GUARD_LEASE] = g->deadline_ns - s->mono_ns;
	read_rules(src, s, g->active & 1);
}

static void read_gauges(const struct nsw_source *src, struct nsw_snapshot *s,
			const struct nsw_slow *slow)
{
	const __u64 *c = s->counter;

	s->gauge[NSW_G_OUTSTANDING] = c[NSW_C_RSV_TRACKED] -
				      c[NSW_C_RSV_FREED];
	s->gauge_valid[NSW_G_OUTSTANDING] = s->group[NSW_GRP_OUTSTANDING];
	s->gauge[NSW_G_THROTTLED] = c[NSW_C_THR_BEGIN] - c[NSW_C_THR_END];
	s->gauge_valid[NSW_G_THROTTLED] = s->group[NSW_GRP_THROTTLE];
	s->gauge[NSW_G_RECLAIMING] = c[NSW_C_DR_BEGIN] - c[NSW_C_DR_END];
	s->gauge_valid[NSW_G_RECLAIMING] = s->group[NSW_GRP_DIRECT];
	s->gauge[NSW_G_MEMALLOC_SOCKS] = slow->nr_socks + slow->more_socks;
	s->gauge_valid[NSW_G_MEMALLOC_SOCKS] = slow->socks_valid &&
					       slow->socks_all;
	s->gauge[NSW_G_KEY_LEAKED] = slow->key_leaked;
	/* One socket, or no key, is enough to know that nothing leaked. */
	s->gauge_valid[NSW_G_KEY_LEAKED] = slow->socks_valid &&
		s->gauge_valid[NSW_G_MEMALLOC_KEY] &&
		(slow->socks_all || slow->nr_socks ||
		 !s->gauge[NSW_G_MEMALLOC_KEY]);
	s->gauge[NSW_G_PROG_MISSES] = slow->misses;
	s->gauge_valid[NSW_G_PROG_MISSES] = s->bpf && slow->proc_ns;
	s->gauge[NSW_G_PROGS] = src->progs;
	s->gauge_valid[NSW_G_PROGS] = s->bpf;
}

void slow_copy(struct nsw_source *src, struct nsw_snapshot *s)
{
	unsigned int seq, again;
	const struct nsw_slow *slow;

	do {
		seq = atomic_load(&src->slow_seq);
		slow = &src->slow[seq & 1];
		s->proc_ns = slow->proc_ns;
		memcpy(s->proc, slow->proc, sizeof(s->proc));
		memcpy(s->proc_valid, slow->proc_valid, sizeof(s->proc_valid));
		if (!s->nr_zones) {
			memcpy(s->zone, slow->zone, sizeof(s->zone));
			s->nr_zones = slow->nr_zones;
		}
		s->nr_socks = slow->nr_socks;
		s->more_socks = slow->more_socks;
		memcpy(s->sock, slow->sock, slow->nr_socks *
		       sizeof(slow->sock[0]));
		if (s->bpf)
			read_gauges(src, s, slow);
		again = atomic_load(&src->slow_seq);
	} while (again - seq > 1);
	s->gauge[NSW_G_SWAP_SAFE] = atomic_load(&src->swap_safe);
	s->gauge_valid[NSW_G_SWAP_SAFE] = s->gauge[NSW_G_SWAP_SAFE] >= 0;
}

void maps_read(struct nsw_source *src, struct nsw_snapshot *snap)
{
	int m;

	memcpy(snap->group, src->group, sizeof(snap->group));
	memcpy(snap->hook, src->hook, sizeof(snap->hook));
	sum_cpus(src, snap);
	read_zones(src, snap);
	read_waiters(src, snap);
	read_guard(src, snap);
	for (m = 0; m < src->rings.nr; m++)
		read_ring(src, m, snap);
	sort_events(snap);
	tops_begin(&src->work);
	for (m = 0; m < src->tops.nr; m++)
		tops_add(&src->work, (const void *)src->tops.map[m].at,
			 src->tops.map[m].entries);
	snap->nr_tops = tops_end(&src->work, snap->top, NSW_SNAP_TOPS);
}

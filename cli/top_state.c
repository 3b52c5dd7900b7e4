// SPDX-License-Identifier: GPL-2.0
/*
 * top_state.c - what netswap-top remembers from snapshot to snapshot:
 * pressure history, events, rates of table rows; and how bad it is now.
 */
#include <math.h>
#include <string.h>

#include "top_draw.h"

/* zone_idx up to ZONE_NORMAL; Movable and Device don't feed the kernel. */
#define LAST_LOWMEM_INDEX	2
/* The tick comes every 100 ms; this much later, the timer is dead. */
#define TICK_LATE_NS		2000000000ull
#define PROC_LATE_SECS		5.0

void top_view_init(struct top_view *v, double delay)
{
	int p;

	memset(v, 0, sizeof(*v));
	v->delay = delay;
	v->speed = 1;
	v->zoom = TOP_P_NONE;
	v->focus = TOP_P_DROPS;
	for (p = 0; p < TOP_NR_PANELS; p++)
		if (top_panel_table(p))
			v->sort[p].col = top_panel_table(p)->sort;
	for (p = 0; p < NSW_NR_PROCS; p++)
		v->proc_rate[p] = NAN;
}

void top_view_reset(struct top_view *v)
{
	v->nr_samples = 0;
	v->nr_events = 0;
}

void top_node_sum(const struct nsw_snapshot *s, __u32 node,
		  struct top_node *n)
{
	const struct nsw_zone_info *z;
	__u32 i;

	memset(n, 0, sizeof(*n));
	n->sum.node = node;
	strcpy(n->sum.name, "total");
	for (i = 0; i < s->nr_zones; i++) {
		z = &s->zone[i];
		if (z->node != node || z->index > LAST_LOWMEM_INDEX ||
		    !z->managed_pages)
			continue;
		n->zones++;
		n->sum.free_pages += z->free_pages;
		n->sum.min_pages += z->min_pages;
		n->sum.low_pages += z->low_pages;
		n->sum.high_pages += z->high_pages;
		n->sum.managed_pages += z->managed_pages;
	}
	n->throttle_pages = n->sum.min_pages / 2;
}

/* Pages above min at the lowest point since the previous snapshot. */
static double lowest_free(const struct nsw_zone_info *z)
{
	double low = (double)z->min_pages + z->low_water_pages;

	if (z->low_water_valid && low < z->free_pages)
		return low > 0 ? low : 0;
	return z->free_pages;
}

bool top_proc_late(const struct top_view *v)
{
	return top_ago(v, v->now->proc_ns) > PROC_LATE_SECS + 2 * v->delay;
}

bool top_stale(const struct top_view *v)
{
	const struct nsw_snapshot *s = v->now;

	if (!s->nr_zones)
		return false;
	return s->zone[0].from_proc ? top_proc_late(v) :
	       s->tick_age_ns > TICK_LATE_NS;
}

static float depth(const struct top_view *v)
{
	const struct nsw_snapshot *s = v->now;
	const struct nsw_zone_info *z;
	double d, worst = NAN;
	__u32 i;

	if (top_stale(v))
		return NAN;
	for (i = 0; i < s->nr_zones; i++) {
		z = &s->zone[i];
		if (!z->managed_pages || !z->high_pages)
			continue;
		d = 1 - lowest_free(z) / z->high_pages;
		if (d < 0)
			d = 0;
		if (!(worst >= d))
			worst = d;
	}
	return worst;
}

static bool throttling(const struct top_view *v)
{
	if (top_gauge(v, NSW_G_THROTTLED) > 0 ||
	    top_rate(v, NSW_C_THR_BEGIN) > 0)
		return true;
	/* The kernel's count is late, so it only stands in for ours. */
	return !nsw_counter_valid(v->now, NSW_C_THR_BEGIN) &&
	       top_proc_rate(v, NSW_P_THROTTLE) > 0;
}

static enum top_level zones_level(const struct nsw_snapshot *s)
{
	enum top_level l = TOP_L_UNKNOWN;
	const struct nsw_zone_info *z;
	struct top_node n;
	__u32 i;

	for (i = 0; i < s->nr_zones; i++) {
		z = &s->zone[i];
		if (!z->managed_pages)
			continue;
		if (l < TOP_L_OK)
			l = TOP_L_OK;
		if (l < TOP_L_LOW && z->free_pages < z->low_pages)
			l = TOP_L_LOW;
		if (l < TOP_L_MIN && z->free_pages < z->min_pages)
			l = TOP_L_MIN;
		top_node_sum(s, z->node, &n);
		if (n.throttle_pages && n.sum.free_pages <= n.throttle_pages)
			l = TOP_L_HALF;
	}
	return l;
}

enum top_level top_level(const struct top_view *v)
{
	if (!v->now)
		return TOP_L_UNKNOWN;
	if (throttling(v))
		return TOP_L_THROTTLING;
	/* "ok" is the one word that must not be said too long. */
	return top_stale(v) ? TOP_L_STALE : zones_level(v->now);
}

const char *top_level_word(enum top_level l)
{
	static const char *const words[] = {
		[TOP_L_UNKNOWN] = "no data",
		[TOP_L_OK] = "ok",
		[TOP_L_LOW] = "low",
		[TOP_L_MIN] = "BELOW MIN",
		[TOP_L_HALF] = "BELOW HALF OF MIN",
		[TOP_L_STALE] = "STALE DATA",
		[TOP_L_THROTTLING] = "THROTTLING",
	};

	return words[l];
}

enum top_attr top_level_attr(enum top_level l)
{
	static const enum top_attr attrs[] = {
		[TOP_L_UNKNOWN] = TOP_A_LABEL,
		[TOP_L_OK] = TOP_A_OK,
		[TOP_L_LOW] = TOP_A_LOW,
		[TOP_L_MIN] = TOP_A_MIN,
		[TOP_L_HALF] = TOP_A_MIN,
		[TOP_L_STALE] = TOP_A_ALERT,
		[TOP_L_THROTTLING] = TOP_A_ALERT,
	};

	return attrs[l];
}

static double row_rate(const struct nsw_snapshot *old,
		       const struct nsw_top *row, double secs)
{
	__u32 i;

	for (i = 0; i < old->nr_tops; i++) {
		const struct nsw_top *o = &old->top[i];

		if (memcmp(&o->key, &row->key, sizeof(o->key)))
			continue;
		/* Less than before: the row was given up and taken anew. */
		if (o->count > row->count)
			break;
		return (row->count - o->count) / secs;
	}
	/*
	 * Not there before: all of it is new, unless it only did not make it
	 * into the previous snapshot's excerpt of the table.
	 */
	if (row->first_ns > old->mono_ns)
		return row->count / secs;
	return NAN;
}

static void feed_rows(struct top_view *v, const struct nsw_snapshot *old)
{
	__u32 i;

	for (i = 0; i < v->now->nr_tops; i++)
		v->row_rate[i] = v->delta.valid ?
			row_rate(old, &v->now->top[i], v->delta.secs) : NAN;
}

static void feed_proc(struct top_view *v)
{
	const struct nsw_snapshot *s = v->now;
	double secs;
	int i;

	if (s->proc_ns == v->proc_ns)
		return;
	secs = v->proc_ns && s->proc_ns > v->proc_ns ?
		(s->proc_ns - v->proc_ns) / 1e9 : NAN;
	for (i = 0; i < NSW_NR_PROCS; i++) {
		v->proc_rate[i] = NAN;
		if (s->proc_valid[i] && v->proc_valid[i] &&
		    s->proc[i] >= v->proc[i])
			v->proc_rate[i] = (s->proc[i] - v->proc[i]) / secs;
		v->proc[i] = s->proc[i];
		v->proc_valid[i] = s->proc_valid[i];
	}
	v->proc_ns = s->proc_ns;
}

void top_view_feed(struct top_view *v, const struct nsw_snapshot *now)
{
	const struct nsw_snapshot *old = v->now;
	struct top_sample *t;
	__u32 i;

	delta_make(&v->delta, old, now);
	v->now = now;
	feed_rows(v, old);
	feed_proc(v);
	for (i = 0; i < now->nr_events && i < NSW_SNAP_EVENTS; i++)
		v->event[v->nr_events++ % TOP_MAX_EVENTS] = now->event[i];
	t = &v->sample[v->nr_samples++ % TOP_MAX_SAMPLES];
	t->ns = now->mono_ns;
	t->depth = depth(v);
	t->throttled = throttling(v);
}

double top_counter(const struct top_view *v, enum nsw_counter id)
{
	return nsw_counter_valid(v->now, id) ? v->now->counter[id] : NAN;
}

double top_rate(const struct top_view *v, enum nsw_counter id)
{
	if (!v->delta.valid || !nsw_counter_valid(v->now, id))
		return NAN;
	return v->delta.rate[id];
}

double top_gauge(const struct top_view *v, enum nsw_gauge id)
{
	return v->now->gauge_valid[id] ? v->now->gauge[id] : NAN;
}

double top_proc(const struct top_view *v, enum nsw_proc id)
{
	return v->now->proc_valid[id] ? v->now->proc[id] : NAN;
}

double top_proc_rate(const struct top_view *v, enum nsw_proc id)
{
	return v->proc_rate[id];
}

double top_ago(const struct top_view *v, __u64 ns)
{
	if (!ns)
		return NAN;
	/* Read a moment after the snapshot's own time stamp: just now. */
	return ns < v->now->mono_ns ? (v->now->mono_ns - ns) / 1e9 : 0;
}

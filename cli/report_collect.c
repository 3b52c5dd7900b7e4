// SPDX-License-Identifier: GPL-2.0
/*
 * report_collect.c - recordings into what a report tells.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "report.h"
#include "util.h"

#define MIB	(1 << 20)

const struct report_chart_info report_charts[REPORT_NR_CHARTS] = {
#define NSW_ROW(id, title, unit, always) { title, unit, always },
	REPORT_CHARTS(NSW_ROW)
#undef NSW_ROW
};

const struct report_series_info report_series[REPORT_NR_SERIES] = {
#define NSW_ROW(id, chart, label, merge) { REPORT_C_##chart, label, merge },
	REPORT_SERIES(NSW_ROW)
#undef NSW_ROW
};

const char *const report_numbers[REPORT_NR_NUMBERS] = {
#define NSW_ROW(what, rule) what,
	REPORT_NUMBERS(NSW_ROW)
#undef NSW_ROW
};

const char *const report_verdicts[REPORT_NR_VERDICTS][2] = {
#define NSW_ROW(id, word, what) { word, what },
	REPORT_VERDICTS(NSW_ROW)
#undef NSW_ROW
};

static double merged(enum report_merge how, double a, double a_secs, double b,
		     double b_secs)
{
	if (isnan(a) || isnan(b))
		return isnan(a) ? b : a;
	switch (how) {
	case REPORT_MIN:
		return fmin(a, b);
	case REPORT_MAX:
		return fmax(a, b);
	case REPORT_MEAN:
		break;
	}
	return a_secs + b_secs > 0 ? (a * a_secs + b * b_secs) /
				     (a_secs + b_secs) : b;
}

/* Pairs become one, so that the room is half empty again. */
static void thin(struct report_run *run)
{
	int i, s;

	for (i = 0; i < run->nr_points / 2; i++) {
		struct report_point a = run->point[2 * i];
		struct report_point b = run->point[2 * i + 1];

		for (s = 0; s < REPORT_NR_SERIES; s++)
			b.value[s] = merged(report_series[s].merge, a.value[s],
					    a.secs, b.value[s], b.secs);
		b.secs += a.secs;
		run->point[i] = b;
	}
	run->nr_points /= 2;
}

/* The sum of a family's rates, NAN if none of it is known. */
static double family_rate(const struct nsw_delta *d, enum nsw_counter first,
			  enum nsw_counter last, int step)
{
	double sum = NAN;
	int i;

	for (i = first; d->valid && i <= (int)last; i += step)
		if (nsw_counter_valid(d->now, i))
			sum = (isnan(sum) ? 0 : sum) + d->rate[i];
	return sum;
}

static double quantile(const struct nsw_delta *d, enum nsw_hist_id first)
{
	struct nsw_hist all = {};
	int i, slot;

	/* Out and in of each path take turns in the table. */
	for (i = first; d->valid && i < NSW_NR_HISTS; i += 2)
		for (slot = 0; nsw_hist_valid(d->now, i) &&
		     slot < NSW_HIST_SLOTS; slot++)
			all.slot[slot] += d->hist[i].slot[slot];
	return hist_quantile(&all, 0.99) / 1e6;
}

/* The kernel's own swap rate is known without BPF; it has no paths. */
static double swap_rate(const struct nsw_delta *d, enum nsw_counter first,
			enum nsw_counter last, enum nsw_proc proc)
{
	double bpf = family_rate(d, first, last, 2);

	if (isnan(bpf) && d->proc_rate_valid[proc])
		bpf = d->proc_rate[proc] * d->now->page_size;
	return bpf / MIB;
}

static void zone_values(double *value, const struct report_run *run,
			const struct nsw_delta *d)
{
	const struct nsw_zone_info *z = &d->now->zone[run->zone];
	double mib = d->now->page_size / (double)MIB;

	if (run->zone >= d->now->nr_zones)
		return;
	value[REPORT_S_FREE] = ((double)z->free_pages - z->min_pages) * mib;
	value[REPORT_S_HIGH] = ((double)z->high_pages - z->min_pages) * mib;
	value[REPORT_S_LOW] = ((double)z->low_pages - z->min_pages) * mib;
	/* What the first one is since nobody knows. */
	if (z->low_water_valid && d->valid)
		value[REPORT_S_LOW_WATER] = z->low_water_pages * mib;
}

/* A counter that was not known before has no difference. */
static bool guarded(const struct nsw_run *so_far, const struct nsw_delta *d)
{
	return so_far->nr && so_far->last.group[NSW_GRP_GUARD] &&
	       d->now->group[NSW_GRP_GUARD] && d->valid;
}

static void guard_values(double *value, const struct nsw_run *so_far,
			 const struct nsw_delta *d)
{
	if (d->now->gauge_valid[NSW_G_GUARD_LEASE])
		value[REPORT_S_LEASE] = d->now->gauge[NSW_G_GUARD_LEASE] / 1e6;
	if (!guarded(so_far, d))
		return;
	value[REPORT_S_EXTENDED] = family_rate(d, NSW_C_G_EXT_LEVEL,
					       NSW_C_G_EXT_MANUAL, 1);
	value[REPORT_S_G_DROPPED] = d->rate[NSW_C_G_DROPPED];
	value[REPORT_S_G_WOULD] = d->rate[NSW_C_G_WOULD];
	value[REPORT_S_G_PASSED] = family_rate(d, NSW_C_G_CACHED,
					       NSW_C_G_BUDGET, 1);
}

static void add_guard(struct report_guard *g, const struct nsw_run *so_far,
		      const struct nsw_delta *d)
{
	if (d->now->gauge_valid[NSW_G_GUARD_MODE] &&
	    d->now->gauge[NSW_G_GUARD_MODE])
		g->mode = d->now->gauge[NSW_G_GUARD_MODE];
	if (!guarded(so_far, d))
		return;
	g->engagements += d->counter[NSW_C_G_BEGIN];
	g->dropped += d->counter[NSW_C_G_DROPPED];
	g->would_drop += d->counter[NSW_C_G_WOULD];
}

static void values_of(double *value, const struct report_run *run,
		      const struct nsw_run *so_far, const struct nsw_delta *d)
{
	int i;

	for (i = 0; i < REPORT_NR_SERIES; i++)
		value[i] = NAN;
	zone_values(value, run, d);
#define RATE(to, first, last) \
	value[REPORT_S_##to] = family_rate(d, NSW_C_##first, NSW_C_##last, 1)
	RATE(TAKEN, RSV_KSWAPD, RSV_GFP);
	RATE(SOFTIRQ, RSV_SOFTIRQ, RSV_SOFTIRQ);
	RATE(THROTTLES, THR_BEGIN, THR_BEGIN);
	RATE(DROPPED, PF_DROP_SKF, PF_DROP_SKF);
	RATE(RECEIVED, PF_RX, PF_RX);
#undef RATE
	if (d->now->gauge_valid[NSW_G_THROTTLED])
		value[REPORT_S_ASLEEP] = d->now->gauge[NSW_G_THROTTLED];
	value[REPORT_S_OUT] = swap_rate(d, NSW_C_NBD_OUT_BYTES,
					NSW_C_FS_OUT_BYTES, NSW_P_PSWPOUT);
	value[REPORT_S_IN] = swap_rate(d, NSW_C_NBD_IN_BYTES,
				       NSW_C_FS_IN_BYTES, NSW_P_PSWPIN);
	value[REPORT_S_OUT_P99] = quantile(d, NSW_H_NBD_OUT);
	value[REPORT_S_IN_P99] = quantile(d, NSW_H_NBD_IN);
	guard_values(value, so_far, d);
}

static unsigned int largest_zone(const struct nsw_snapshot *s)
{
	unsigned int i, best = 0;

	for (i = 1; i < s->nr_zones; i++)
		if (s->zone[i].managed_pages > s->zone[best].managed_pages)
			best = i;
	return best;
}

static void add_events(struct report_run *run, const struct nsw_snapshot *s)
{
	__u32 i;

	run->lost_events += s->lost_events;
	for (i = 0; i < s->nr_events; i++) {
		run->events[s->event[i].type % NSW_NR_EVENTS]++;
		if (run->nr_events < REPORT_EVENTS)
			run->event[run->nr_events++] = s->event[i];
	}
}

static void add_snapshot(void *arg, const struct nsw_run *so_far,
			 const struct nsw_delta *d)
{
	struct report_run *run = arg;
	struct report_point *p = &run->point[run->nr_points];
	const struct nsw_snapshot *first = so_far->nr ? &so_far->first : d->now;

	gate_add(run->number, run->numbers, so_far, d);
	if (!so_far->nr)
		run->zone = largest_zone(d->now);
	p->at = (d->now->mono_ns - first->mono_ns) / 1e9;
	p->secs = d->secs;
	values_of(p->value, run, so_far, d);
	add_guard(&run->guard, so_far, d);
	/* Those of the first snapshot are from before the run. */
	if (so_far->nr)
		add_events(run, d->now);
	if (++run->nr_points == 2 * REPORT_POINTS)
		thin(run);
}

/* Five times what is usual between two snapshots is silence. */
static double gap_of(const struct report_run *run)
{
	double secs[2 * REPORT_POINTS];
	int i;

	for (i = 1; i < run->nr_points; i++)
		secs[i - 1] = run->point[i].secs;
	if (run->nr_points < 3)
		return INFINITY;
	qsort(secs, run->nr_points - 1, sizeof(*secs), cmp_double);
	return 5 * secs[(run->nr_points - 1) / 2];
}

static int by_amount(const void *a, const void *b)
{
	const struct nsw_top *x = a, *y = b;

	if (x->key.kind != y->key.kind)
		return x->key.kind - y->key.kind;
	return (x->amount < y->amount) - (x->amount > y->amount);
}

/* Rows are since load: what they had at the beginning is taken off. */
static void find_tops(struct report_run *run)
{
	const struct nsw_snapshot *a = &run->run.first, *b = &run->run.last;
	__u32 i, j;

	for (i = 0; i < b->nr_tops; i++) {
		struct nsw_top t = b->top[i];

		for (j = 0; j < a->nr_tops; j++) {
			if (memcmp(&a->top[j].key, &t.key, sizeof(t.key)) ||
			    a->top[j].first_ns != t.first_ns)
				continue;
			t.count -= a->top[j].count;
			t.amount -= a->top[j].amount;
		}
		if (t.count && t.count <= b->top[i].count)
			run->top[run->nr_tops++] = t;
	}
	qsort(run->top, run->nr_tops, sizeof(*run->top), by_amount);
}

int report_read(struct report *r, const char *const *path, int nr)
{
	static const char numbers[] =
#define NSW_ROW(what, rule) rule "\n"
		REPORT_NUMBERS(NSW_ROW);
#undef NSW_ROW
	int i, err = gate_parse(&r->numbers, "report", numbers,
				strlen(numbers));

	if (!err && r->nr + nr > REPORT_MAX_RUNS)
		err = log_err(-E2BIG, "%d recordings are too many: at most %d",
			      r->nr + nr, REPORT_MAX_RUNS);
	for (i = 0; !err && i < nr; i++) {
		struct report_run *run = calloc(1, sizeof(*run));

		if (!run)
			return log_err(-ENOMEM, "%s: out of memory", path[i]);
		r->run[r->nr++] = run;
		run->numbers = &r->numbers;
		err = run_read(&run->run, path[i], false, add_snapshot, run);
		gate_finish(run->number, &r->numbers, &run->run);
		run->gap = gap_of(run);
		find_tops(run);
	}
	return err;
}

void report_free(struct report *r)
{
	while (r->nr)
		free(r->run[--r->nr]);
}

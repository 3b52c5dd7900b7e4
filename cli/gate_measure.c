// SPDX-License-Identifier: GPL-2.0
/*
 * gate_measure.c - what each rule asks about, over one run.
 *
 * A value is there only if it was there in every snapshot: what could not be
 * seen for a while may have been anything.
 */
#include <fnmatch.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "gate.h"

struct task {
	struct gate_measure *m;
	const struct gate_rules *rules;
};

static void absent(struct gate_measure *m, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void absent(struct gate_measure *m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (!m->why[0])
		vsnprintf(m->why, sizeof(m->why), fmt, ap);
	va_end(ap);
}

/* @lacks: it is not in the recording; no hook would have helped. */
static void not_attached(struct gate_measure *m, const struct nsw_run *run,
			 const struct nsw_metric *metric,
			 const struct nsw_snapshot *now, bool lacks)
{
	const char *why = nsw_groups[metric->group].absent;

	if (now->why[0])
		why = now->why;
	else if (lacks && now->group[metric->group])
		why = "it is not in the recording";
	absent(m, "line %lu has no %s: %s", run->nr + 1, metric->key,
	       why[0] ? why : "its hook is not attached");
}

static void began_anew(struct gate_measure *m, const struct nsw_run *run,
		       const char *name)
{
	absent(m, "%s shrank in line %lu: programs were loaded anew", name,
	       run->nr + 1);
}

static void add_counter(struct gate_measure *m, int i,
			const struct nsw_run *run, const struct nsw_delta *d)
{
	const struct nsw_snapshot *now = d->now;

	if (!nsw_counter_valid(now, i))
		not_attached(m, run, &nsw_counters[i], now,
			     now->counter_lacks[i]);
	else if (run->nr && now->counter[i] < run->last.counter[i])
		began_anew(m, run, nsw_counters[i].key);
	else
		m->total += d->counter[i];
}

static void add_proc(struct gate_measure *m, const struct gate_rule *rule,
		     int i, const struct nsw_run *run,
		     const struct nsw_snapshot *now)
{
	if (!now->proc_valid[i])
		absent(m, "line %lu has no %s: /proc was not read",
		       run->nr + 1, nsw_procs[i].name);
	else if (now->command.ended_ns && now->proc_ns < now->command.ended_ns)
		absent(m, "%s is from before the end of '%s'",
		       nsw_procs[i].name, now->command.name);
	else if (rule->nature != GATE_GROWS || !run->nr)
		return;
	else if (now->proc[i] < run->last.proc[i])
		/* That of a network namespace goes when that does. */
		absent(m, "%s shrank in line %lu: what was counted in between "
		       "is not known", nsw_procs[i].name, run->nr + 1);
	else
		m->total += now->proc[i] - run->last.proc[i];
}

static void add_hist(struct gate_measure *m, int i, const struct nsw_run *run,
		     const struct nsw_delta *d)
{
	const struct nsw_hist *h = &d->hist[i];
	int slot;

	if (!nsw_hist_valid(d->now, i))
		not_attached(m, run, &nsw_hists[i], d->now,
			     d->now->hist_lacks[i]);
	else if (run->nr && d->now->hist[i].sum < run->last.hist[i].sum)
		began_anew(m, run, nsw_hists[i].key);
	if (!d->valid)
		return;
	m->hist.sum += h->sum;
	for (slot = 0; slot < NSW_HIST_SLOTS; slot++)
		m->hist.slot[slot] += h->slot[slot];
}

static void see(struct gate_measure *m, double value)
{
	m->min = m->begun ? fmin(m->min, value) : value;
	m->max = m->begun ? fmax(m->max, value) : value;
	m->begun = true;
}

static double zone_value(const struct nsw_zone_info *z,
			 enum gate_zone_field field)
{
	switch (field) {
#define NSW_ROW(member, ...) case GATE_Z_##member: return z->member;
	NSW_ZONE_FIELDS(NSW_ROW)
#undef NSW_ROW
	case GATE_Z_LOW_WATER:
	case GATE_NR_ZONE_FIELDS:
		break;
	}
	return z->low_water_pages;
}

static void add_zones(struct gate_measure *m, const struct gate_rule *rule,
		      int field, const struct nsw_run *run,
		      const struct nsw_snapshot *now)
{
	double sum = 0;
	int found = 0;
	__u32 i;

	/* The first low-water mark is from before the run. */
	if (field == GATE_Z_LOW_WATER && !run->nr)
		return;
	for (i = 0; i < now->nr_zones; i++) {
		const struct nsw_zone_info *z = &now->zone[i];

		if ((rule->node >= 0 && z->node != (__u32)rule->node) ||
		    fnmatch(rule->zone, z->name, 0))
			continue;
		if (field == GATE_Z_LOW_WATER ? !z->low_water_valid :
						z->lacks >> field & 1) {
			absent(m, "line %lu has no %s of node %u zone %s",
			       run->nr + 1, gate_zone_fields[field], z->node,
			       z->name);
			continue;
		}
		found++;
		sum = zone_value(z, field);
		see(m, sum);
	}
	/* The last of several zones would be any of them. */
	if (rule->stat == GATE_S_LAST && found > 1)
		absent(m, "'last' of %d zones: choose one with {zone=NAME}",
		       found);
	if (!found)
		absent(m, "line %lu has no such zone", run->nr + 1);
	m->last = sum;
}

static void add_state(struct gate_measure *m, const struct gate_rule *rule,
		      int i, const struct nsw_run *run,
		      const struct nsw_snapshot *now)
{
	double value = rule->table == GATE_PROCS ? (double)now->proc[i] :
						   (double)now->gauge[i];

	if (rule->table == GATE_GAUGES && !now->gauge_valid[i])
		not_attached(m, run, &nsw_gauges[i], now, true);
	see(m, value);
	m->last = value;
}

static void add(struct gate_measure *m, const struct gate_rule *rule, int i,
		const struct nsw_run *run, const struct nsw_delta *d)
{
	switch (rule->table) {
	case GATE_COUNTERS:
		add_counter(m, i, run, d);
		return;
	case GATE_HISTS:
		add_hist(m, i, run, d);
		return;
	case GATE_ZONES:
		add_zones(m, rule, i, run, d->now);
		return;
	case GATE_PROCS:
		add_proc(m, rule, i, run, d->now);
		if (rule->nature == GATE_GROWS)
			return;
		/* fall through */
	case GATE_GAUGES:
		add_state(m, rule, i, run, d->now);
	}
}

void gate_add(struct gate_measure *m, const struct gate_rules *rules,
	      const struct nsw_run *run, const struct nsw_delta *d)
{
	int rule, i;

	for (rule = 0; rule < rules->nr; rule++)
		for (i = 0; i < GATE_MAX_PICKS; i++)
			if (rules->rule[rule].pick[i])
				add(&m[rule], &rules->rule[rule], i, run, d);
}

/* Who still sleeps at the end slept at least so long: that counts too. */
static void add_waiters(struct gate_measure *m, const struct nsw_snapshot *s)
{
	__u32 i;

	for (i = 0; i < s->nr_waiters; i++) {
		__u64 ns = s->mono_ns > s->waiter[i].start_ns ?
			   s->mono_ns - s->waiter[i].start_ns : 0;
		int slot = ns ? 64 - __builtin_clzll(ns) : 0;

		m->hist.sum += ns;
		m->hist.slot[slot < NSW_HIST_SLOTS ? slot :
			     NSW_HIST_SLOTS - 1]++;
	}
}

/* The slot that holds the quantile: of @n values, the q * n-th. */
static struct gate_value percentile(const struct nsw_hist *h, double q)
{
	double rank = ceil(q * hist_count(h)), seen = 0;
	int i;

	for (i = 0; i < NSW_HIST_SLOTS - 1; i++) {
		seen += h->slot[i];
		if (seen >= rank)
			break;
	}
	if (!i)
		return (struct gate_value){ 0, 0 };
	return (struct gate_value){ ldexp(1, i - 1), i == NSW_HIST_SLOTS - 1 ?
				    INFINITY : ldexp(1, i) - 1 };
}

static struct gate_value exactly(double value)
{
	return (struct gate_value){ value, value };
}

static void finish(struct gate_measure *m, const struct gate_rule *rule,
		   const struct nsw_run *run)
{
	double count;

	/* Without a second snapshot nothing has grown, or been lowest. */
	if (rule->nature == GATE_STATE ? !m->begun : run->nr < 2)
		absent(m, "one snapshot: nothing to compare it with");
	if (rule->table == GATE_HISTS && rule->pick[NSW_H_THROTTLE])
		add_waiters(m, &run->last);
	count = hist_count(&m->hist);
	if (rule->nature == GATE_TIMES && !count &&
	    rule->stat != GATE_S_SUM && rule->stat != GATE_S_COUNT)
		absent(m, "it did not happen once: there is nothing to "
		       "measure");
	switch (rule->stat) {
	case GATE_S_TOTAL:
		m->value = exactly(m->total);
		return;
	case GATE_S_RATE:
		m->value = exactly(m->total / run_secs(run));
		return;
	case GATE_S_LAST:
		m->value = exactly(m->last);
		return;
	case GATE_S_MIN:
		m->value = exactly(m->min);
		return;
	case GATE_S_MAX:
		m->value = exactly(m->max);
		return;
	case GATE_S_SUM:
		m->value = exactly(m->hist.sum);
		return;
	case GATE_S_COUNT:
		m->value = exactly(count);
		return;
	case GATE_S_MEAN:
		m->value = exactly(m->hist.sum / count);
		return;
	case GATE_S_PERCENTILE:
		m->value = percentile(&m->hist, rule->quantile);
		return;
	case GATE_NR_STATS:
		break;
	}
}

void gate_finish(struct gate_measure *m, const struct gate_rules *rules,
		 const struct nsw_run *run)
{
	int i;

	for (i = 0; i < rules->nr; i++)
		finish(&m[i], &rules->rule[i], run);
}

static void add_to_task(void *arg, const struct nsw_run *run,
			const struct nsw_delta *d)
{
	struct task *task = arg;

	gate_add(task->m, task->rules, run, d);
}

int gate_measure(struct gate_measure *m, struct nsw_run *run,
		 const struct gate_rules *rules, const char *path)
{
	struct task task = { m, rules };
	int err;

	memset(m, 0, rules->nr * sizeof(*m));
	err = run_read(run, path, true, add_to_task, &task);
	if (!err)
		gate_finish(m, rules, run);
	return err;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * report_tell.c - what recordings say, in numbers and in words.
 */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "report.h"

static bool counted(const struct report_run *run, enum nsw_counter id)
{
	return nsw_counter_valid(&run->run.last, id);
}

static __u64 count_of(const struct report_run *run, enum nsw_counter id)
{
	__u64 a = run->run.first.counter[id], b = run->run.last.counter[id];

	return b >= a ? b - a : b;
}

static bool proc_rose(const struct report_run *run, enum nsw_proc id)
{
	return run->run.first.proc_valid[id] && run->run.last.proc_valid[id] &&
	       run->run.last.proc[id] > run->run.first.proc[id];
}

/* The kernel's number is older than the snapshot it is in: ours if known. */
static bool rose(const struct report_run *run, enum nsw_counter id,
		 enum nsw_proc proc)
{
	return counted(run, id) ? count_of(run, id) : proc_rose(run, proc);
}

enum report_verdict report_verdict(const struct report_run *run)
{
	if (run->run.last.nr_waiters)
		return REPORT_V_STUCK;
	if (proc_rose(run, NSW_P_OOM_KILL))
		return REPORT_V_KILLED;
	if (rose(run, NSW_C_PF_DROP_SKF, NSW_P_PFDROP))
		return REPORT_V_LOSSES;
	if (rose(run, NSW_C_THR_BEGIN, NSW_P_THROTTLE))
		return REPORT_V_WAITS;
	if (count_of(run, NSW_C_RSV_ALLOCS))
		return REPORT_V_DIPS;
	if (run->run.nr < 2 || !counted(run, NSW_C_RSV_ALLOCS) ||
	    !counted(run, NSW_C_PF_DROP_SKF) ||
	    !counted(run, NSW_C_THR_BEGIN))
		return REPORT_V_UNKNOWN;
	return REPORT_V_CALM;
}

static int by_low(const void *a, const void *b)
{
	const struct gate_value *x = a, *y = b;

	return (x->low > y->low) - (x->low < y->low);
}

bool report_number(const struct report *r, int number, bool b,
		   struct gate_value *median, struct gate_value *range,
		   const char **why)
{
	int from = b ? r->nr_a : 0, to = b ? r->nr : r->nr_a, nr = to - from, i;
	struct gate_value all[REPORT_MAX_RUNS];

	for (i = 0; i < nr; i++) {
		const struct gate_measure *m = &r->run[from + i]->number[number];

		*why = m->why;
		if (m->why[0])
			return false;
		all[i] = m->value;
	}
	qsort(all, nr, sizeof(*all), by_low);
	/* Of an even number the lower one: it was measured. */
	*median = all[(nr - 1) / 2];
	*range = (struct gate_value){ all[0].low, all[nr - 1].high };
	return true;
}

struct quantity_text report_value(const struct report *r, int number,
				  struct gate_value value)
{
	return quantity_range(r->numbers.rule[number].unit, value.low,
			      value.high);
}

static struct report_text say(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

static struct report_text say(const char *fmt, ...)
{
	struct report_text t;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t.s, sizeof(t.s), fmt, ap);
	va_end(ap);
	return t;
}

static double lowest(const struct report_run *run, enum report_series s,
		     double *at)
{
	double low = NAN;
	int i;

	for (i = 0; i < run->nr_points; i++) {
		double v = run->point[i].value[s];

		if (isnan(v) || v >= low)
			continue;
		low = v;
		*at = run->point[i].at;
	}
	return low;
}

static struct report_text said_memory(const struct report_run *run)
{
	double at = 0, low = lowest(run, REPORT_S_LOW_WATER, &at);

	if (isnan(low))
		low = lowest(run, REPORT_S_FREE, &at);
	if (isnan(low))
		return say("Free memory was not measured.");
	return say("Free memory of zone %s was lowest at %.1f s: %.1f MiB %s "
		   "the min watermark.",
		   run->run.first.zone[run->zone].name, at, fabs(low),
		   low < 0 ? "below" : "above");
}

static struct report_text said_reserve(const struct report_run *run)
{
	__u64 most = 0, all = 0;
	int i, cause = 0;

	if (!counted(run, NSW_C_RSV_ALLOCS))
		return say("Who took from the reserve was not measured.");
	for (i = 0; i < NSW_NR_CAUSES; i++) {
		__u64 n = count_of(run, NSW_C_RSV_KSWAPD + i);

		all += n;
		if (n <= most)
			continue;
		most = n;
		cause = i;
	}
	if (!all)
		return say("Nobody took from the reserve.");
	return say("%llu pages were taken from the reserve, most of them (%.0f "
		   "%%) by %s.", all, 100.0 * most / all, nsw_causes[cause]);
}

static struct report_text said_throttle(const struct report_run *run)
{
	const struct nsw_snapshot *last = &run->run.last;
	__u64 a = run->run.first.hist[NSW_H_THROTTLE].sum;
	__u64 b = last->hist[NSW_H_THROTTLE].sum;
	double ns = b >= a ? b - a : b;
	__u32 i;

	if (!counted(run, NSW_C_THR_BEGIN))
		return say("Throttling was not measured.");
	if (!count_of(run, NSW_C_THR_BEGIN))
		return say("No task was throttled.");
	for (i = 0; i < last->nr_waiters; i++)
		ns += (double)last->mono_ns - last->waiter[i].start_ns;
	return say("Tasks were put to sleep %llu times until memory was freed, "
		   "for %s in all; %u still slept at the end.",
		   count_of(run, NSW_C_THR_BEGIN), quantity(NSW_U_NS, ns).s,
		   last->nr_waiters);
}

static struct report_text said_drops(const struct report_run *run)
{
	if (!counted(run, NSW_C_PF_DROP_SKF))
		return say("Drops were not measured.");
	return say("%llu packets that had come in reserve memory were dropped "
		   "(TCP %llu, UDP %llu).", count_of(run, NSW_C_PF_DROP_SKF),
		   count_of(run, NSW_C_PF_TCP), count_of(run, NSW_C_PF_UDP));
}

static struct report_text said_command(const struct report_run *run)
{
	const struct nsw_command *c = &run->run.last.command;

	if (!c->name[0])
		return say("It ran for %.1f s in %lu snapshots.",
			   run_secs(&run->run), run->run.nr);
	if (!c->ended_ns)
		return say("The end of '%s' is not in the recording.", c->name);
	return say("'%s' ended with status %d after %.1f s.", c->name,
		   c->status, run_secs(&run->run));
}

static struct report_text said_guard(const struct report_run *run)
{
	const struct report_guard *g = &run->guard;

	if (!g->mode)
		return say("The guard was not on.");
	return say("The guard was on (%s): it saw pressure begin %llu times, "
		   "dropped %llu packets, and would have dropped %llu.",
		   nsw_guard_mode(g->mode), g->engagements, g->dropped,
		   g->would_drop);
}

static struct report_text said_missing(const struct report_run *run)
{
	const struct nsw_snapshot *s = &run->run.last;
	double misses = (double)s->gauge[NSW_G_PROG_MISSES] -
			run->run.first.gauge[NSW_G_PROG_MISSES];
	__u64 lost = 0;
	int i;

	for (i = NSW_C_LOST_TABLE; i <= NSW_C_LOST_STACK; i++)
		lost += count_of(run, i);
	if (s->why[0])
		return say("Not all could be seen: %s.", s->why);
	if (s->gauge_valid[NSW_G_PROG_MISSES] && misses > 0)
		return say("The kernel skipped netswap's programs %.0f times: "
			   "counts may be short by as much.", misses);
	if (lost)
		return say("%llu times netswap's tables had no room: who it was "
			   "is not known, sums are exact.", lost);
	return say("Nothing that netswap counts was lost.");
}

struct report_text report_said(const struct report_run *run, int nr)
{
	switch (nr) {
	case 0: return said_command(run);
	case 1: return said_memory(run);
	case 2: return said_reserve(run);
	case 3: return said_throttle(run);
	case 4: return said_drops(run);
	case 5: return said_guard(run);
	case 6: return said_missing(run);
	case 7:
		if (run->run.skipped)
			return say("%lu snapshots were not later than those "
				   "before and are left out.",
				   run->run.skipped);
	}
	return say("%s", "");
}

struct report_text report_top_text(const struct report_run *run,
				   const struct nsw_top *t)
{
	const struct nsw_key *k = &t->key;
	const char *path = cgroup_path(&run->run.last, k->cgroup);
	const char *in = path ? ", cgroup " : "";

	path = path ? path : "";
	switch (k->kind) {
	case NSW_K_TAKER:
		return say("%.16s[%u], as %s", k->comm[0] ? k->comm :
			   "softirq", k->pid,
			   nsw_causes[k->detail % NSW_NR_CAUSES]);
	case NSW_K_THROTTLE:
		return say("%.16s[%u]%s%.120s", k->comm, k->pid, in, path);
	}
	return say("%s port %u%s%s%s%.120s", nsw_proto_name(k->proto), k->port,
		   k->kind == NSW_K_DROP ? ", at " : "",
		   k->kind == NSW_K_DROP && k->detail < NSW_NR_WHERES ?
		   nsw_wheres[k->detail] : "", in, path);
}

struct report_text report_top_amount(const struct nsw_top *t)
{
	switch (t->key.kind) {
	case NSW_K_TAKER:
		return say("%llu pages", t->amount);
	case NSW_K_THROTTLE:
		return say("%s in %llu sleeps",
			   quantity(NSW_U_NS, t->amount).s, t->count);
	}
	return say("%llu packets, %s", t->count,
		   quantity(NSW_U_BYTES, t->amount).s);
}

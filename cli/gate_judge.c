// SPDX-License-Identifier: GPL-2.0
/*
 * gate_judge.c - what was measured against what was asked.
 *
 * Both may be known to a range only.  A rule holds if it holds wherever in
 * its range the value is; whether it does when only some of the range is
 * within the limit is unclear, and unclear is not a pass.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gate.h"
#include "util.h"

const char *const gate_verdicts[GATE_NR_VERDICTS] = {
#define NSW_ROW(id, word, code) word,
	GATE_VERDICTS(NSW_ROW)
#undef NSW_ROW
};

static enum gate_verdict of(bool holds, bool fails)
{
	return holds ? GATE_HOLDS : fails ? GATE_SHORT : GATE_UNCLEAR;
}

static enum gate_verdict compare(struct gate_value v, enum gate_op op,
				 struct gate_value limit)
{
	bool apart = v.high < limit.low || v.low > limit.high;
	bool same = v.low == v.high && limit.low == limit.high &&
		    v.low == limit.low;

	switch (op) {
	case GATE_LE:
		return of(v.high <= limit.low, v.low > limit.high);
	case GATE_GE:
		return of(v.low >= limit.high, v.high < limit.low);
	case GATE_LT:
		return of(v.high < limit.low, v.low >= limit.high);
	case GATE_GT:
		return of(v.low > limit.high, v.high <= limit.low);
	case GATE_EQ:
		return of(same, apart);
	case GATE_NE:
		return of(apart, same);
	case GATE_NR_OPS:
		break;
	}
	return GATE_UNUSABLE;
}

/* Of two values with one verdict, is @a further from what is asked? */
static bool further(struct gate_value a, enum gate_op op, struct gate_value b)
{
	return op == GATE_GE || op == GATE_GT ? a.low < b.low :
						a.high > b.high;
}

static double median(double *value, int nr)
{
	qsort(value, nr, sizeof(*value), cmp_double);
	return nr % 2 ? value[nr / 2] :
			(value[nr / 2 - 1] + value[nr / 2]) / 2;
}

static const struct gate_measure *measure_of(const struct gate_side *side,
					     int run, int nr_rules, int rule)
{
	return &side->measure[run * nr_rules + rule];
}

/* The range of the median: the median of the ends of the ranges. */
static struct gate_value median_of(const struct gate_side *side, int nr_rules,
				   int rule)
{
	double low[side->nr], high[side->nr];
	int i;

	for (i = 0; i < side->nr; i++) {
		struct gate_value v = measure_of(side, i, nr_rules, rule)->value;

		low[i] = v.low;
		high[i] = v.high;
	}
	return (struct gate_value){ median(low, side->nr),
				    median(high, side->nr) };
}

static bool usable(struct gate_result *res, const struct gate_rules *rules,
		   int rule, const struct gate_side *side, const char *what)
{
	const struct gate_rule *r = &rules->rule[rule];
	int i;

	res->verdict = GATE_UNUSABLE;
	if (side->nr < (int)r->runs) {
		snprintf(res->why, sizeof(res->why), "line %u asks for %u %ss, "
			 "there %s %d", r->line, r->runs, what,
			 side->nr == 1 ? "is" : "are", side->nr);
		return false;
	}
	for (i = 0; i < side->nr; i++) {
		const char *why = measure_of(side, i, rules->nr, rule)->why;

		if (!why[0])
			continue;
		snprintf(res->why, sizeof(res->why), "%s: %s",
			 side->run[i].path, why);
		return false;
	}
	return true;
}

static double allowed(double base, const struct gate_rule *r)
{
	return base + fabs(base) * r->percent / 100 + r->limit;
}

void gate_judge(struct gate_result *res, const struct gate_rules *rules,
		int rule, const struct gate_side *runs,
		const struct gate_side *baseline)
{
	const struct gate_rule *r = &rules->rule[rule];
	struct gate_value base;
	int i;

	memset(res, 0, sizeof(*res));
	res->run = -1;
	res->asked = (struct gate_value){ r->limit, r->limit };
	if (!usable(res, rules, rule, runs, "run") ||
	    (r->relative && !usable(res, rules, rule, baseline, "baseline")))
		return;
	if (r->relative) {
		base = median_of(baseline, rules->nr, rule);
		res->asked.low = allowed(base.low, r);
		res->asked.high = allowed(base.high, r);
		res->measured = median_of(runs, rules->nr, rule);
		res->verdict = compare(res->measured, r->op, res->asked);
	}
	for (i = 0; !r->relative && i < runs->nr; i++) {
		struct gate_value v = measure_of(runs, i, rules->nr,
						 rule)->value;
		enum gate_verdict verdict = compare(v, r->op, res->asked);

		/* One run that falls short is enough. */
		if (i && (verdict < res->verdict ||
			  (verdict == res->verdict &&
			   !further(v, r->op, res->measured))))
			continue;
		res->verdict = verdict;
		res->measured = v;
		res->run = i;
	}
	if (res->verdict == GATE_UNCLEAR)
		snprintf(res->why, sizeof(res->why), "the limit lies within "
			 "the slot of the log2 histogram that holds the value");
	else if (res->verdict == GATE_SHORT && res->run >= 0)
		snprintf(res->why, sizeof(res->why), "%s",
			 runs->run[res->run].path);
	else if (res->verdict == GATE_SHORT)
		snprintf(res->why, sizeof(res->why), "median of %d against "
			 "median of %d", runs->nr, baseline->nr);
}

int gate_exit(const struct gate_result *res, int nr)
{
	static const int codes[GATE_NR_VERDICTS] = {
#define NSW_ROW(id, word, code) code,
		GATE_VERDICTS(NSW_ROW)
#undef NSW_ROW
	};
	int i, worst = 0;

	for (i = 0; i < nr; i++)
		if (codes[res[i].verdict] > worst)
			worst = codes[res[i].verdict];
	return worst;
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gate.h - is what was measured within what was asked?
 *
 * Three steps that share nothing but the structs below: gate_rules.c reads
 * rules, gate_measure.c measures runs, gate_judge.c compares.  view_gate.c
 * shows the result.  Nothing here knows a metric by name: all of them come
 * from include/netswap/metrics.h.
 */
#ifndef NETSWAP_GATE_H
#define NETSWAP_GATE_H

#include <jansson.h>
#include <stdio.h>

#include "metric.h"
#include "run.h"

#define GATE_MAX_RULES	256
#define GATE_LINE_LEN	256	/* of a rule, with its end */
#define GATE_FILE_MAX	(1 << 20)
#define GATE_MAX_PICKS	NSW_NR_COUNTERS	/* rows of the largest table */

/* What can be asked of a metric: S(ID, "name in rules", tables that have it). */
#define GATE_STATS(S)							\
	S(TOTAL, "total", GATE_GROWS)					\
	S(RATE, "rate", GATE_GROWS)					\
	S(LAST, "last", GATE_STATE)					\
	S(MIN, "min", GATE_STATE)					\
	S(MAX, "max", GATE_STATE)					\
	S(SUM, "sum", GATE_TIMES)					\
	S(COUNT, "count", GATE_TIMES)					\
	S(MEAN, "mean", GATE_TIMES)					\
	S(PERCENTILE, "p", GATE_TIMES)

enum gate_stat {
#define NSW_ROW(id, ...) GATE_S_##id,
	GATE_STATS(NSW_ROW)
#undef NSW_ROW
	GATE_NR_STATS
};

enum gate_nature {
	GATE_GROWS,		/* counters */
	GATE_STATE,		/* gauges, sizes, zones */
	GATE_TIMES,		/* histograms */
};

enum gate_op { GATE_LE, GATE_GE, GATE_LT, GATE_GT, GATE_EQ, GATE_NE,
	       GATE_NR_OPS };

/* Where a metric's rows are. */
enum gate_table { GATE_COUNTERS, GATE_HISTS, GATE_GAUGES, GATE_PROCS,
		  GATE_ZONES };

/* Rows of GATE_ZONES. */
enum gate_zone_field {
#define NSW_ROW(member, ...) GATE_Z_##member,
	NSW_ZONE_FIELDS(NSW_ROW)
#undef NSW_ROW
	GATE_Z_LOW_WATER,
	GATE_NR_ZONE_FIELDS
};

/* What rules and recordings call them. */
extern const char *const gate_zone_fields[GATE_NR_ZONE_FIELDS];

/**
 * struct gate_rule - one line of a rules file
 * @text: as written, without comment and outer blanks
 * @pick: which rows of @table; more than one are added up (GATE_ZONES: the
 *	field, of zones that match @node and @zone; their least or largest)
 * @node: -1 any
 * @zone: pattern
 * @quantile: of GATE_S_PERCENTILE, 0 to 1
 * @limit: in the metric's own unit (ns, bytes, pages); relative to the
 *	baseline: what is added to it
 * @percent: added to the baseline, of its absolute value
 * @runs: at least so many runs, and baselines if relative
 */
struct gate_rule {
	unsigned int line;
	char text[GATE_LINE_LEN];
	enum gate_table table;
	enum gate_nature nature;
	enum nsw_unit unit;
	bool pick[GATE_MAX_PICKS];
	int node;
	char zone[32];
	enum gate_stat stat;
	double quantile;
	enum gate_op op;
	bool relative;
	double limit;
	double percent;
	unsigned int runs;
};

struct gate_rules {
	int nr;
	struct gate_rule rule[GATE_MAX_RULES];
};

/**
 * gate_parse() - read rules
 * @rules: result
 * @path: for messages
 * @text, @len: contents of the file; any bytes
 *
 * Return: 0, or -EINVAL, reported with path and line.
 */
int gate_parse(struct gate_rules *rules, const char *path, const char *text,
	       size_t len);

/**
 * struct gate_value - what was measured: somewhere from @low to @high
 *
 * A number that is known exactly has both the same.  A percentile of a log2
 * histogram is known to lie in one of its slots, and no better.
 */
struct gate_value {
	double low;
	double high;
};

/**
 * struct gate_measure - one rule's metric over one run
 * @why: why there is no value; "" if there is one
 */
struct gate_measure {
	char why[200];
	bool begun;
	double total;
	double last;
	double min;
	double max;
	struct nsw_hist hist;
	struct gate_value value;
};

/**
 * gate_measure() - measure all rules' metrics over one run
 * @m: result, one per rule
 * @run: result
 * @path: the recording
 *
 * Return: 0 or a negative errno, reported: the recording can't be trusted.
 */
int gate_measure(struct gate_measure *m, struct nsw_run *run,
		 const struct gate_rules *rules, const char *path);

/**
 * gate_add() - a snapshot of a run, by run_read()
 * @m: one per rule, zeroed before the first
 */
void gate_add(struct gate_measure *m, const struct gate_rules *rules,
	      const struct nsw_run *run, const struct nsw_delta *d);

/** gate_finish() - after the last one: m->value, or m->why there is none. */
void gate_finish(struct gate_measure *m, const struct gate_rules *rules,
		 const struct nsw_run *run);

/* Verdicts: V(ID, "word", exit code). */
#define GATE_VERDICTS(V)						\
	V(HOLDS, "holds", 0)						\
	V(UNCLEAR, "unclear", 1)					\
	V(SHORT, "falls short", 1)					\
	V(UNUSABLE, "unusable", 2)

enum gate_verdict {
#define NSW_ROW(id, ...) GATE_##id,
	GATE_VERDICTS(NSW_ROW)
#undef NSW_ROW
	GATE_NR_VERDICTS
};

/**
 * struct gate_result - one rule, judged
 * @measured: the run that is furthest from what is asked, or the median
 * @asked: the limit; of a relative rule, the baseline with its tolerance
 * @run: index of that run, -1 for a median
 * @why: of all verdicts but GATE_HOLDS
 */
struct gate_result {
	enum gate_verdict verdict;
	struct gate_value measured;
	struct gate_value asked;
	int run;
	char why[260];
};

/** struct gate_side - measures of several runs: [run * number of rules + rule] */
struct gate_side {
	int nr;
	const struct gate_measure *measure;
	const struct nsw_run *run;
};

/** gate_judge() - one rule; @runs has at least one. */
void gate_judge(struct gate_result *res, const struct gate_rules *rules,
		int rule, const struct gate_side *runs,
		const struct gate_side *baseline);

/** gate_exit() - the worst verdict's exit code. */
int gate_exit(const struct gate_result *res, int nr);

extern const char *const gate_verdicts[GATE_NR_VERDICTS];
extern const char *const gate_ops[GATE_NR_OPS];

/* Views of @nr results. */
void gate_table(FILE *out, const struct gate_rules *rules,
		const struct gate_result *res, const struct gate_side *runs);
void gate_junit(FILE *out, const struct gate_rules *rules,
		const struct gate_result *res, const char *path);
/** gate_junit_error() - when nothing could be judged: @why, for CI to show. */
void gate_junit_error(FILE *out, const char *path, const char *why);

json_t *gate_json(const struct gate_rules *rules,
		  const struct gate_result *res, const struct gate_side *runs);

#endif /* NETSWAP_GATE_H */

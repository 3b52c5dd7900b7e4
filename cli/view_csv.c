// SPDX-License-Identifier: GPL-2.0
/*
 * view_csv.c - one line per snapshot; an empty field is an absent number.
 */
#include "view.h"

static void csv_begin(FILE *out)
{
	int i;

	fputs("wall_ms", out);
	for (i = 0; i < NSW_NR_COUNTERS; i++)
		fprintf(out, ",%s", nsw_counters[i].key);
	for (i = 0; i < NSW_NR_GAUGES; i++)
		fprintf(out, ",%s", nsw_gauges[i].key);
	for (i = 0; i < NSW_NR_PROCS; i++)
		fprintf(out, ",%s", nsw_procs[i].name);
	fputc('\n', out);
}

static void csv_field(FILE *out, bool valid, __s64 value)
{
	if (valid)
		fprintf(out, ",%lld", (long long)value);
	else
		fputc(',', out);
}

static void csv_snapshot(FILE *out, const struct nsw_delta *d)
{
	const struct nsw_snapshot *s = d->now;
	int i;

	fprintf(out, "%llu", s->wall_ms);
	for (i = 0; i < NSW_NR_COUNTERS; i++)
		csv_field(out, nsw_counter_valid(s, i), s->counter[i]);
	for (i = 0; i < NSW_NR_GAUGES; i++)
		csv_field(out, s->gauge_valid[i], s->gauge[i]);
	for (i = 0; i < NSW_NR_PROCS; i++)
		csv_field(out, s->proc_valid[i], s->proc[i]);
	fputc('\n', out);
}

const struct nsw_view view_csv = {
	.begin = csv_begin,
	.snapshot = csv_snapshot,
};

// SPDX-License-Identifier: GPL-2.0
/*
 * view_openmetrics.c - OpenMetrics 1.0 text.
 *
 * Base units: nanoseconds become seconds, in name and value.  An absent
 * number is left out; a family none of whose rows is known is left out too.
 */
#include <math.h>
#include <string.h>

#include "view.h"

/* "netswap_" + name, with _ns replaced by the unit's own suffix. */
static void family_name(char *buf, size_t size, const char *name,
			enum nsw_unit unit)
{
	size_t len = strlen(name);

	if (unit == NSW_U_NS && len > 3 && !strcmp(name + len - 3, "_ns"))
		len -= 3;
	snprintf(buf, size, "netswap_%.*s%s%s", (int)len, name,
		 unit == NSW_U_NS ? "_" : "",
		 unit == NSW_U_NS ? nsw_units[unit].suffix : "");
}

static void head(FILE *out, const char *family, const char *type,
		 enum nsw_unit unit, const char *help)
{
	fprintf(out, "# TYPE %s %s\n", family, type);
	if (nsw_units[unit].suffix[0])
		fprintf(out, "# UNIT %s %s\n", family, nsw_units[unit].suffix);
	fprintf(out, "# HELP %s %s\n", family, help);
}

static void labels(FILE *out, const struct nsw_metric *m, const char *more)
{
	if (!m->label[0] && !more[0])
		return;
	fputc('{', out);
	if (m->label[0])
		fprintf(out, "%s=\"%s\"%s", m->label, m->value,
			more[0] ? "," : "");
	fprintf(out, "%s}", more);
}

static void value(FILE *out, enum nsw_unit unit, double v)
{
	double base = v / nsw_units[unit].divisor;

	fprintf(out, base == floor(base) && fabs(base) < 1e15 ?
		" %.0f\n" : " %.9f\n", base);
}

static void counters(FILE *out, const struct nsw_snapshot *s)
{
	char family[96], last[96] = "";
	int i;

	for (i = 0; i < NSW_NR_COUNTERS; i++) {
		const struct nsw_metric *m = &nsw_counters[i];

		if (!nsw_counter_valid(s, i))
			continue;
		family_name(family, sizeof(family), m->name, m->unit);
		if (strcmp(family, last))
			head(out, family, "counter", m->unit, m->help);
		memcpy(last, family, sizeof(last));
		fprintf(out, "%s_total", family);
		labels(out, m, "");
		value(out, m->unit, s->counter[i]);
	}
}

static void gauges(FILE *out, const struct nsw_snapshot *s)
{
	char family[96];
	int i;

	for (i = 0; i < NSW_NR_GAUGES; i++) {
		const struct nsw_metric *m = &nsw_gauges[i];

		if (!s->gauge_valid[i])
			continue;
		family_name(family, sizeof(family), m->name, m->unit);
		head(out, family, "gauge", m->unit, m->help);
		fputs(family, out);
		value(out, m->unit, s->gauge[i]);
	}
}

static void buckets(FILE *out, const char *family, const struct nsw_metric *m,
		    const struct nsw_hist *h)
{
	__u64 n = 0;
	char le[48];
	int i;

	for (i = 0; i < NSW_HIST_SLOTS - 1; i++) {
		n += h->slot[i];
		/* Below a microsecond nothing we time ever is. */
		if (i < 10)
			continue;
		/* Slot i holds whole ns below 2^i, so 2^i bounds it. */
		snprintf(le, sizeof(le), "le=\"%.9g\"", ldexp(1, i) / 1e9);
		fprintf(out, "%s_bucket", family);
		labels(out, m, le);
		fprintf(out, " %llu\n", n);
	}
	fprintf(out, "%s_bucket", family);
	labels(out, m, "le=\"+Inf\"");
	fprintf(out, " %llu\n%s_sum", hist_count(h), family);
	labels(out, m, "");
	value(out, m->unit, h->sum);
	fprintf(out, "%s_count", family);
	labels(out, m, "");
	fprintf(out, " %llu\n", hist_count(h));
}

static void hists(FILE *out, const struct nsw_snapshot *s)
{
	char family[96], last[96] = "";
	int i;

	for (i = 0; i < NSW_NR_HISTS; i++) {
		const struct nsw_metric *m = &nsw_hists[i];

		if (!nsw_hist_valid(s, i))
			continue;
		family_name(family, sizeof(family), m->name, m->unit);
		if (strcmp(family, last))
			head(out, family, "histogram", m->unit, m->help);
		memcpy(last, family, sizeof(last));
		buckets(out, family, m, &s->hist[i]);
	}
}

/* vmstat and netstat rows count; meminfo and sysctl rows are state. */
static void procs(FILE *out, const struct nsw_snapshot *s)
{
	char family[96];
	int i;

	for (i = 0; i < NSW_NR_PROCS; i++) {
		const struct nsw_proc_metric *p = &nsw_procs[i];
		bool counter = strstr(p->file, "stat") != NULL;

		if (!s->proc_valid[i])
			continue;
		family_name(family, sizeof(family), p->name, p->unit);
		head(out, family, counter ? "counter" : "gauge", p->unit,
		     p->help);
		fprintf(out, "%s%s", family, counter ? "_total" : "");
		value(out, p->unit, s->proc[i]);
	}
}

static void zone_row(FILE *out, const char *name,
		     const struct nsw_zone_info *z, __s64 v)
{
	fprintf(out, "netswap_zone_%s{node=\"%u\",zone=\"%s\"} %lld\n", name,
		z->node, z->name, (long long)v);
}

static void zones(FILE *out, const struct nsw_snapshot *s)
{
	__u32 i;

	if (!s->nr_zones)
		return;
#define NSW_ROW(member, name, title, help)				\
	head(out, "netswap_zone_" name, "gauge", NSW_U_PAGES, help);	\
	for (i = 0; i < s->nr_zones; i++)				\
		zone_row(out, name, &s->zone[i], s->zone[i].member);
	NSW_ZONE_FIELDS(NSW_ROW)
#undef NSW_ROW
	if (!s->group[NSW_GRP_LOW_WATER])
		return;
	head(out, "netswap_zone_low_water_pages", "gauge", NSW_U_PAGES,
	     "Lowest free-to-min distance since load");
	for (i = 0; i < s->nr_zones; i++)
		if (s->zone[i].low_water_valid)
			zone_row(out, "low_water_pages", &s->zone[i],
				 s->zone[i].low_ever_pages);
}

static void guard_rules(FILE *out, const struct nsw_snapshot *s)
{
	static const char *const verdicts[NSW_NR_VERDICTS] = {
		[NSW_V_PASS] = "passed", [NSW_V_DROP] = "dropped",
		[NSW_V_WOULD] = "would_drop",
	};
	__u32 i, v;

	if (s->nr_guard_rules)
		head(out, "netswap_guard_rule_packets", "counter", NSW_U_COUNT,
		     "Packets by rule of the guard's policy, since it is in "
		     "force; line 0 is the default");
	for (i = 0; i < s->nr_guard_rules; i++)
		for (v = 0; v < NSW_NR_VERDICTS; v++)
			fprintf(out, "netswap_guard_rule_packets_total{line="
				"\"%u\",verdict=\"%s\"} %llu\n",
				s->guard_rule[i].line, verdicts[v],
				s->guard_rule[i].packets[v]);
}

static void openmetrics_snapshot(FILE *out, const struct nsw_delta *d)
{
	const struct nsw_snapshot *s = d->now;

	counters(out, s);
	gauges(out, s);
	hists(out, s);
	procs(out, s);
	zones(out, s);
	guard_rules(out, s);
	fputs("# EOF\n", out);
}

const struct nsw_view view_openmetrics = {
	.snapshot = openmetrics_snapshot,
};

// SPDX-License-Identifier: GPL-2.0
/*
 * view_openmetrics.c - OpenMetrics 1.0 text, and the older Prometheus text.
 *
 * Base units: nanoseconds become seconds, in name and value.  An absent
 * number is left out; a family none of whose rows is known is left out too.
 * The two formats differ in the lines about a family only: OpenMetrics names
 * a counter without its _total, has units, and an end.
 */
#include <math.h>
#include <string.h>

#include "rank.h"
#include "view.h"

struct om {
	FILE *out;
	bool openmetrics;
	const struct nsw_snapshot *s;
};

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

static void head(const struct om *om, const char *family, const char *type,
		 enum nsw_unit unit, const char *help)
{
	const char *suffix = !om->openmetrics && !strcmp(type, "counter") ?
			     "_total" : "";

	fprintf(om->out, "# TYPE %s%s %s\n", family, suffix, type);
	if (om->openmetrics && nsw_units[unit].suffix[0])
		fprintf(om->out, "# UNIT %s %s\n", family,
			nsw_units[unit].suffix);
	fprintf(om->out, "# HELP %s%s %s\n", family, suffix, help);
}

/* The same when it differs from @last, which becomes @family. */
static void head_once(const struct om *om, const char *family, char *last,
		      size_t size, const char *type,
		      const struct nsw_metric *m)
{
	if (strcmp(family, last))
		head(om, family, type, m->unit, m->help);
	snprintf(last, size, "%s", family);
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

static void counters(const struct om *om)
{
	char family[96], last[96] = "";
	int i;

	for (i = 0; i < NSW_NR_COUNTERS; i++) {
		const struct nsw_metric *m = &nsw_counters[i];

		if (!nsw_counter_valid(om->s, i))
			continue;
		family_name(family, sizeof(family), m->name, m->unit);
		head_once(om, family, last, sizeof(last), "counter", m);
		fprintf(om->out, "%s_total", family);
		labels(om->out, m, "");
		value(om->out, m->unit, om->s->counter[i]);
	}
}

static void gauge(const struct om *om, const char *name, enum nsw_unit unit,
		  const char *help, double v)
{
	char family[96];

	family_name(family, sizeof(family), name, unit);
	head(om, family, "gauge", unit, help);
	fputs(family, om->out);
	value(om->out, unit, v);
}

static void gauges(const struct om *om)
{
	int i;

	for (i = 0; i < NSW_NR_GAUGES; i++)
		if (om->s->gauge_valid[i])
			gauge(om, nsw_gauges[i].name, nsw_gauges[i].unit,
			      nsw_gauges[i].help, om->s->gauge[i]);
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

static void hists(const struct om *om)
{
	char family[96], last[96] = "";
	int i;

	for (i = 0; i < NSW_NR_HISTS; i++) {
		const struct nsw_metric *m = &nsw_hists[i];

		if (!nsw_hist_valid(om->s, i))
			continue;
		family_name(family, sizeof(family), m->name, m->unit);
		head_once(om, family, last, sizeof(last), "histogram", m);
		buckets(om->out, family, m, &om->s->hist[i]);
	}
}

/* vmstat and netstat rows count; meminfo and sysctl rows are state. */
static void procs(const struct om *om)
{
	char family[96];
	int i;

	for (i = 0; i < NSW_NR_PROCS; i++) {
		const struct nsw_proc_metric *p = &nsw_procs[i];
		bool counter = strstr(p->file, "stat") != NULL;

		if (!om->s->proc_valid[i])
			continue;
		family_name(family, sizeof(family), p->name, p->unit);
		head(om, family, counter ? "counter" : "gauge", p->unit,
		     p->help);
		fprintf(om->out, "%s%s", family, counter ? "_total" : "");
		value(om->out, p->unit, om->s->proc[i]);
	}
}

static void zone_row(FILE *out, const char *name,
		     const struct nsw_zone_info *z, __s64 v)
{
	fprintf(out, "%s{node=\"%u\",zone=\"%s\"} %lld\n", name, z->node,
		z->name, (long long)v);
}

static void zones(const struct om *om)
{
	const struct nsw_snapshot *s = om->s;
	__u32 i;

	if (!s->nr_zones)
		return;
#define ZONE_FAMILY(member, name, help, valid)				\
	head(om, "netswap_zone_" name, "gauge", NSW_U_PAGES, help);	\
	for (i = 0; i < s->nr_zones; i++)				\
		if (valid)						\
			zone_row(om->out, "netswap_zone_" name,		\
				 &s->zone[i], s->zone[i].member);
#define NSW_ROW(member, name, title, help)				\
	ZONE_FAMILY(member, name, help, true)
	NSW_ZONE_FIELDS(NSW_ROW)
#undef NSW_ROW
	if (!s->group[NSW_GRP_LOW_WATER])
		return;
	ZONE_FAMILY(low_ever_pages, "low_water_pages",
		    "Lowest free-to-min distance since load",
		    s->zone[i].low_water_valid)
	ZONE_FAMILY(low_water_pages, "recent_low_pages",
		    "Lowest free-to-min distance since the reader's previous "
		    "reading; netswap export: in the last minute",
		    s->zone[i].low_water_valid)
#undef ZONE_FAMILY
}

/* What is loaded, attached and alive: for alerts on netswap itself. */
static void state(const struct om *om)
{
	const struct nsw_snapshot *s = om->s;
	int i;

	gauge(om, "loaded", NSW_U_COUNT,
	      "1 when netswap's BPF programs are loaded and readable", s->bpf);
	gauge(om, "page_size_bytes", NSW_U_BYTES,
	      "What turns numbers of pages into bytes", s->page_size);
	if (s->proc_ns)
		gauge(om, "proc_age_ns", NSW_U_NS,
		      "Age of what was read from /proc and of the sockets",
		      s->mono_ns > s->proc_ns ? s->mono_ns - s->proc_ns : 0);
	if (!s->bpf)
		return;
	if (s->group[NSW_GRP_WATERMARK])
		gauge(om, "tick_age_ns", NSW_U_NS,
		      "Age of the zone numbers; over a second: the timer stopped",
		      s->tick_age_ns);
	head(om, "netswap_group_attached", "gauge", NSW_U_COUNT,
	     "1 when a program of this hook group is attached, so that its "
	     "metrics are known");
	for (i = 0; i < NSW_NR_GROUPS; i++)
		if (nsw_groups[i].absent[0])
			fprintf(om->out,
				"netswap_group_attached{group=\"%s\"} %d\n",
				nsw_groups[i].name, s->group[i]);
	head(om, "netswap_program_attached", "gauge", NSW_U_COUNT,
	     "1 for each program attached; other alternatives are left out");
	for (i = 0; i < NSW_NR_HOOKS; i++)
		if (s->hook[i])
			fprintf(om->out, "netswap_program_attached{group="
				"\"%s\",program=\"%s\",type=\"%s\"} 1\n",
				nsw_groups[nsw_hooks[i].group].name,
				nsw_hooks[i].program,
				nsw_types[nsw_hooks[i].type]);
}

static void ranks(const struct om *om)
{
	static struct nsw_rank rank;	/* one thread renders at a time */
	char family[96];
	__u32 i;
	int id;

	for (id = 0; id < NSW_NR_RANKS; id++) {
		const struct nsw_rank_info *info = &nsw_ranks[id];

		if (!rank_make(&rank, om->s, id))
			continue;
		family_name(family, sizeof(family), info->name, info->unit);
		head(om, family, "gauge", info->unit, info->help);
		for (i = 0; i < rank.nr; i++) {
			fprintf(om->out, "%s{%s}", family, rank.row[i].labels);
			value(om->out, info->unit, rank.row[i].value);
		}
	}
}

static void guard_rules(const struct om *om)
{
	static const char *const verdicts[NSW_NR_VERDICTS] = {
		[NSW_V_PASS] = "passed", [NSW_V_DROP] = "dropped",
		[NSW_V_WOULD] = "would_drop",
	};
	const struct nsw_snapshot *s = om->s;
	__u32 i, v;

	if (s->nr_guard_rules)
		head(om, "netswap_guard_rule_packets", "counter", NSW_U_COUNT,
		     "Packets by rule of the guard's policy, since it is in "
		     "force; line 0 is the default");
	for (i = 0; i < s->nr_guard_rules; i++)
		for (v = 0; v < NSW_NR_VERDICTS; v++)
			fprintf(om->out, "netswap_guard_rule_packets_total{"
				"line=\"%u\",verdict=\"%s\"} %llu\n",
				s->guard_rule[i].line, verdicts[v],
				s->guard_rule[i].packets[v]);
}

static void metrics(const struct om *om)
{
	counters(om);
	gauges(om);
	hists(om);
	procs(om);
	zones(om);
	ranks(om);
	guard_rules(om);
	state(om);
}

static void openmetrics_snapshot(FILE *out, const struct nsw_delta *d)
{
	metrics(&(struct om){ out, true, d->now });
	fputs("# EOF\n", out);
}

static void prometheus_snapshot(FILE *out, const struct nsw_delta *d)
{
	metrics(&(struct om){ out, false, d->now });
}

const struct nsw_view view_openmetrics = {
	.snapshot = openmetrics_snapshot,
};

const struct nsw_view view_prometheus = {
	.snapshot = prometheus_snapshot,
};

// SPDX-License-Identifier: GPL-2.0
/*
 * view_table.c - `netswap show` for people.
 */
#include <arpa/inet.h>
#include <math.h>
#include <string.h>

#include "names.h"
#include "view.h"

#define MAX_STACKS	5

static void print_value(FILE *out, const char *key, bool valid, __s64 value,
			bool rated, double rate)
{
	char text[32] = "-", per[32] = "";

	if (valid)
		snprintf(text, sizeof(text), "%lld", (long long)value);
	if (valid && rated)
		snprintf(per, sizeof(per), "%14.1f/s", rate);
	fprintf(out, "  %-36s %20s%s\n", key, text, per);
}

static void print_zones(FILE *out, const struct nsw_snapshot *s)
{
	__u32 i;

	fprintf(out, "zones, pages\n  %-4s %-8s", "node", "zone");
#define NSW_ROW(member, name, title, help) fprintf(out, " %10s", title);
	NSW_ZONE_FIELDS(NSW_ROW)
#undef NSW_ROW
	fprintf(out, " %10s\n", "LOWWATER");
	for (i = 0; i < s->nr_zones; i++) {
		const struct nsw_zone_info *z = &s->zone[i];

		fprintf(out, "  %-4u %-8s", z->node, z->name);
#define NSW_ROW(member, name, title, help)				\
		fprintf(out, " %10llu", z->member);
		NSW_ZONE_FIELDS(NSW_ROW)
#undef NSW_ROW
		if (z->low_water_valid)
			fprintf(out, " %+10lld\n",
				(long long)z->low_water_pages);
		else
			fprintf(out, " %10s\n", "-");
	}
}

static void print_hists(FILE *out, const struct nsw_delta *d)
{
	const struct nsw_snapshot *s = d->now;
	int i;

	fprintf(out, "times, ms%s\n  %-36s %12s %12s %12s\n",
		d->valid ? " in the interval" : " since load", "",
		"count", "p50", "p99");
	for (i = 0; i < NSW_NR_HISTS; i++) {
		const struct nsw_hist *h = d->valid ? &d->hist[i] :
						      &s->hist[i];

		if (!nsw_hist_valid(s, i)) {
			fprintf(out, "  %-36s %12s %12s %12s\n",
				nsw_hists[i].key, "-", "-", "-");
			continue;
		}
		if (!hist_count(h))
			continue;
		fprintf(out, "  %-36s %12llu %12.3f %12.3f\n",
			nsw_hists[i].key, hist_count(h),
			hist_quantile(h, 0.5) / 1e6,
			hist_quantile(h, 0.99) / 1e6);
	}
}

static void print_cgroup(FILE *out, const struct nsw_snapshot *s, __u64 id)
{
	const char *path = cgroup_path(s, id);

	if (path)
		fprintf(out, " %s", path);
	else
		fprintf(out, " %llu", id);
}

static void print_tops(FILE *out, const struct nsw_snapshot *s)
{
	__u32 i;

	if (s->nr_tops)
		fprintf(out, "top users\n  %-9s %-15s %-17s %6s %10s %14s "
			"%s\n", "kind", "what", "who", "port", "count",
			"amount", "cgroup");
	for (i = 0; i < s->nr_tops; i++) {
		const struct nsw_key *k = &s->top[i].key;
		const char *what = "", *proto = "";
		bool packets = k->kind == NSW_K_DROP ||
			       k->kind == NSW_K_RECEIVED ||
			       k->kind == NSW_K_DELIVERED;
		char port[16] = "-";

		if (k->kind == NSW_K_TAKER && k->detail < NSW_NR_CAUSES)
			what = nsw_causes[k->detail];
		else if (k->kind == NSW_K_DROP && k->detail < NSW_NR_WHERES)
			what = nsw_wheres[k->detail];
		if (packets) {
			proto = nsw_proto_name(k->proto);
			snprintf(port, sizeof(port), "%u", k->port);
		}
		fprintf(out, "  %-9s %-15s %-17.16s %6s %10llu %14llu",
			nsw_kinds[k->kind < NSW_NR_KINDS ? k->kind : 0], what,
			packets ? proto : k->comm, port,
			s->top[i].count, s->top[i].amount);
		print_cgroup(out, s, k->cgroup);
		fputc('\n', out);
	}
}

/* The stacks of the largest takers: where the reserve goes. */
static void print_stacks(FILE *out, const struct nsw_snapshot *s)
{
	__u32 i, j, shown = 0;

	for (i = 0; i < s->nr_tops && shown < MAX_STACKS; i++) {
		const struct nsw_top *t = &s->top[i];
		const struct nsw_stack_info *info =
			stack_info(s, t->key.stack);

		if (t->key.kind != NSW_K_TAKER || !info || !info->nr)
			continue;
		fprintf(out, "%s  %.16s, %s, %llu pages\n   ",
			shown++ ? "" : "stacks of the largest takers\n",
			t->key.comm[0] ? t->key.comm : "softirq",
			nsw_causes[t->key.detail % NSW_NR_CAUSES], t->amount);
		for (j = 0; j < info->nr; j++)
			fprintf(out, " %s%s", j ? "< " : "", info->sym[j]);
		fputc('\n', out);
	}
}

static void print_waiters(FILE *out, const struct nsw_snapshot *s)
{
	__u32 i;

	for (i = 0; i < s->nr_waiters; i++) {
		const struct nsw_waiter *w = &s->waiter[i];

		fprintf(out, "%s  %-16.16s %7u for %.1f ms, cgroup",
			i ? "" : "throttled now\n", w->comm, w->tgid,
			s->mono_ns > w->start_ns ?
			(s->mono_ns - w->start_ns) / 1e6 : 0.0);
		print_cgroup(out, s, w->cgroup);
		fputc('\n', out);
	}
}

static void print_socks(FILE *out, const struct nsw_snapshot *s)
{
	char local[INET6_ADDRSTRLEN] = "", remote[INET6_ADDRSTRLEN] = "";
	__u32 i;

	for (i = 0; i < s->nr_socks; i++) {
		const struct nsw_sock *k = &s->sock[i].sock;

		inet_ntop(k->family, k->laddr, local, sizeof(local));
		inet_ntop(k->family, k->raddr, remote, sizeof(remote));
		fprintf(out, "%s  %-10s %-4s %s:%u -> %s:%u netns %u, queues "
			"%u/%u bytes, %u retransmits\n",
			i ? "" : "memalloc sockets\n", s->sock[i].owner,
			nsw_proto_name(k->proto), local, k->lport, remote,
			k->rport, k->netns, k->rmem, k->wmem, k->retrans);
	}
	if (s->more_socks)
		fprintf(out, "  and %u more\n", s->more_socks);
	if (s->gauge_valid[NSW_G_KEY_LEAKED] && s->gauge[NSW_G_KEY_LEAKED])
		fprintf(out, "LEAK: memalloc_socks_key is %lld, but no "
			"memalloc socket exists\n",
			(long long)s->gauge[NSW_G_MEMALLOC_KEY]);
}

static void table_snapshot(FILE *out, const struct nsw_delta *d)
{
	const struct nsw_snapshot *s = d->now;
	char when[32];
	int i;

	time_text(s, s->mono_ns, when, sizeof(when));
	fprintf(out, "%s %s kernel %s\n", when, s->host, s->kernel);
	if (s->why[0])
		fprintf(out, "degraded: %s\n", s->why);
	print_zones(out, s);
	fputs("state\n", out);
	for (i = 0; i < NSW_NR_GAUGES; i++)
		print_value(out, nsw_gauges[i].key, s->gauge_valid[i],
			    s->gauge[i], false, 0);
	fputs("counters\n", out);
	for (i = 0; i < NSW_NR_COUNTERS; i++)
		print_value(out, nsw_counters[i].key, nsw_counter_valid(s, i),
			    s->counter[i], d->valid, d->rate[i]);
	fputs("the kernel's own\n", out);
	for (i = 0; i < NSW_NR_PROCS; i++)
		print_value(out, nsw_procs[i].name, s->proc_valid[i],
			    s->proc[i], d->proc_rate_valid[i] &&
			    strstr(nsw_procs[i].file, "stat"),
			    d->proc_rate[i]);
	print_hists(out, d);
	print_waiters(out, s);
	guard_rules_text(out, s);
	print_tops(out, s);
	print_stacks(out, s);
	print_socks(out, s);
	fputc('\n', out);
}

const struct nsw_view view_table = {
	.snapshot = table_snapshot,
};

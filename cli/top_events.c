// SPDX-License-Identifier: GPL-2.0
/*
 * top_events.c - the last events, newest first.
 */
#include <stdio.h>

#include "top_draw.h"

enum { E_AGE, E_TYPE, E_TEXT };

static const struct top_col event_cols[] = {
	[E_AGE] = { .title = "EVENTS", .width = 7, .numeric = true },
	[E_TYPE] = { .title = "TYPE", .width = 9 },
	[E_TEXT] = { .title = "WHAT" },
};

static int event_rows(const struct top_view *v)
{
	return v->nr_events < TOP_MAX_EVENTS ? v->nr_events : TOP_MAX_EVENTS;
}

static const struct nsw_event *event_at(const struct top_view *v, int row)
{
	return &v->event[(v->nr_events - 1 - row) % TOP_MAX_EVENTS];
}

static __u64 event_id(const struct top_view *v, int row)
{
	return event_at(v, row)->seq;
}

static const char *zone_name(const struct top_view *v, const struct nsw_key *k)
{
	__u32 i;

	for (i = 0; i < v->now->nr_zones; i++)
		if (v->now->zone[i].node == k->netns &&
		    v->now->zone[i].index == k->detail)
			return v->now->zone[i].name;
	return "?";
}

static void event_what(const struct top_view *v, const struct nsw_event *e,
		       char *buf, size_t size)
{
	const struct nsw_key *k = &e->key;

	switch (e->type) {
	case NSW_EV_THROTTLE:
		snprintf(buf, size, "%.15s[%u] was throttled for %s, "
			 "cgroup %llu", k->comm, k->pid, fmt_ns(e->value).s,
			 (unsigned long long)k->cgroup);
		break;
	case NSW_EV_LOW_WATER:
		snprintf(buf, size, "node %u zone %.15s %s below min", k->netns,
			 zone_name(v, k),
			 fmt_size((double)e->value * v->now->page_size).s);
		break;
	case NSW_EV_DROP:
		snprintf(buf, size, "%s port %u at %s, %lld bytes, netns %u",
			 nsw_proto_name(k->proto), k->port,
			 k->detail < NSW_NR_WHERES ? nsw_wheres[k->detail] :
			 "?", (long long)e->value, k->netns);
		break;
	case NSW_EV_LEAK:
		snprintf(buf, size, "memalloc_socks_key is %lld but no such "
			 "socket exists", (long long)e->value);
		break;
	case NSW_EV_GUARD_ON:
		snprintf(buf, size, "engaged by %s",
			 k->detail < NSW_NR_GUARD_CAUSES ?
			 nsw_guard_causes[k->detail] : "?");
		break;
	case NSW_EV_GUARD_OFF:
		snprintf(buf, size, "released after %s, %llu packets dropped",
			 fmt_ns(e->value).s, (unsigned long long)k->arg);
		break;
	default:
		snprintf(buf, size, "value %lld", (long long)e->value);
	}
}

static void event_text(const struct top_view *v, int row, int col, char *buf,
		       size_t size)
{
	const struct nsw_event *e = event_at(v, row);

	if (col == E_AGE)
		snprintf(buf, size, "%s", fmt_age(top_ago(v, e->ns)).s);
	else if (col == E_TYPE)
		snprintf(buf, size, "%s", e->type < NSW_NR_EVENTS ?
			 nsw_event_names[e->type] : "?");
	else
		event_what(v, e, buf, size);
}

static double event_value(const struct top_view *v, int row, int col)
{
	(void)col;
	return event_at(v, row)->ns;
}

static enum top_attr event_attr(const struct top_view *v, int row)
{
	const struct nsw_event *e = event_at(v, row);

	if (e->type == NSW_EV_LEAK)
		return TOP_A_ALERT;
	return top_ago(v, e->ns) < 5 ? TOP_A_STRONG : TOP_A_NORMAL;
}

static enum top_attr event_empty(const struct top_view *v, char *buf,
				 size_t size)
{
	snprintf(buf, size, "%s", v->now->bpf ? "none yet" : "not known");
	return TOP_A_NORMAL;
}

static void event_detail(const struct top_view *v, int row, char *buf,
			 size_t size)
{
	int len = snprintf(buf, size, "event %llu: ", (unsigned long long)
			   event_at(v, row)->seq);

	event_what(v, event_at(v, row), buf + len, size - len);
}

const struct top_table top_events = {
	.col = event_cols, .nr_cols = E_TEXT + 1, .sort = E_AGE,
	.rows = event_rows, .id = event_id, .text = event_text,
	.value = event_value, .attr = event_attr, .empty = event_empty,
	.detail = event_detail,
};

// SPDX-License-Identifier: GPL-2.0
/*
 * top_rows.c - the tables that show rows of nsw_top: what is dropped, who is
 * throttled, who takes reserve pages.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "top_draw.h"

static const struct nsw_top *top_row(const struct top_view *v, int row)
{
	return &v->now->top[row];
}

static int top_rows(const struct top_view *v)
{
	return v->now->nr_tops < NSW_SNAP_TOPS ? v->now->nr_tops :
	       NSW_SNAP_TOPS;
}

static __u64 top_id(const struct top_view *v, int row)
{
	const unsigned char *byte = (const void *)&top_row(v, row)->key;
	__u64 hash = 14695981039346656037ull;
	size_t i;

	/* FNV-1a.  Not the tag: recordings don't have it. */
	for (i = 0; i < sizeof(struct nsw_key); i++)
		hash = (hash ^ byte[i]) * 1099511628211ull;
	return hash | 1;
}

static const char *name_of(const char *const *names, unsigned int nr,
			   unsigned int i)
{
	return i < nr && names[i] ? names[i] : "?";
}

static void id_text(char *buf, size_t size, __u64 id)
{
	if (id)
		snprintf(buf, size, "%llu", (unsigned long long)id);
	else
		snprintf(buf, size, "-");
}

/* A row in which something happened since the last frame stands out. */
static enum top_attr active_attr(const struct top_view *v, int row)
{
	return v->row_rate[row] > 0 ? TOP_A_STRONG : TOP_A_NORMAL;
}

/* ---- drops ---- */

enum { D_WHERE, D_PROTO, D_PORT, D_COUNT, D_RATE, D_LAST, D_NETNS, D_BYTES,
	D_CGROUP };

static const struct top_col drop_cols[] = {
	[D_WHERE] = { .title = "DROPS", .width = 10 },
	[D_PROTO] = { .title = "PROTO", .width = 6 },
	[D_PORT] = { .title = "PORT", .width = 6, .right = true,
		     .numeric = true },
	[D_COUNT] = { .title = "COUNT", .width = 6, .right = true,
		      .numeric = true },
	[D_RATE] = { .title = "RATE/s", .width = 7, .right = true,
		     .numeric = true },
	[D_LAST] = { .title = "LAST", .width = 5, .min_cols = 60,
		     .right = true, .numeric = true },
	[D_NETNS] = { .title = "NETNS", .width = 10, .min_cols = 76,
		      .right = true, .numeric = true },
	[D_BYTES] = { .title = "BYTES", .width = 6, .min_cols = 90,
		      .right = true, .numeric = true },
	[D_CGROUP] = { .title = "CGROUP" },
};

static bool drop_use(const struct top_view *v, int row)
{
	return top_row(v, row)->key.kind == NSW_K_DROP;
}

static void drop_text(const struct top_view *v, int row, int col, char *buf,
		      size_t size)
{
	const struct nsw_top *t = top_row(v, row);

	switch (col) {
	case D_WHERE:
		snprintf(buf, size, "%s", name_of(nsw_wheres, NSW_NR_WHERES,
						  t->key.detail));
		break;
	case D_PROTO:
		snprintf(buf, size, "%s", nsw_proto_name(t->key.proto));
		break;
	case D_PORT:
		id_text(buf, size, t->key.port);
		break;
	case D_COUNT:
		snprintf(buf, size, "%s", fmt_count(t->count).s);
		break;
	case D_RATE:
		snprintf(buf, size, "%s", fmt_rate(v->row_rate[row]).s);
		break;
	case D_LAST:
		snprintf(buf, size, "%s", fmt_age(top_ago(v, t->last_ns)).s);
		break;
	case D_NETNS:
		id_text(buf, size, t->key.netns);
		break;
	case D_BYTES:
		snprintf(buf, size, "%s", fmt_size(t->amount).s);
		break;
	default:
		id_text(buf, size, t->key.cgroup);
	}
}

static double drop_value(const struct top_view *v, int row, int col)
{
	const struct nsw_top *t = top_row(v, row);

	switch (col) {
	case D_PORT:
		return t->key.port;
	case D_COUNT:
		return t->count;
	case D_RATE:
		return v->row_rate[row];
	case D_LAST:
		return t->last_ns;
	case D_NETNS:
		return t->key.netns;
	default:
		return t->amount;
	}
}

static void drop_title(const struct top_view *v, char *buf, size_t size)
{
	snprintf(buf, size, "rx %s ok %s/s",
		 fmt_rate(top_rate(v, NSW_C_PF_RX)).s,
		 fmt_rate(top_rate(v, NSW_C_PF_DELIVERED)).s);
}

static enum top_attr drop_empty(const struct top_view *v, char *buf,
				 size_t size)
{
	if (nsw_counter_valid(v->now, NSW_C_PF_DROP_SKF))
		snprintf(buf, size, "no packet in reserve memory dropped since "
			 "load");
	else
		snprintf(buf, size, "who is not known; the kernel counts %s, "
			 "%s/s (%s ago)",
			 fmt_count(top_proc(v, NSW_P_PFDROP)).s,
			 fmt_rate(top_proc_rate(v, NSW_P_PFDROP)).s,
			 fmt_age(top_ago(v, v->now->proc_ns)).s);
	return TOP_A_NORMAL;
}

static void drop_detail(const struct top_view *v, int row, char *buf,
			size_t size)
{
	const struct nsw_top *t = top_row(v, row);

	snprintf(buf, size, "%llu packets, %llu bytes, first %s ago, last %s "
		 "ago, netns %u, cgroup %llu, socket cookie %llu",
		 (unsigned long long)t->count, (unsigned long long)t->amount,
		 fmt_age(top_ago(v, t->first_ns)).s,
		 fmt_age(top_ago(v, t->last_ns)).s, t->key.netns,
		 (unsigned long long)t->key.cgroup,
		 (unsigned long long)t->key.sock);
}

const struct top_table top_drops = {
	.col = drop_cols, .nr_cols = D_CGROUP + 1, .sort = D_COUNT,
	.rows = top_rows, .use = drop_use, .id = top_id, .text = drop_text,
	.value = drop_value, .attr = active_attr, .title = drop_title,
	.empty = drop_empty, .detail = drop_detail,
};

/* ---- takers and throttled: both are tasks ---- */

enum { T_TASK, T_CAUSE, T_AMOUNT, T_COUNT, T_RATE, T_LAST, T_CGROUP };

static const struct top_col taker_cols[] = {
	[T_TASK] = { .title = "RESERVE TAKERS", .width = 24 },
	[T_CAUSE] = { .title = "CAUSE", .width = 14 },
	[T_AMOUNT] = { .title = "PAGES", .width = 6, .right = true,
		       .numeric = true },
	[T_COUNT] = { .title = "ALLOCS", .width = 7, .min_cols = 66,
		      .right = true, .numeric = true },
	[T_RATE] = { .title = "RATE/s", .width = 7, .right = true,
		     .numeric = true },
	[T_LAST] = { .title = "LAST", .width = 5, .right = true,
		     .numeric = true },
	[T_CGROUP] = { .title = "CGROUP" },
};

/* "CAUSE" is how long it has been waiting, for tasks that wait now. */
static const struct top_col throttled_cols[] = {
	[T_TASK] = { .title = "THROTTLED", .width = 24 },
	[T_CAUSE] = { .title = "WAITING", .width = 14, .right = true,
		      .numeric = true },
	[T_AMOUNT] = { .title = "TOTAL", .width = 6, .right = true,
		       .numeric = true },
	[T_COUNT] = { .title = "TIMES", .width = 7, .min_cols = 66,
		      .right = true, .numeric = true },
	[T_RATE] = { .title = "RATE/s", .width = 7, .right = true,
		     .numeric = true },
	[T_LAST] = { .title = "LAST", .width = 5, .right = true,
		     .numeric = true },
	[T_CGROUP] = { .title = "CGROUP" },
};

static bool taker_use(const struct top_view *v, int row)
{
	return top_row(v, row)->key.kind == NSW_K_TAKER;
}

static bool throttled_use(const struct top_view *v, int row)
{
	return top_row(v, row)->key.kind == NSW_K_THROTTLE;
}

/* Since when a task of the row's process waits; 0 = none does. */
static __u64 waiting_since(const struct top_view *v, int row)
{
	const struct nsw_waiter *w = v->now->waiter;
	__u64 since = 0;
	__u32 i;

	for (i = 0; i < v->now->nr_waiters; i++, w++)
		if (w->start_ns && w->tgid == top_row(v, row)->key.pid &&
		    (!since || w->start_ns < since))
			since = w->start_ns;
	return since;
}

static void task_text(const struct top_view *v, int row, int col, char *buf,
		      size_t size)
{
	const struct nsw_top *t = top_row(v, row);
	bool taker = t->key.kind == NSW_K_TAKER;

	switch (col) {
	case T_TASK:
		snprintf(buf, size, "%.15s[%u]", t->key.comm, t->key.pid);
		break;
	case T_CAUSE:
		if (taker)
			snprintf(buf, size, "%s",
				 name_of(nsw_causes, NSW_NR_CAUSES,
					 t->key.detail));
		else
			snprintf(buf, size, "%s",
				 fmt_age(top_ago(v, waiting_since(v, row))).s);
		break;
	case T_AMOUNT:
		snprintf(buf, size, "%s", taker ? fmt_count(t->amount).s :
			 fmt_ns(t->amount).s);
		break;
	case T_COUNT:
		snprintf(buf, size, "%s", fmt_count(t->count).s);
		break;
	case T_RATE:
		snprintf(buf, size, "%s", fmt_rate(v->row_rate[row]).s);
		break;
	case T_LAST:
		snprintf(buf, size, "%s", fmt_age(top_ago(v, t->last_ns)).s);
		break;
	default:
		id_text(buf, size, t->key.cgroup);
	}
}

static double task_value(const struct top_view *v, int row, int col)
{
	const struct nsw_top *t = top_row(v, row);

	switch (col) {
	case T_CAUSE:
		return top_ago(v, waiting_since(v, row));
	case T_COUNT:
		return t->count;
	case T_RATE:
		return v->row_rate[row];
	case T_LAST:
		return t->last_ns;
	default:
		return t->amount;
	}
}

static enum top_attr throttled_attr(const struct top_view *v, int row)
{
	return waiting_since(v, row) ? TOP_A_MIN : active_attr(v, row);
}

static enum top_attr taker_empty(const struct top_view *v, char *buf,
				 size_t size)
{
	snprintf(buf, size, "%s",
		 nsw_counter_valid(v->now, NSW_C_RSV_ALLOCS) ?
		 "nothing took reserve pages since load" :
		 "not known: no program at mm_page_alloc");
	return TOP_A_NORMAL;
}

static enum top_attr throttled_empty(const struct top_view *v, char *buf,
				 size_t size)
{
	snprintf(buf, size, "%s",
		 nsw_counter_valid(v->now, NSW_C_THR_BEGIN) ?
		 "no task has been throttled since load" :
		 "who is not known, only the kernel's count above");
	return TOP_A_NORMAL;
}

static void task_detail(const struct top_view *v, int row, char *buf,
			size_t size)
{
	const struct nsw_top *t = top_row(v, row);
	bool taker = t->key.kind == NSW_K_TAKER;

	snprintf(buf, size, "%.15s[%u] %llu times, %llu %s, first %s ago, "
		 "last %s ago, cgroup %llu, stack %d", t->key.comm, t->key.pid,
		 (unsigned long long)t->count, (unsigned long long)t->amount,
		 taker ? "pages" : "ns", fmt_age(top_ago(v, t->first_ns)).s,
		 fmt_age(top_ago(v, t->last_ns)).s,
		 (unsigned long long)t->key.cgroup, t->key.stack);
}

const struct top_table top_takers = {
	.col = taker_cols, .nr_cols = T_CGROUP + 1, .sort = T_AMOUNT,
	.rows = top_rows, .use = taker_use, .id = top_id, .text = task_text,
	.value = task_value, .attr = active_attr, .empty = taker_empty,
	.detail = task_detail,
};

const struct top_table top_throttled = {
	.col = throttled_cols, .nr_cols = T_CGROUP + 1, .sort = T_AMOUNT,
	.rows = top_rows, .use = throttled_use, .id = top_id,
	.text = task_text, .value = task_value, .attr = throttled_attr,
	.empty = throttled_empty, .detail = task_detail,
};

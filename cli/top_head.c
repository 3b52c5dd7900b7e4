// SPDX-License-Identifier: GPL-2.0
/*
 * top_head.c - the two panels an engineer looks at first: pressure with its
 * recent history, and a gauge per zone.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "top_draw.h"

#define LABEL_COLS	10
#define TREND_TEXT	26
#define ZONE_COLS	7

static void label(const struct top_area *a, int row, const char *text)
{
	area_text(a, row, 0, TOP_A_LABEL, text);
}

static void sample_draw(const struct top_area *a, int row, int col,
			const struct top_sample *t)
{
	static const wchar_t blocks[] = L"▁▂▃▄▅▆▇█";
	static const wchar_t ascii[] = L"_.-:=+*#";
	int level;

	if (isnan(t->depth)) {
		area_glyph(a, row, col, TOP_A_LABEL, L'?');
		return;
	}
	if (t->throttled) {
		area_glyph(a, row, col, TOP_A_ALERT, L'T');
		return;
	}
	level = t->depth * 7 + 0.5;
	if (!level && t->depth > 0)
		level = 1;
	area_glyph(a, row, col, level > 4 ? TOP_A_MIN :
		   level > 0 ? TOP_A_LOW : TOP_A_OK,
		   a->utf8 ? blocks[level] : ascii[level]);
}

static void draw_trend(const struct top_view *v, const struct top_area *a)
{
	unsigned int n = v->nr_samples, i, shown;
	const struct top_sample *t = NULL;
	double now = NAN, max = NAN;
	char text[TREND_TEXT * 2];
	int width = a->cols - LABEL_COLS - TREND_TEXT;

	label(a, 0, "Pressure");
	if (width > TOP_MAX_SAMPLES)
		width = TOP_MAX_SAMPLES;
	shown = width > 0 && n > (unsigned int)width ? (unsigned int)width : n;
	if (shown > TOP_MAX_SAMPLES)
		shown = TOP_MAX_SAMPLES;
	for (i = n - shown; i < n; i++) {
		t = &v->sample[i % TOP_MAX_SAMPLES];
		if (width > 0)
			sample_draw(a, 0, LABEL_COLS + width - (n - i), t);
		now = t->depth;
		if (!(max >= t->depth))
			max = t->depth;
	}
	if (!t)
		return;
	t = &v->sample[(n - shown) % TOP_MAX_SAMPLES];
	if (isnan(now))
		snprintf(text, sizeof(text), "unknown");
	else
		snprintf(text, sizeof(text), "now %.0f%%  max %.0f%% in %s",
			 now * 100, max * 100, fmt_age(top_ago(v, t->ns)).s);
	shown = strlen(text);
	if (LABEL_COLS + (int)shown <= a->cols)
		area_text(a, 0, a->cols - shown, TOP_A_NORMAL, text);
}

static void draw_reserve(const struct top_view *v, const struct top_area *a)
{
	static const struct {
		enum nsw_counter id;
		const char *name;
	} causes[] = {
		{ NSW_C_RSV_KSWAPD, "kswapd" },
		{ NSW_C_RSV_DIRECT, "direct" },
		{ NSW_C_RSV_SOFTIRQ, "softirq" },
		{ NSW_C_RSV_TASK, "task" },
		{ NSW_C_RSV_GFP, "gfp" },
	};
	double r, sum = NAN, page = v->now->page_size;
	int col = LABEL_COLS;
	unsigned int i;

	label(a, 1, "Reserve");
	for (i = 0; i < sizeof(causes) / sizeof(*causes); i++) {
		r = top_rate(v, causes[i].id);
		if (!isnan(r))
			sum = isnan(sum) ? r : sum + r;
	}
	area_item(a, 1, &col, sum > 0 ? TOP_A_STRONG : TOP_A_NORMAL,
		  "%s pg/s", fmt_rate(sum).s);
	area_item(a, 1, &col, TOP_A_NORMAL, "held %s",
		  fmt_size(top_gauge(v, NSW_G_OUTSTANDING) * page).s);
	for (i = 0; i < sizeof(causes) / sizeof(*causes); i++)
		area_item(a, 1, &col, TOP_A_NORMAL, "%s %s", causes[i].name,
			  fmt_rate(top_rate(v, causes[i].id)).s);
}

static void draw_throttled(const struct top_view *v, const struct top_area *a)
{
	double now = top_gauge(v, NSW_G_THROTTLED);
	int col = LABEL_COLS;
	__u32 i;

	label(a, 2, "Throttled");
	if (isnan(now) && !nsw_counter_valid(v->now, NSW_C_THR_BEGIN)) {
		area_item(a, 2, &col, TOP_A_NORMAL, "- now");
		area_item(a, 2, &col, TOP_A_NORMAL, "kernel counts %s, %s/s",
			  fmt_count(top_proc(v, NSW_P_THROTTLE)).s,
			  fmt_rate(top_proc_rate(v, NSW_P_THROTTLE)).s);
		return;
	}
	area_item(a, 2, &col, now > 0 ? TOP_A_ALERT : TOP_A_NORMAL, "%s now",
		  fmt_count(now).s);
	area_item(a, 2, &col, TOP_A_NORMAL, "%s/s",
		  fmt_rate(top_rate(v, NSW_C_THR_BEGIN)).s);
	area_item(a, 2, &col, TOP_A_NORMAL, "p50 %s p99 %s",
		  fmt_quantile(v, NSW_H_THROTTLE, .5).s,
		  fmt_quantile(v, NSW_H_THROTTLE, .99).s);
	for (i = 0; i < v->now->nr_waiters; i++) {
		const struct nsw_waiter *w = &v->now->waiter[i];

		if (w->start_ns && !area_item(a, 2, &col, TOP_A_STRONG,
				"%.15s[%u] %s", w->comm, w->pid,
				fmt_age(top_ago(v, w->start_ns)).s))
			break;
	}
}

static void draw_kswapd(const struct top_view *v, const struct top_area *a,
			int col)
{
	double awake = top_counter(v, NSW_C_KS_WAKES) -
		       top_counter(v, NSW_C_KS_SLEEPS);

	if (isnan(awake))
		area_item(a, 3, &col, TOP_A_NORMAL, "kswapd -");
	else if (awake > 0)
		area_item(a, 3, &col, TOP_A_LOW, "kswapd awake on %.0f",
			  awake);
	else
		area_item(a, 3, &col, TOP_A_NORMAL, "kswapd asleep");
	area_item(a, 3, &col, TOP_A_NORMAL, "wakes %s/s",
		  fmt_rate(top_rate(v, NSW_C_KS_WAKES)).s);
}

static void draw_reclaim(const struct top_view *v, const struct top_area *a)
{
	double waits = 0, direct = top_rate(v, NSW_C_DR_BEGIN);
	bool ours = nsw_counter_valid(v->now, NSW_C_DR_BEGIN);
	int id, col = LABEL_COLS;

	for (id = NSW_C_RT_WRITEBACK; id <= NSW_C_RT_OTHER; id++)
		waits += top_rate(v, id);
	label(a, 3, "Reclaim");
	if (!ours)
		direct = top_proc_rate(v, NSW_P_ALLOCSTALL);
	area_item(a, 3, &col, TOP_A_NORMAL, "direct %s/s%s", fmt_rate(direct).s,
		  ours ? "" : " (kernel)");
	if (ours)
		area_item(a, 3, &col, TOP_A_NORMAL, "p99 %s",
			  fmt_quantile(v, NSW_H_DIRECT, .99).s);
	area_item(a, 3, &col, TOP_A_NORMAL, "waits %s/s", fmt_rate(waits).s);
	draw_kswapd(v, a, col);
}

/* The rules that have dropped, or would have, most of all first. */
static void draw_rules(const struct top_view *v, const struct top_area *a,
		       int col)
{
	const struct nsw_snapshot *s = v->now;
	bool shown[NSW_GUARD_RULES + 1] = {};
	__u64 most, n;
	__u32 i, best;

	do {
		most = 0;
		for (i = best = 0; i < s->nr_guard_rules; i++) {
			n = s->guard_rule[i].packets[NSW_V_DROP] +
			    s->guard_rule[i].packets[NSW_V_WOULD];
			if (shown[i] || n <= most)
				continue;
			most = n;
			best = i;
		}
		shown[best] = true;
	} while (most && area_item(a, 4, &col, TOP_A_NORMAL, "%.30s %s",
				   s->guard_rule[best].text,
				   fmt_count(most).s));
}

/* Only there while the guard is on. */
static void draw_guard(const struct top_view *v, const struct top_area *a)
{
	double mode = top_gauge(v, NSW_G_GUARD_MODE);
	double lease = top_gauge(v, NSW_G_GUARD_LEASE);
	bool enforce = mode == NSW_GUARD_ENFORCE;
	int col = LABEL_COLS;

	if (isnan(mode))
		return;
	label(a, 4, "Guard");
	area_item(a, 4, &col, TOP_A_NORMAL, "%s",
		  nsw_guard_mode(v->now->gauge[NSW_G_GUARD_MODE]));
	if (lease > 0)
		area_item(a, 4, &col, TOP_A_ALERT, "ENGAGED %s",
			  fmt_ns(lease).s);
	else
		area_item(a, 4, &col, TOP_A_OK, "no pressure");
	area_item(a, 4, &col, TOP_A_NORMAL, "%s %s/s",
		  enforce ? "drops" : "would drop",
		  fmt_rate(top_rate(v, enforce ? NSW_C_G_DROPPED :
						 NSW_C_G_WOULD)).s);
	draw_rules(v, a, col);
}

void top_draw_pressure(const struct top_view *v, const struct top_area *a)
{
	draw_trend(v, a);
	draw_reserve(v, a);
	draw_throttled(v, a);
	draw_reclaim(v, a);
	draw_guard(v, a);
}

/* A gauge: free pages against its marks, drawn over each other in order. */
struct gauge {
	double free;
	double scale;
	int nr_marks;
	struct {
		double at;
		char ch;
	} mark[6];
};

static void gauge_mark(struct gauge *g, double at, char ch)
{
	g->mark[g->nr_marks].at = at;
	g->mark[g->nr_marks++].ch = ch;
}

static void gauge_draw(const struct top_area *a, const struct gauge *g,
		       enum top_attr attr)
{
	int width = a->cols - 2, fill, i, c;
	wchar_t full = a->utf8 ? L'█' : L'#', none = a->utf8 ? L'·' : L'.';

	if (width < 8)
		return;
	area_glyph(a, 0, 0, TOP_A_NORMAL, L'[');
	area_glyph(a, 0, width + 1, TOP_A_NORMAL, L']');
	fill = g->free >= g->scale ? width : g->free / g->scale * width;
	for (c = 0; c < width; c++)
		area_glyph(a, 0, c + 1, c < fill ? attr : TOP_A_LABEL,
			   c < fill ? full : none);
	for (i = 0; i < g->nr_marks; i++) {
		c = g->mark[i].at / g->scale * width;
		if (c >= 0 && c < width)
			area_glyph(a, 0, c + 1, TOP_A_STRONG, g->mark[i].ch);
	}
	if (g->free > g->scale)
		area_glyph(a, 0, width, attr, L'>');
}

static enum top_attr zone_attr(const struct nsw_zone_info *z, __u64 throttle)
{
	if (throttle && z->free_pages <= throttle)
		return TOP_A_ALERT;
	if (z->free_pages < z->min_pages)
		return TOP_A_MIN;
	return z->free_pages < z->low_pages ? TOP_A_LOW : TOP_A_OK;
}

/* One line of the panel: a zone, or a node's total (then z->name says so). */
struct zone_line {
	struct nsw_zone_info zone;
	__u64 throttle;		/* 0: no say in it, or not alone */
	bool total;
};

static void zone_numbers(const struct top_view *v, const struct zone_line *l,
			 struct top_num *to)
{
	const struct nsw_zone_info *z = &l->zone;
	double page = v->now->page_size;
	bool dip = z->low_water_valid;

	to[0] = fmt_size(z->free_pages * page);
	to[1] = fmt_size(z->min_pages * page);
	to[2] = fmt_size(z->low_pages * page);
	to[3] = fmt_size(z->high_pages * page);
	to[4] = fmt_size(l->throttle * page);
	if (!l->throttle)
		to[4].s[0] = '\0';
	to[5] = fmt_margin(dip ? z->low_water_pages * page : NAN);
	to[6] = fmt_margin(dip ? z->low_ever_pages * page : NAN);
	if (l->total)
		to[5].s[0] = to[6].s[0] = '\0';
}

/* Narrow screens lose columns from the right, but never the gauge. */
static int number_cols(int cols)
{
	int n = (cols - 12 - 18) / ZONE_COLS;

	return n < 0 ? 0 : n > 7 ? 7 : n;
}

static void zone_draw(const struct top_view *v, const struct top_area *a,
		      const struct zone_line *l)
{
	const struct nsw_zone_info *z = &l->zone;
	int i, n = number_cols(a->cols), right = a->cols - n * ZONE_COLS;
	enum top_attr attr = zone_attr(z, l->throttle);
	struct gauge g = { .free = z->free_pages };
	struct top_num num[7];
	struct top_area bar;
	char name[24];

	snprintf(name, sizeof(name), "N%u %.8s", z->node, z->name);
	area_text(a, 0, 0, l->total ? TOP_A_LABEL : TOP_A_NORMAL, name);
	g.scale = z->high_pages ? z->high_pages * 4 / 3. : 1;
	gauge_mark(&g, z->high_pages, 'H');
	gauge_mark(&g, z->low_pages, 'L');
	gauge_mark(&g, z->min_pages, 'M');
	if (l->throttle)
		gauge_mark(&g, l->throttle, 'T');
	if (z->low_water_valid && !l->total &&
	    z->min_pages + z->low_water_pages < z->free_pages)
		gauge_mark(&g, (double)z->min_pages + z->low_water_pages, '!');
	bar = area_sub(a, 0, 12, 1, right - 12);
	gauge_draw(&bar, &g, attr);
	zone_numbers(v, l, num);
	for (i = 0; i < n; i++)
		area_column(a, 0, right + i * ZONE_COLS, ZONE_COLS, true,
			    i ? TOP_A_NORMAL : attr, num[i].s);
}

static int zone_lines(const struct top_view *v, struct zone_line *to)
{
	const struct nsw_snapshot *s = v->now;
	const struct nsw_zone_info *z;
	struct top_node node;
	int n = 0;
	__u32 i;

	for (i = 0; i < s->nr_zones && i < NSW_MAX_ZONES; i++) {
		z = &s->zone[i];
		top_node_sum(s, z->node, &node);
		if (z->managed_pages) {
			to[n].total = false;
			to[n].throttle = node.zones == 1 && z->index <= 2 ?
				node.throttle_pages : 0;
			to[n++].zone = *z;
		}
		/* After the last zone of a node: its total. */
		if (node.zones < 2 || (i + 1 < s->nr_zones &&
				       s->zone[i + 1].node == z->node))
			continue;
		to[n].total = true;
		to[n].throttle = node.throttle_pages;
		to[n++].zone = node.sum;
	}
	return n;
}

/* Which line can be missed most: DMA first, then the least pressed. */
static int zone_spare(const struct zone_line *l, int n)
{
	double worth, least = INFINITY;
	int i, spare = 0;

	for (i = 0; i < n; i++) {
		worth = -(double)l[i].zone.free_pages /
			(l[i].zone.high_pages + 1);
		if (!l[i].total && !strcmp(l[i].zone.name, "DMA"))
			worth = -INFINITY;
		if (worth < least) {
			least = worth;
			spare = i;
		}
	}
	return spare;
}

int top_zone_rows(const struct top_view *v)
{
	struct zone_line l[2 * NSW_MAX_ZONES];

	return v->now ? zone_lines(v, l) : 0;
}

void top_draw_zones(const struct top_view *v, const struct top_area *a)
{
	static const char *const titles[ZONE_COLS] = {
		"FREE", "MIN", "LOW", "HIGH", "THROT", "DIP", "WORST"
	};
	int i, spare, hidden = 0, cols = number_cols(a->cols);
	struct zone_line l[2 * NSW_MAX_ZONES];
	int n = zone_lines(v, l);
	struct top_area line;
	char text[TOP_TEXT];

	for (; n > a->rows - 1 && n > 0; n--, hidden++) {
		spare = zone_spare(l, n);
		memmove(&l[spare], &l[spare + 1],
			(n - spare - 1) * sizeof(*l));
	}
	area_fill(a, 0, TOP_A_BAR);
	area_text(a, 0, 0, TOP_A_BAR, "ZONES");
	snprintf(text, sizeof(text), "(%d not shown)", hidden);
	if (hidden)
		area_column(a, 0, 12, a->cols - cols * ZONE_COLS - 13, false,
			    TOP_A_BAR, text);
	for (i = 0; i < cols; i++)
		area_column(a, 0, a->cols - (cols - i) * ZONE_COLS, ZONE_COLS,
			    true, TOP_A_BAR, titles[i]);
	if (!n)
		area_text(a, 1, 0, TOP_A_NORMAL, "not known yet");
	for (i = 0; i < n; i++) {
		line = area_sub(a, i + 1, 0, 1, a->cols);
		zone_draw(v, &line, &l[i]);
	}
}

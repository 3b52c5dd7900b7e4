// SPDX-License-Identifier: GPL-2.0
/*
 * top_render.c - a frame: title line, panels laid out over what rows there
 * are, status line, keys.
 *
 * Panels get rows by fixed weights, not by how much they have to say just
 * now, so that nothing jumps while one looks at it.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "top_draw.h"

#define PRESSURE_ROWS	4	/* and one while the guard is on */
#define MIN_ZONE_ROWS	4	/* with its head */
#define WIDE_COLS	140	/* room for two tables side by side */
#define GUTTER		2
#define FIRST_RANK	(-1)

/**
 * struct panel - what the layout needs to know of a panel
 * @min_rows: fewer aren't worth its head
 * @max_rows: more it never fills, 0 = no limit
 * @weight: share of the spare rows
 * @rank: the higher, the earlier it is left out
 */
struct panel {
	const char *name;
	const struct top_table *table;
	void (*draw)(const struct top_view *v, const struct top_area *a);
	int min_rows;
	int max_rows;
	int weight;
	int rank;
};

static const struct panel panels[TOP_NR_PANELS] = {
	[TOP_P_PRESSURE] = { "pressure", .draw = top_draw_pressure },
	[TOP_P_ZONES] = { "zones", .draw = top_draw_zones },
	[TOP_P_DROPS] = { "drops", &top_drops, NULL, 3, 0, 3, 0 },
	[TOP_P_THROTTLED] = { "throttled", &top_throttled, NULL, 3, 0, 2, 4 },
	[TOP_P_TAKERS] = { "takers", &top_takers, NULL, 3, 0, 3, 5 },
	[TOP_P_SOCKETS] = { "sockets", &top_sockets, NULL, 3, 0, 2, 2 },
	[TOP_P_SWAP] = { "swap", &top_swap, NULL, 4, 7, 2, 1 },
	[TOP_P_EVENTS] = { "events", &top_events, NULL, 3, 0, 3, 3 },
	[TOP_P_STATUS] = { "degraded", .draw = top_draw_status },
};

const char *top_panel_name(enum top_panel p)
{
	return p < TOP_NR_PANELS ? panels[p].name : NULL;
}

const struct top_table *top_panel_table(enum top_panel p)
{
	return p < TOP_NR_PANELS ? panels[p].table : NULL;
}

static void panel_draw(const struct top_view *v, enum top_panel p,
		       const struct top_area *a)
{
	if (panels[p].table)
		table_draw(v, panels[p].table, p, a);
	else
		panels[p].draw(v, a);
}

/* Who gets the next spare row: whoever has the least of it for its weight. */
static int neediest(const enum top_panel *list, const int *rows, int nr)
{
	double least = INFINITY, has;
	int i, found = -1;

	for (i = 0; i < nr; i++) {
		const struct panel *p = &panels[list[i]];

		if (!rows[i] || (p->max_rows && rows[i] >= p->max_rows))
			continue;
		has = (double)(rows[i] - p->min_rows) / p->weight;
		if (has < least) {
			least = has;
			found = i;
		}
	}
	return found;
}

/* The selected panel is there even where there is little room. */
static int rank_of(const struct top_view *v, enum top_panel p)
{
	return v->focus == p && !v->batch ? FIRST_RANK : panels[p].rank;
}

static void stack_draw(const struct top_view *v, const enum top_panel *list,
		       int nr, const struct top_area *a)
{
	int rank, i, left = a->rows, row = 0, rows[TOP_NR_PANELS] = { 0 };
	struct top_area part;

	for (rank = FIRST_RANK; rank < TOP_NR_PANELS; rank++)
		for (i = 0; i < nr; i++)
			if (rank_of(v, list[i]) == rank &&
			    panels[list[i]].min_rows <= left) {
				rows[i] = panels[list[i]].min_rows;
				left -= rows[i];
			}
	for (; left > 0 && (i = neediest(list, rows, nr)) >= 0; left--)
		rows[i]++;
	for (i = 0; i < nr; i++) {
		if (!rows[i])
			continue;
		part = area_sub(a, row, 0, rows[i], a->cols);
		panel_draw(v, list[i], &part);
		row += rows[i];
	}
}

static void tables_draw(const struct top_view *v, const struct top_area *a)
{
	static const enum top_panel all[] = { TOP_P_DROPS, TOP_P_THROTTLED,
		TOP_P_TAKERS, TOP_P_SOCKETS, TOP_P_SWAP, TOP_P_EVENTS };
	static const enum top_panel left[] = { TOP_P_DROPS, TOP_P_SOCKETS,
		TOP_P_SWAP };
	static const enum top_panel right[] = { TOP_P_THROTTLED, TOP_P_TAKERS,
		TOP_P_EVENTS };
	int half = (a->cols - GUTTER) / 2;
	struct top_area part;

	if (a->cols < WIDE_COLS) {
		stack_draw(v, all, 6, a);
		return;
	}
	part = area_sub(a, 0, 0, a->rows, half);
	stack_draw(v, left, 3, &part);
	part = area_sub(a, 0, a->cols - half, a->rows, half);
	stack_draw(v, right, 3, &part);
}

static void overview_draw(const struct top_view *v, const struct top_area *a)
{
	int head = PRESSURE_ROWS + !isnan(top_gauge(v, NSW_G_GUARD_MODE));
	int zones = 1 + top_zone_rows(v), most = a->rows / 5;
	struct top_area part;

	part = area_sub(a, 0, 0, head, a->cols);
	panel_draw(v, TOP_P_PRESSURE, &part);
	if (most < MIN_ZONE_ROWS)
		most = MIN_ZONE_ROWS;
	if (zones < MIN_ZONE_ROWS)
		zones = MIN_ZONE_ROWS;
	if (zones > most)
		zones = most;
	part = area_sub(a, head, 0, zones, a->cols);
	panel_draw(v, TOP_P_ZONES, &part);
	part = area_sub(a, head + zones, 0, a->rows, a->cols);
	tables_draw(v, &part);
}

static void title_state(const struct top_view *v, char *buf, size_t size)
{
	if (v->replay)
		snprintf(buf, size, "REPLAY%s x%.3g", v->end ? " END" :
			 v->paused ? " PAUSED" : "", v->speed);
	else if (v->paused)
		snprintf(buf, size, "PAUSED");
	else
		snprintf(buf, size, "every %.3gs", v->delay);
}

static void title_draw(const struct top_view *v, const struct top_area *a)
{
	enum top_level level = top_level(v);
	int word, col = 0;
	char state[48], clock[24] = "-";
	struct tm tm;
	time_t t;

	area_fill(a, 0, TOP_A_BAR);
	word = strlen(top_level_word(level)) + 2;
	snprintf(state, sizeof(state), " %s ", top_level_word(level));
	area_text(a, 0, a->cols - word, top_level_attr(level), state);
	/* What is left of the level: items, the most needed first. */
	struct top_area rest = area_sub(a, 0, 0, 1, a->cols - word);

	title_state(v, state, sizeof(state));
	area_item(&rest, 0, &col, TOP_A_BAR, "netswap-top");
	if (!v->now)
		return;
	t = v->now->wall_ms / 1000;
	if (localtime_r(&t, &tm))
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	area_item(&rest, 0, &col, TOP_A_BAR, "%s", state);
	area_item(&rest, 0, &col, TOP_A_BAR, "%s", clock);
	area_item(&rest, 0, &col, TOP_A_BAR, "%.20s", v->now->host);
	area_item(&rest, 0, &col, TOP_A_BAR, "/proc %s",
		  fmt_age(top_ago(v, v->now->proc_ns)).s);
	if (v->now->bpf)
		area_item(&rest, 0, &col, TOP_A_BAR, "tick %s",
			  fmt_age(v->now->tick_age_ns / 1e9).s);
	area_item(&rest, 0, &col, TOP_A_BAR, "%.40s", v->now->kernel);
}

static void keys_draw(const struct top_view *v, const struct top_area *a)
{
	int i, col = 0;

	if (v->filter_edit) {
		area_fill(a, 0, TOP_A_BAR_FOCUS);
		area_item(a, 0, &col, TOP_A_BAR_FOCUS, "Filter: %s_  (Enter "
			  "keeps it, Esc drops it)", v->filter);
		return;
	}
	area_fill(a, 0, TOP_A_BAR);
	if (v->filter[0])
		area_item(a, 0, &col, TOP_A_BAR_FOCUS, " filter '%s' ",
			  v->filter);
	for (i = 0; i < top_nr_keys; i++) {
		if (!top_keys[i].bar)
			continue;
		area_item(a, 0, &col, TOP_A_BAR, "%s", top_keys[i].bar);
		col--;	/* one blank is enough between these */
	}
}

void top_render(struct nsw_cells *cells, const struct top_view *v)
{
	struct top_area all = { .cells = cells, .utf8 = v->utf8 }, a;
	int foot = v->batch ? 1 : 2;

	cells_size(cells, cells->rows, cells->cols);
	all.rows = cells->rows;
	all.cols = cells->cols;
	title_draw(v, &all);
	if (!v->now)
		return;
	/* Tiny screens keep the top, not the foot. */
	if (all.rows <= foot + 1)
		foot = 0;
	a = area_sub(&all, 1, 0, all.rows - 1 - foot, all.cols);
	if (v->help)
		top_draw_help(v, &a);
	else if (v->zoom != TOP_P_NONE)
		panel_draw(v, v->zoom, &a);
	else
		overview_draw(v, &a);
	if (!foot)
		return;
	if (v->zoom != TOP_P_STATUS || v->help) {
		a = area_sub(&all, all.rows - foot, 0, 1, all.cols);
		top_draw_status(v, &a);
	}
	a = area_sub(&all, all.rows - 1, 0, 1, all.cols);
	if (!v->batch)
		keys_draw(v, &a);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * top_table.c - sort, filter, select and draw any table.
 *
 * qsort() isn't used: it allocates when the array is large.
 */
#define _GNU_SOURCE 1
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "top_draw.h"

#define KEY_LEN		24

struct line {
	int row;
	double number;
	char text[KEY_LEN];
};

/* The table as it is on the screen; one at a time, too large for a stack. */
static struct {
	int nr;
	struct line line[TOP_MAX_LINES];
} list;

static bool matches(const struct top_view *v, const struct top_table *t,
		    int row)
{
	char text[TOP_TEXT];
	int c;

	if (!v->filter[0] || t->no_filter)
		return true;
	for (c = 0; c < t->nr_cols; c++) {
		t->text(v, row, c, text, sizeof(text));
		if (strcasestr(text, v->filter))
			return true;
	}
	t->detail(v, row, text, sizeof(text));
	return strcasestr(text, v->filter);
}

/* Numbers from the largest, absent ones last; text from A. */
static bool before(const struct line *a, const struct line *b, bool invert)
{
	int order;

	if (isnan(a->number) || isnan(b->number)) {
		order = isnan(a->number) - isnan(b->number);
		if (order)
			return order < 0;
		order = strcmp(a->text, b->text);
	} else {
		order = (a->number < b->number) - (a->number > b->number);
	}
	return invert ? order > 0 : order < 0;
}

static void insert(const struct line *l, bool invert)
{
	int i = list.nr++;

	for (; i > 0 && before(l, &list.line[i - 1], invert); i--)
		list.line[i] = list.line[i - 1];
	list.line[i] = *l;
}

static void table_list(const struct top_view *v, const struct top_table *t,
		       enum top_panel p)
{
	int row, rows = t->rows(v), col = v->sort[p].col;
	char text[TOP_TEXT];
	struct line l;

	list.nr = 0;
	for (row = 0; row < rows && list.nr < TOP_MAX_LINES; row++) {
		if ((t->use && !t->use(v, row)) || !matches(v, t, row))
			continue;
		l.row = row;
		l.number = NAN;
		l.text[0] = '\0';
		if (t->col[col].numeric) {
			l.number = t->value(v, row, col);
		} else {
			t->text(v, row, col, text, sizeof(text));
			snprintf(l.text, sizeof(l.text), "%.*s", KEY_LEN - 1,
				 text);
		}
		insert(&l, v->sort[p].invert);
	}
}

static int selected_line(const struct top_view *v, const struct top_table *t,
			 enum top_panel p)
{
	int i;

	for (i = 0; v->sort[p].selected && i < list.nr; i++)
		if (t->id(v, list.line[i].row) == v->sort[p].selected)
			return i;
	return -1;
}

void table_move(struct top_view *v, enum top_panel p, int by)
{
	const struct top_table *t = top_panel_table(p);
	int at;

	if (!t || !v->now)
		return;
	table_list(v, t, p);
	if (!list.nr)
		return;
	at = selected_line(v, t, p);
	at = at < 0 ? 0 : at + by;
	if (at < 0)
		at = 0;
	if (at >= list.nr)
		at = list.nr - 1;
	v->sort[p].selected = t->id(v, list.line[at].row);
}

/* What the column of width 0 gets. */
static int flex_width(const struct top_table *t, int cols)
{
	int c, left = cols;

	for (c = 0; c < t->nr_cols; c++)
		if (t->col[c].width && cols >= t->col[c].min_cols)
			left -= t->col[c].width + 1;
	return left > 0 ? left : 0;
}

static void head_draw(const struct top_view *v, const struct top_table *t,
		      enum top_panel p, const struct top_area *a)
{
	enum top_attr attr = v->focus == p && !v->batch ? TOP_A_BAR_FOCUS :
			     TOP_A_BAR;
	int c, width, len, col = 0, flex = flex_width(t, a->cols);
	char text[TOP_TEXT];

	area_fill(a, 0, attr);
	for (c = 0; c < t->nr_cols; c++) {
		const struct top_col *k = &t->col[c];

		if (a->cols < k->min_cols)
			continue;
		width = k->width ? k->width : flex;
		snprintf(text, sizeof(text), "%s%s", k->title,
			 attr != TOP_A_BAR_FOCUS || c != v->sort[p].col ? "" :
			 v->sort[p].invert ? "^" : "v");
		len = strlen(text);
		area_column(a, 0, col, width, k->right, attr, text);
		if (!k->width && t->title) {
			t->title(v, text, sizeof(text));
			if (len + 2 + (int)strlen(text) <= width)
				area_text(a, 0, col + len + 2, attr, text);
		}
		col += width + 1;
	}
}

static void line_draw(const struct top_view *v, const struct top_table *t,
		      const struct top_area *a, int at, int row, bool select)
{
	enum top_attr attr = select ? TOP_A_SELECT :
			     t->attr ? t->attr(v, row) : TOP_A_NORMAL;
	int c, width, col = 0, flex = flex_width(t, a->cols);
	char text[TOP_TEXT];

	if (select)
		area_fill(a, at, attr);
	for (c = 0; c < t->nr_cols; c++) {
		if (a->cols < t->col[c].min_cols)
			continue;
		width = t->col[c].width ? t->col[c].width : flex;
		t->text(v, row, c, text, sizeof(text));
		area_column(a, at, col, width, t->col[c].right, attr, text);
		col += width + 1;
	}
}

/* Everything about the selected row, wrapped over the last lines. */
static int detail_draw(const struct top_view *v, const struct top_table *t,
		       const struct top_area *a, int row)
{
	char text[TOP_TEXT];
	int lines;

	t->detail(v, row, text, sizeof(text));
	lines = area_wrap(a, a->rows, TOP_A_NORMAL, text);
	if (lines + 3 > a->rows)
		return 0;
	area_wrap(a, a->rows - lines, TOP_A_STRONG, text);
	return lines + 1;
}

void table_draw(const struct top_view *v, const struct top_table *t,
		enum top_panel p, const struct top_area *a)
{
	char text[TOP_TEXT];
	enum top_attr attr;
	int i, sel, room = a->rows - 1, first = 0;

	table_list(v, t, p);
	head_draw(v, t, p, a);
	sel = v->focus == p && !v->batch ? selected_line(v, t, p) : -1;
	if (!list.nr) {
		attr = t->empty(v, text, sizeof(text));
		if (v->filter[0] && attr == TOP_A_NORMAL)
			snprintf(text, sizeof(text), "no row matches '%s'",
				 v->filter);
		area_text(a, 1, 0, attr, text);
		return;
	}
	if (sel >= 0 && v->zoom == p)
		room -= detail_draw(v, t, a, list.line[sel].row);
	if (sel >= room)
		first = sel - room + 1;
	for (i = 0; i < room && first + i < list.nr; i++)
		line_draw(v, t, a, i + 1, list.line[first + i].row,
			  first + i == sel);
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * top_draw.h - what the panels of netswap-top are drawn with: areas that
 * clip, numbers as short texts, tables as data.
 */
#ifndef NETSWAP_TOP_DRAW_H
#define NETSWAP_TOP_DRAW_H

#include "top.h"

/**
 * struct top_area - a rectangle of a screen; drawing outside it does nothing
 * @utf8: block glyphs may be used, not only ASCII
 */
struct top_area {
	struct nsw_cells *cells;
	int row;
	int col;
	int rows;
	int cols;
	bool utf8;
};

/** area_sub() - the part of @a at (@row, @col), clipped to @a. */
struct top_area area_sub(const struct top_area *a, int row, int col,
			 int rows, int cols);

/** area_glyph() - put one character. */
void area_glyph(const struct top_area *a, int row, int col,
		enum top_attr attr, wchar_t ch);

/**
 * area_text() - put text, clipped
 *
 * Whatever isn't printable ASCII becomes '?': names come from strangers,
 * and a terminal obeys what it is sent.
 */
void area_text(const struct top_area *a, int row, int col,
	       enum top_attr attr, const char *text);

/** area_fill() - give a whole row blanks in @attr. */
void area_fill(const struct top_area *a, int row, enum top_attr attr);

/**
 * area_item() - append an item to a line, as a whole or not at all
 * @a: area
 * @row: line
 * @col: where; moved behind the item and two blanks
 *
 * Return: false if there was no room.  Then none is left for later items
 * either: without it they might be taken for its neighbours.
 */
bool area_item(const struct top_area *a, int row, int *col,
	       enum top_attr attr, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/**
 * area_wrap() - put text over as many lines as it takes, broken at blanks
 * @a: area; with @row at or below its end, lines are only counted
 * @row: first line
 *
 * Return: number of lines.
 */
int area_wrap(const struct top_area *a, int row, enum top_attr attr,
	      const char *text);

/**
 * area_column() - put text into a table column
 * @width: of the column; text that is longer ends in '~'
 * @right: align right
 */
void area_column(const struct top_area *a, int row, int col, int width,
		 bool right, enum top_attr attr, const char *text);

/* A short text by value, so that formatting needs no buffers at the caller. */
struct top_num {
	char s[24];
};

/** fmt_size() - bytes as "45.2M"; "-" for NAN, here and below. */
struct top_num fmt_size(double bytes);

/** fmt_margin() - bytes with their sign, "+1.2M". */
struct top_num fmt_margin(double bytes);

/** fmt_count() - a count as "9999", "12.3k". */
struct top_num fmt_count(double n);

/** fmt_rate() - a rate, with a decimal when it is small. */
struct top_num fmt_rate(double n);

/** fmt_ns() - a duration as "350us". */
struct top_num fmt_ns(double ns);

/** fmt_age() - seconds as "0.3s", "12m", "3h". */
struct top_num fmt_age(double secs);

/**
 * fmt_quantile() - a latency of the last interval
 * @v: view
 * @id: histogram
 * @q: quantile
 *
 * When nothing happened in the interval, the one since load, marked '*'.
 */
struct top_num fmt_quantile(const struct top_view *v, enum nsw_hist_id id,
			    double q);

/* ---- tables -------------------------------------------------------- */

/**
 * struct top_col - a column
 * @width: 0 = takes what is left; one such column per table
 * @min_cols: left out when the panel is narrower
 */
struct top_col {
	const char *title;
	short width;
	short min_cols;
	bool right;
	bool numeric;
};

/**
 * struct top_table - rows and columns as data
 * @sort: column at the start
 * @no_filter: a summary, which a filter for names would only empty
 * @rows: how many candidates
 * @use: is candidate @row in the table?
 * @id: identity that lasts from snapshot to snapshot, not 0
 * @text: content of one field
 * @value: the same as a number, for sorting numeric columns
 * @attr: how to show the row
 * @title: completes the title of the column of width 0
 * @empty: what to show instead of rows
 * @detail: everything about the row, for the zoomed panel
 */
struct top_table {
	const struct top_col *col;
	int nr_cols;
	int sort;
	bool no_filter;
	int (*rows)(const struct top_view *v);
	bool (*use)(const struct top_view *v, int row);
	__u64 (*id)(const struct top_view *v, int row);
	void (*text)(const struct top_view *v, int row, int col, char *buf,
		     size_t size);
	double (*value)(const struct top_view *v, int row, int col);
	enum top_attr (*attr)(const struct top_view *v, int row);
	void (*title)(const struct top_view *v, char *buf, size_t size);
	enum top_attr (*empty)(const struct top_view *v, char *buf,
			       size_t size);
	void (*detail)(const struct top_view *v, int row, char *buf,
		       size_t size);
};

extern const struct top_table top_drops, top_throttled, top_takers,
	top_sockets, top_swap, top_events;

/** table_draw() - draw @t with its head, for panel @p. */
void table_draw(const struct top_view *v, const struct top_table *t,
		enum top_panel p, const struct top_area *a);

/** top_draw_pressure() - history, reserve use, throttling, reclaim. */
void top_draw_pressure(const struct top_view *v, const struct top_area *a);

/** top_draw_zones() - a gauge per zone, as many as there is room for. */
void top_draw_zones(const struct top_view *v, const struct top_area *a);

/** top_draw_status() - what is degraded: one line, or all when zoomed. */
void top_draw_status(const struct top_view *v, const struct top_area *a);

/** top_draw_help() - keys, marks and metrics, from line v->help_line. */
void top_draw_help(const struct top_view *v, const struct top_area *a);

/** top_zone_rows() - how many lines top_draw_zones() could fill. */
int top_zone_rows(const struct top_view *v);

#endif /* NETSWAP_TOP_DRAW_H */

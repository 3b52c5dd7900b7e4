/* SPDX-License-Identifier: GPL-2.0 */
/*
 * top.h - netswap-top: what is on the screen, and the state behind it.
 *
 * Rendering is pure: top_render() turns a struct top_view into a buffer of
 * cells.  It knows no terminal, no file, no clock and allocates nothing, so
 * the same code draws live, in batch mode, on replay and in unit tests, and
 * goes on drawing when the machine has no memory left.
 *
 *	top.c		the command: options, loop, replay, batch
 *	top_state.c	snapshot -> history, events, row rates, level
 *	top_keys.c	key -> change of the view
 *	top_render.c	layout
 *	top_draw.h	top_cells.c, top_format.c: what panels draw with
 *	top_head.c	pressure and zones
 *	top_table.c	sort, filter, select, draw any table
 *	top_rows.c	drops, throttled tasks, takers: tables of nsw_top
 *	top_sockets.c, top_swap.c, top_events.c: tables of other things
 *	top_status.c	what is degraded; top_help.c: help screen
 *	tui.c		the terminal
 */
#ifndef NETSWAP_TOP_H
#define NETSWAP_TOP_H

#include <stddef.h>
#include <wchar.h>

#include "metric.h"

/* More than this is left blank: buffers are sized once, not per frame. */
#define TOP_MAX_ROWS	120
#define TOP_MAX_COLS	400
#define TOP_MAX_SAMPLES	512	/* power of two */
#define TOP_MAX_EVENTS	128	/* power of two */
#define TOP_MAX_LINES	256	/* rows of one table */
#define TOP_TEXT	160
#define TOP_FILTER_LEN	24

/* What a cell means; tui.c decides how a terminal shows it. */
enum top_attr {
	TOP_A_NORMAL,
	TOP_A_LABEL,
	TOP_A_STRONG,
	TOP_A_BAR,		/* head of a panel */
	TOP_A_BAR_FOCUS,	/* head of the selected panel */
	TOP_A_SELECT,		/* selected row */
	TOP_A_OK,
	TOP_A_LOW,
	TOP_A_MIN,
	TOP_A_ALERT,
	TOP_NR_ATTRS
};

struct nsw_cell {
	wchar_t ch;
	unsigned char attr;
};

/**
 * struct nsw_cells - a screen
 * @cell: row r, column c is cell[r * TOP_MAX_COLS + c]
 */
struct nsw_cells {
	int rows;
	int cols;
	struct nsw_cell cell[TOP_MAX_ROWS * TOP_MAX_COLS];
};

struct top_table;

enum top_panel {
	TOP_P_PRESSURE,
	TOP_P_ZONES,
	TOP_P_DROPS,
	TOP_P_THROTTLED,
	TOP_P_TAKERS,
	TOP_P_SOCKETS,
	TOP_P_SWAP,
	TOP_P_EVENTS,
	TOP_P_STATUS,
	TOP_NR_PANELS,
	TOP_P_NONE = TOP_NR_PANELS
};

/* How far down the reserve, worst last. */
enum top_level {
	TOP_L_UNKNOWN,
	TOP_L_OK,
	TOP_L_LOW,
	TOP_L_MIN,
	TOP_L_HALF,
	TOP_L_STALE,		/* zone data too old to say */
	TOP_L_THROTTLING,
	TOP_NR_LEVELS
};

/**
 * struct top_sample - one tick in the pressure history
 * @depth: 0 at or above the high watermark, 1 nothing free; worst zone, at
 *	its lowest point of the tick; NAN = unknown
 * @throttled: a task was put to sleep, or slept
 */
struct top_sample {
	__u64 ns;
	float depth;
	bool throttled;
};

/**
 * struct top_sort - order and selection of one table
 * @selected: id of the selected row, 0 = none
 */
struct top_sort {
	int col;
	bool invert;
	__u64 selected;
};

/**
 * struct top_view - all that a frame depends on
 * @now: snapshot on the screen; NULL before the first
 * @row_rate: per entry of now->top: count per second, NAN = unknown
 * @proc, @proc_rate: kernel numbers and their rates when the helper last
 *	read them, which is less often than there are frames
 * @nr_samples, @nr_events: how many were ever added; the newest is entry
 *	(nr - 1) % size
 * @notes: lines for the status panel from outside (not locked in memory)
 * @end: the recording is over
 * @speed: of a replay
 */
struct top_view {
	const struct nsw_snapshot *now;
	struct nsw_delta delta;
	double row_rate[NSW_SNAP_TOPS];
	__u64 proc_ns;
	__u64 proc[NSW_NR_PROCS];
	bool proc_valid[NSW_NR_PROCS];
	double proc_rate[NSW_NR_PROCS];
	unsigned int nr_samples;
	struct top_sample sample[TOP_MAX_SAMPLES];
	unsigned int nr_events;
	struct nsw_event event[TOP_MAX_EVENTS];

	enum top_panel focus;
	enum top_panel zoom;
	struct top_sort sort[TOP_NR_PANELS];
	char filter[TOP_FILTER_LEN];
	bool filter_edit;
	bool paused;
	bool help;
	int help_line;
	bool step;
	double delay;
	double speed;
	bool batch;
	bool replay;
	bool end;
	bool utf8;
	char note[TOP_TEXT];
};

/* ---- state --------------------------------------------------------- */

/**
 * top_view_init() - a view without data
 * @v: view
 * @delay: seconds between frames, for the title
 */
void top_view_init(struct top_view *v, double delay);

/**
 * top_view_feed() - go on to the next snapshot
 * @v: view
 * @now: new snapshot; must stay while it is on the screen
 *
 * The previous one, v->now, is still read here and no longer afterwards.
 */
void top_view_feed(struct top_view *v, const struct nsw_snapshot *now);

/** top_view_reset() - forget history and events. */
void top_view_reset(struct top_view *v);

/** top_proc_late() - are the /proc numbers older than they should be? */
bool top_proc_late(const struct top_view *v);

/** top_stale() - are the zones, from BPF or /proc, too old to rely on? */
bool top_stale(const struct top_view *v);

/** top_level() - how bad is it now? */
enum top_level top_level(const struct top_view *v);

/** top_level_word() - @l in one or two words. */
const char *top_level_word(enum top_level l);

/** top_level_attr() - attribute for something at level @l. */
enum top_attr top_level_attr(enum top_level l);

/**
 * struct top_node - a node's zones as allow_direct_reclaim() adds them up
 * @zones: how many of its zones count
 * @throttle_pages: at so many free pages direct reclaim is throttled
 */
struct top_node {
	int zones;
	struct nsw_zone_info sum;
	__u64 throttle_pages;
};

/**
 * top_node_sum() - add up the zones of @node that decide on throttling
 * @s: snapshot
 * @node: node id
 * @n: result; n->zones is 0 if there is no such zone
 */
void top_node_sum(const struct nsw_snapshot *s, __u32 node,
		  struct top_node *n);

/** top_counter() - value since load, NAN = absent. */
double top_counter(const struct top_view *v, enum nsw_counter id);

/** top_rate() - per second in the last interval, NAN = absent. */
double top_rate(const struct top_view *v, enum nsw_counter id);

/** top_gauge() - value now, NAN = absent. */
double top_gauge(const struct top_view *v, enum nsw_gauge id);

/** top_proc() - kernel's value since boot, NAN = absent. */
double top_proc(const struct top_view *v, enum nsw_proc id);

/** top_proc_rate() - kernel's value per second, NAN = absent. */
double top_proc_rate(const struct top_view *v, enum nsw_proc id);

/** top_ago() - seconds from @ns to the snapshot's moment, NAN for 0. */
double top_ago(const struct top_view *v, __u64 ns);

/* ---- keys ---------------------------------------------------------- */

/* What a key press asks of the loop. */
#define TOP_DO_DRAW	1
#define TOP_DO_QUIT	2
#define TOP_DO_RESTART	4	/* delay changed: time the next anew */

/**
 * struct top_key - one row of the key table
 * @keys: as a person calls them
 * @bar: word on the bottom line, NULL = help screen only
 */
struct top_key {
	int key[4];
	int action;
	const char *keys;
	const char *bar;
	const char *help;
};

extern const struct top_key top_keys[];
extern const int top_nr_keys;

/**
 * top_press() - act on a key
 * @v: view, changed accordingly
 * @key: character or enum tui_key
 *
 * Return: TOP_DO_* bits.
 */
int top_press(struct top_view *v, int key);

/* ---- drawing ------------------------------------------------------- */

/**
 * top_render() - draw a frame
 * @cells: result; its rows and cols are set by the caller
 * @v: what to draw
 */
void top_render(struct nsw_cells *cells, const struct top_view *v);

/** top_panel_name() - name of a panel for --panel, NULL after the last. */
const char *top_panel_name(enum top_panel p);

/** top_panel_table() - the table of a panel, NULL if it isn't one. */
const struct top_table *top_panel_table(enum top_panel p);

/**
 * table_move() - move the selection by @by rows
 * @v: view
 * @p: panel with a table
 */
void table_move(struct top_view *v, enum top_panel p, int by);

/** cells_size() - set the size of @cells, within limits, and blank it. */
void cells_size(struct nsw_cells *cells, int rows, int cols);

/**
 * cells_line() - a row of @cells as text in the locale's encoding
 * @cells: screen
 * @row: which row
 * @buf: result, trailing blanks trimmed
 * @size: of @buf
 */
void cells_line(const struct nsw_cells *cells, int row, char *buf,
		size_t size);

#endif /* NETSWAP_TOP_H */

// SPDX-License-Identifier: GPL-2.0
/*
 * top_keys.c - keys and what they do to the view.
 *
 * The table is also the bottom line and the first part of the help screen,
 * so a key can't exist without being documented.
 */
#include <string.h>

#include "top_draw.h"
#include "tui.h"

enum action {
	ACT_HELP,
	ACT_FILTER,
	ACT_SORT,
	ACT_SORT_BACK,
	ACT_INVERT,
	ACT_NEXT,
	ACT_PREV,
	ACT_UP,
	ACT_DOWN,
	ACT_PGUP,
	ACT_PGDN,
	ACT_ZOOM,
	ACT_PAUSE,
	ACT_STEP,
	ACT_SLOWER,
	ACT_FASTER,
	ACT_RESET,
	ACT_DEGRADED,
	ACT_BACK,
	ACT_QUIT,
};

#define PAGE		10
#define MIN_DELAY	0.1
#define MAX_DELAY	60.0
#define F(n)		(TUI_K_F0 + (n))

const struct top_key top_keys[] = {
	{ { F(1), 'h', '?' }, ACT_HELP, "F1 h ?", "h:Help",
	  "this help" },
	{ { 'q', F(10), TUI_K_INTR }, ACT_QUIT, "q F10", "q:Quit", "quit" },
	{ { TUI_K_RIGHT, '\t' }, ACT_NEXT, "Tab Right", "Tab:Panel",
	  "next panel" },
	{ { TUI_K_LEFT, TUI_K_BACKTAB }, ACT_PREV, "S-Tab Left", NULL,
	  "previous panel" },
	{ { TUI_K_UP, 'k' }, ACT_UP, "Up k", NULL, "row above" },
	{ { TUI_K_DOWN, 'j' }, ACT_DOWN, "Down j", NULL, "row below" },
	{ { TUI_K_PGUP }, ACT_PGUP, "PgUp", NULL, "ten rows up" },
	{ { TUI_K_PGDN }, ACT_PGDN, "PgDn", NULL, "ten rows down" },
	{ { '\n', '\r', 'z' }, ACT_ZOOM, "Enter z", "z:Zoom",
	  "panel on the whole screen, with all about the selected row" },
	{ { F(3), '/', '\\' }, ACT_FILTER, "F3 /", "/:Filter",
	  "show only rows that contain a text; Enter keeps, Esc drops it" },
	{ { F(6), 's', '>' }, ACT_SORT, "F6 s >", "s:Sort",
	  "sort the panel by the next column" },
	{ { '<' }, ACT_SORT_BACK, "<", NULL, "by the previous column" },
	{ { 'I', 'i' }, ACT_INVERT, "i", NULL, "invert the order" },
	{ { ' ', 'p' }, ACT_PAUSE, "Space p", "p:Pause",
	  "pause and go on" },
	{ { ']', '.' }, ACT_STEP, "]", NULL, "one frame on, when paused" },
	{ { '+', '=' }, ACT_SLOWER, "+", "+-:Delay",
	  "longer between frames; a replay: slower" },
	{ { '-', '_' }, ACT_FASTER, "-", NULL,
	  "shorter between frames; a replay: faster" },
	{ { 'r' }, ACT_RESET, "r", NULL, "forget history and events" },
	{ { 'd' }, ACT_DEGRADED, "d", "d:Degraded",
	  "what is degraded, in full, with remedies" },
	{ { TUI_K_ESC }, ACT_BACK, "Esc", NULL,
	  "leave help, zoom and filter" },
};

const int top_nr_keys = sizeof(top_keys) / sizeof(*top_keys);

static int find_action(int key)
{
	int i, k;

	for (i = 0; i < top_nr_keys; i++)
		for (k = 0; k < 4; k++)
			if (key && top_keys[i].key[k] == key)
				return top_keys[i].action;
	return -1;
}

static int edit_filter(struct top_view *v, int key)
{
	size_t len = strlen(v->filter);

	if (key == TUI_K_INTR)
		return TOP_DO_QUIT;
	if (key == TUI_K_ESC)
		v->filter[0] = '\0';
	if (key == TUI_K_ESC || key == '\n' || key == '\r')
		v->filter_edit = false;
	else if ((key == TUI_K_BACKSPACE || key == '\b') && len)
		v->filter[len - 1] = '\0';
	else if (key >= ' ' && key < 127 && len < sizeof(v->filter) - 1) {
		v->filter[len] = key;
		v->filter[len + 1] = '\0';
	}
	return TOP_DO_DRAW;
}

/* Only panels that have rows can be selected. */
static void move_focus(struct top_view *v, int by)
{
	int p = v->focus;

	do {
		p = (p + by + TOP_NR_PANELS) % TOP_NR_PANELS;
	} while (!top_panel_table(p) && p != (int)v->focus);
	v->focus = p;
	if (v->zoom != TOP_P_NONE)
		v->zoom = p;
}

static void move_sort(struct top_view *v, int by)
{
	const struct top_table *t = top_panel_table(v->focus);
	struct top_sort *s = &v->sort[v->focus];

	if (t)
		s->col = (s->col + by + t->nr_cols) % t->nr_cols;
}

static void move_row(struct top_view *v, int by)
{
	if (!v->help) {
		table_move(v, v->focus, by);
		return;
	}
	v->help_line += by;
	if (v->help_line < 0)
		v->help_line = 0;
}

static void scale_delay(struct top_view *v, double by)
{
	double *d = v->replay ? &v->speed : &v->delay;

	*d *= v->replay ? 1 / by : by;
	if (v->replay)
		return;
	if (*d < MIN_DELAY)
		*d = MIN_DELAY;
	if (*d > MAX_DELAY)
		*d = MAX_DELAY;
}

static void go_back(struct top_view *v)
{
	if (v->help)
		v->help = false;
	else if (v->zoom != TOP_P_NONE)
		v->zoom = TOP_P_NONE;
	else
		v->filter[0] = '\0';
}

static void toggle_zoom(struct top_view *v, enum top_panel p)
{
	v->help = false;
	v->zoom = v->zoom == TOP_P_NONE ? p : TOP_P_NONE;
}

static int act_view(struct top_view *v, int action)
{
	switch (action) {
	case ACT_HELP:
		v->help = !v->help;
		v->help_line = 0;
		return TOP_DO_DRAW;
	case ACT_FILTER:
		v->filter_edit = true;
		return TOP_DO_DRAW;
	case ACT_ZOOM:
		toggle_zoom(v, v->focus);
		return TOP_DO_DRAW;
	case ACT_DEGRADED:
		toggle_zoom(v, TOP_P_STATUS);
		return TOP_DO_DRAW;
	case ACT_BACK:
		go_back(v);
		return TOP_DO_DRAW;
	case ACT_RESET:
		top_view_reset(v);
		return TOP_DO_DRAW;
	case ACT_PAUSE:
		v->paused = !v->paused;
		return TOP_DO_DRAW | TOP_DO_RESTART;
	case ACT_STEP:
		v->step = v->paused;
		return TOP_DO_DRAW;
	case ACT_SLOWER:
	case ACT_FASTER:
		scale_delay(v, action == ACT_SLOWER ? 2 : .5);
		return TOP_DO_DRAW | TOP_DO_RESTART;
	}
	return action == ACT_QUIT ? TOP_DO_QUIT : 0;
}

int top_press(struct top_view *v, int key)
{
	int action;

	if (key == TUI_K_RESIZE)
		return TOP_DO_DRAW;
	if (v->filter_edit)
		return edit_filter(v, key);
	action = find_action(key);
	switch (action) {
	case ACT_NEXT:
	case ACT_PREV:
		move_focus(v, action == ACT_NEXT ? 1 : -1);
		break;
	case ACT_SORT:
	case ACT_SORT_BACK:
		move_sort(v, action == ACT_SORT ? 1 : -1);
		break;
	case ACT_INVERT:
		v->sort[v->focus].invert = !v->sort[v->focus].invert;
		break;
	case ACT_UP:
	case ACT_DOWN:
		move_row(v, action == ACT_UP ? -1 : 1);
		break;
	case ACT_PGUP:
	case ACT_PGDN:
		move_row(v, action == ACT_PGUP ? -PAGE : PAGE);
		break;
	default:
		return act_view(v, action);
	}
	return TOP_DO_DRAW;
}

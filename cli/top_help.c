// SPDX-License-Identifier: GPL-2.0
/*
 * top_help.c - the help screen, generated from the key table, from what the
 * marks mean, and from the tables of metrics.
 */
#include <stdio.h>
#include <string.h>

#include "top_draw.h"

#define KEY_COLS	12

static const struct {
	const char *mark;
	const char *meaning;
} legend[] = {
	{ "Pressure", "lowest point of the worst zone in each frame: 0% = at "
	  "or above its high watermark, 100% = nothing free.  T = a task was "
	  "throttled in direct reclaim" },
	{ "[#..L.H..]", "free pages of a zone against its watermarks: M min, "
	  "L low, H high, ! lowest point since the last frame, > more than "
	  "the scale" },
	{ "T  THROT", "with so much or less free in the zones that the "
	  "kernel itself uses, direct reclaim is throttled: half of the sum "
	  "of their min watermarks" },
	{ "DIP WORST", "lowest distance to min since the last frame, and "
	  "since load; - is below min" },
	{ "rx, ok", "packets received in reserve memory per second, and those "
	  "of them that reached a memalloc socket" },
	{ "found, key", "sockets with SOCK_MEMALLOC, and how many the kernel "
	  "counts; a key without a socket is a leak" },
	{ "waits", "waits in reclaim_throttle(), all reasons" },
	{ "held", "reserve pages not yet given back: an upper bound" },
	{ "-", "not known, which is not 0: key d says why" },
	{ "1.2ms*", "since load: nothing happened since the last frame" },
	{ "kernel", "the kernel's own counts, read from /proc at the age "
	  "shown" },
	{ "name~", "cut; zoom shows all of it" },
};

/* Lines above the first visible one are counted, not drawn. */
struct page {
	const struct top_area *a;
	int line;
};

static void entry(struct page *p, enum top_attr attr, const char *what,
		  const char *text)
{
	struct top_area right = area_sub(p->a, 0, KEY_COLS, p->a->rows,
					 p->a->cols - KEY_COLS);
	int lines;

	area_text(p->a, p->line, 0, TOP_A_STRONG, what);
	lines = area_wrap(&right, p->line, attr, text);
	p->line += lines ? lines : 1;
}

static void heading(struct page *p, const char *text)
{
	p->line++;
	area_fill(p->a, p->line, TOP_A_BAR);
	area_text(p->a, p->line++, 0, TOP_A_BAR, text);
}

/* Rows of a family share the help of the first. */
static void metrics(struct page *p, const char *head,
		    const struct nsw_metric *m, int nr)
{
	int i;

	heading(p, head);
	for (i = 0; i < nr; i++)
		if (m[i].help[0])
			entry(p, TOP_A_NORMAL, m[i].title, m[i].help);
}

void top_draw_help(const struct top_view *v, const struct top_area *a)
{
	struct page p = { .a = a, .line = -v->help_line };
	unsigned int i;

	area_fill(a, p.line, TOP_A_BAR);
	area_text(a, p.line++, 0, TOP_A_BAR,
		  "KEYS (Up, Down, PgUp, PgDn move; Esc leaves)");
	for (i = 0; i < (unsigned int)top_nr_keys; i++)
		entry(&p, TOP_A_NORMAL, top_keys[i].keys, top_keys[i].help);
	heading(&p, "WHAT IS WHAT");
	for (i = 0; i < sizeof(legend) / sizeof(*legend); i++)
		entry(&p, TOP_A_NORMAL, legend[i].mark, legend[i].meaning);
	metrics(&p, "COUNTERS", nsw_counters, NSW_NR_COUNTERS);
	metrics(&p, "LATENCIES", nsw_hists, NSW_NR_HISTS);
	metrics(&p, "STATE", nsw_gauges, NSW_NR_GAUGES);
	heading(&p, "THE KERNEL'S OWN NUMBERS");
	for (i = 0; i < NSW_NR_PROCS; i++)
		entry(&p, TOP_A_NORMAL, nsw_procs[i].title, nsw_procs[i].help);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * top_status.c - what is degraded: all that keeps the rest of the screen from
 * being the whole truth, in one line, or in full when zoomed.
 */
#include <stdio.h>
#include <string.h>

#include "top_draw.h"

#define NR_LOST		(NSW_C_LOST_STACK - NSW_C_LOST_TABLE + 1)

/* Things to check, in order of importance; then one per group. */
enum check {
	CHECK_WHY,
	CHECK_LEAK,
	CHECK_BLOCK_ERR,
	CHECK_FS_ERR,
	CHECK_TICK,
	CHECK_PROC,
	CHECK_NOTE,
	CHECK_EVENTS,
	CHECK_MISSES,
	CHECK_LOST,
	CHECK_GROUPS = CHECK_LOST + NR_LOST,
	NR_CHECKS = CHECK_GROUPS + NSW_NR_GROUPS
};

/* What is wrong, in few words and in many. */
struct issue {
	char brief[TOP_TEXT];
	char full[2 * TOP_TEXT];
};

static bool count_issue(struct issue *i, double n, const char *what,
			const char *full)
{
	if (!(n > 0))
		return false;
	snprintf(i->brief, sizeof(i->brief), "%s %s", what, fmt_count(n).s);
	snprintf(i->full, sizeof(i->full), "%s %s: %s", what, fmt_count(n).s,
		 full);
	return true;
}

static bool group_issue(const struct top_view *v, int g, struct issue *i)
{
	const struct nsw_group_info *info = &nsw_groups[g];

	/* Without BPF, CHECK_WHY has said it all. */
	if (v->now->group[g] || !v->now->bpf || g == NSW_GRP_SELF ||
	    g == NSW_GRP_GUARD)
		return false;
	snprintf(i->brief, sizeof(i->brief), "no %s", info->name);
	snprintf(i->full, sizeof(i->full), "no %s: %s%s%s", info->name,
		 info->absent, info->proc[0] ? "; instead: " : "", info->proc);
	return true;
}

static bool late_issue(const struct top_view *v, enum check c,
		       struct issue *i)
{
	const struct nsw_snapshot *s = v->now;
	double proc = top_ago(v, s->proc_ns);

	if (c == CHECK_TICK) {
		if (!top_stale(v) || s->zone[0].from_proc)
			return false;
		snprintf(i->brief, sizeof(i->brief), "zone data %s old",
			 fmt_age(s->tick_age_ns / 1e9).s);
		snprintf(i->full, sizeof(i->full), "%s: netswap was "
			 "unloaded, "
			 "or its timer stopped (load it anew)", i->brief);
		return true;
	}
	if (!s->proc_ns) {
		snprintf(i->brief, sizeof(i->brief), "/proc not read yet");
	} else if (top_proc_late(v)) {
		snprintf(i->brief, sizeof(i->brief), "/proc %s old",
			 fmt_age(proc).s);
	} else {
		return false;
	}
	snprintf(i->full, sizeof(i->full), "%s: its reader waits for the "
		 "kernel, which is short of memory", i->brief);
	return true;
}

static bool text_issue(const char *text, struct issue *i)
{
	if (!text[0])
		return false;
	snprintf(i->brief, sizeof(i->brief), "%s", text);
	snprintf(i->full, sizeof(i->full), "%s", text);
	return true;
}

static bool issue_get(const struct top_view *v, int c, struct issue *i)
{
	const struct nsw_snapshot *s = v->now;
	char what[24];

	switch (c) {
	case CHECK_WHY:
		return text_issue(s->why, i);
	case CHECK_LEAK:
		return top_gauge(v, NSW_G_KEY_LEAKED) > 0 &&
		       text_issue("LEAK of memalloc_socks_key", i);
	case CHECK_BLOCK_ERR:
		return count_issue(i, top_counter(v, NSW_C_SWAP_BLOCK_ERR),
				   "swap errors (block)",
				   "requests to swap devices failed");
	case CHECK_FS_ERR:
		return count_issue(i, top_counter(v, NSW_C_SWAP_FS_ERR),
				   "swap errors (fs)",
				   "requests to swap files failed");
	case CHECK_TICK:
	case CHECK_PROC:
		return late_issue(v, c, i);
	case CHECK_NOTE:
		return text_issue(v->note, i);
	case CHECK_EVENTS:
		return count_issue(i, s->lost_events, "lost events",
				   "overwritten before they were read");
	case CHECK_MISSES:
		return count_issue(i, top_gauge(v, NSW_G_PROG_MISSES),
				   "program misses",
				   "runs the kernel skipped, not counted");
	}
	if (c >= CHECK_GROUPS)
		return group_issue(v, c - CHECK_GROUPS, i);
	c += NSW_C_LOST_TABLE - CHECK_LOST;
	snprintf(what, sizeof(what), "lost (%s)", nsw_counters[c].value);
	return count_issue(i, top_counter(v, c), what,
			   "netswap could not record that many");
}

/*
 * An item must leave room for "+N" behind it.  One that alone is too long,
 * and comes first, is cut rather than left out.
 */
static bool item_fits(const struct top_area *a, struct issue *i, int col)
{
	int room = a->cols - col - 7;

	if ((int)strlen(i->brief) <= room)
		return true;
	if (col > 11 || room < 20)
		return false;
	while (room > 0 && i->brief[room] != ' ')
		room--;
	i->brief[room] = '\0';
	return true;
}

static void draw_brief(const struct top_view *v, const struct top_area *a)
{
	int c, more = 0, col = 0;
	bool first = true;
	struct issue i;

	for (c = 0; c < NR_CHECKS; c++) {
		if (!issue_get(v, c, &i))
			continue;
		if (!col)
			area_item(a, 0, &col, TOP_A_LOW, "Degraded:");
		/* Once one had no room, none: order is importance. */
		if (more || !item_fits(a, &i, col))
			more++;
		else
			area_item(a, 0, &col, c == CHECK_LEAK ? TOP_A_ALERT :
				  TOP_A_STRONG, "%s%s", first ? "" : "| ",
				  i.brief);
		first = false;
	}
	if (more)
		area_item(a, 0, &col, TOP_A_LABEL, "+%d", more);
	if (!col)
		area_item(a, 0, &col, TOP_A_OK, "All attached, nothing lost");
}

void top_draw_status(const struct top_view *v, const struct top_area *a)
{
	struct issue i;
	int c, row = 1;

	if (v->zoom != TOP_P_STATUS) {
		draw_brief(v, a);
		return;
	}
	area_fill(a, 0, TOP_A_BAR_FOCUS);
	area_text(a, 0, 0, TOP_A_BAR_FOCUS, "DEGRADED");
	for (c = 0; c < NR_CHECKS; c++)
		if (issue_get(v, c, &i))
			row += area_wrap(a, row, TOP_A_NORMAL, i.full);
	if (row == 1)
		area_text(a, row, 0, TOP_A_OK, "All attached, nothing lost");
}

// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_show.c - netswap show and events: snapshots to stdout.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "collect.h"
#include "json.h"
#include "log.h"
#include "names.h"
#include "tick.h"
#include "util.h"
#include "view.h"

static double interval;
static unsigned long count;
static bool wanted[NSW_NR_VIEWS], follow;
static const char *replay;

static int open_source(struct nsw_source **src)
{
	int err;

	if (replay)
		return source_replay(src, replay);
	err = source_live(src);
	return err ? log_err(err, "out of memory") : 0;
}

/* Two snapshots in turn: the one before is what rates are made of. */
struct series {
	struct nsw_source *src;
	struct nsw_snapshot snap[2];
	struct nsw_delta delta;
	unsigned long nr;
};

static struct series series;

/* 1 and series.delta, 0 at the end, or a negative errno, reported. */
static int series_next(void)
{
	struct nsw_snapshot *now = &series.snap[series.nr & 1];
	int got;

	source_read_proc(series.src);
	got = source_read(series.src, now);
	if (got <= 0)
		return got;
	if (source_live_p(series.src)) {
		names_stacks(now);
		names_cgroups(now);
	}
	delta_make(&series.delta, series.nr ? &series.snap[!(series.nr & 1)] :
		   NULL, now);
	series.nr++;
	return 1;
}

static int done_code(void)
{
	const struct nsw_snapshot *s = &series.snap[(series.nr - 1) & 1];

	return series.nr && (s->bpf || replay) ? NSW_EXIT_OK :
						 NSW_EXIT_DEGRADED;
}

static const struct nsw_view *choose_view(void)
{
	static const struct nsw_view *const views[] = {
#define NSW_ROW(name, help) &view_##name,
		NSW_VIEWS(NSW_ROW)
#undef NSW_ROW
	};
	const struct nsw_view *view = NULL;
	int i, given = 0;

	for (i = 0; i < NSW_NR_VIEWS; i++) {
		given += wanted[i];
		if (wanted[i] || !view)
			view = views[i];
	}
	nsw_json = wanted[NSW_VIEW_json];
	return given > 1 ? NULL : view;
}

/* With --json and an interval: one array, so still one document. */
static int show_series(const struct nsw_view *view)
{
	bool array = nsw_json && (interval > 0 || replay);
	__u64 start = now_mono_ns();
	unsigned long limit = count ? count : interval > 0 || replay ? 0 : 1;
	int got = 1;

	if (view->begin)
		view->begin(stdout);
	if (array)
		puts("[");
	while (!tick_stopped && (!limit || series.nr < limit)) {
		if (series.nr && !replay)
			tick_wait(start, series.nr, interval);
		got = tick_stopped ? 0 : series_next();
		if (got <= 0)
			break;
		if (array && series.nr > 1)
			puts(",");
		view->snapshot(stdout, &series.delta);
		if (fflush(stdout))
			break;
	}
	if (array && got < 0 && series.nr)
		puts(",");
	if (array && got < 0)
		json_fail();
	if (array)
		puts("]");
	return got;
}

static int run_show(int argc, char **argv)
{
	const struct nsw_view *view = choose_view();
	int got;

	(void)argc, (void)argv;
	if (!view) {
		log_err(0, "output formats exclude each other: give one");
		json_fail();
		return NSW_EXIT_USAGE;
	}
	if (count && interval <= 0 && !replay)
		interval = 1;
	if (open_source(&series.src))
		return json_fail();
	tick_signals();
	got = show_series(view);
	source_close(series.src);
	return got < 0 ? NSW_EXIT_FAILED : done_code();
}

static const struct nsw_opt show_options[] = {
	{ 'i', "interval", "SECS", NSW_OPT_SECS, &interval,
	  "Repeat every SECS seconds, with rates" },
	{ 'n', "count", "COUNT", NSW_OPT_COUNT, &count,
	  "Stop after COUNT snapshots" },
#define NSW_ROW(name, help)						\
	{ 300 + NSW_VIEW_##name, #name, NULL, NSW_OPT_FLAG,		\
	  &wanted[NSW_VIEW_##name], help },
	NSW_VIEWS(NSW_ROW)
#undef NSW_ROW
	{ 258, "replay", "FILE", NSW_OPT_STRING, &replay,
	  "Show a recording instead of this machine ('-' for stdin)" },
	{}
};

const struct nsw_cmd cmd_show = {
	.name = "show",
	.summary = "Print all counters, once or repeatedly",
	.args = "",
	.doc = "A number that is not known is shown as '-', null or an empty "
	       "field, never as 0.  Without BPF (not loaded, no privilege, no "
	       "BTF) what /proc tells is shown, and exit code is 3.",
	.options = show_options,
	.run = run_show,
};

static void print_events(json_t *all)
{
	const struct nsw_snapshot *s = series.delta.now;
	char when[32], text[160];
	json_t *doc;
	__u32 i;

	if (s->lost_events)
		log_warn("%llu events were overwritten before they were read",
			 s->lost_events);
	for (i = 0; i < s->nr_events; i++) {
		doc = nsw_json ? event_to_json(s, &s->event[i]) : NULL;
		if (all) {
			json_array_append_new(all, doc);
			continue;
		}
		if (doc) {
			json_dumpf(doc, stdout, JSON_COMPACT |
				   JSON_PRESERVE_ORDER);
			json_decref(doc);
			putchar('\n');
			continue;
		}
		time_text(s, s->event[i].ns, when, sizeof(when));
		event_text(&s->event[i], text, sizeof(text));
		printf("%s %-9s %s\n", when,
		       nsw_event_names[s->event[i].type < NSW_NR_EVENTS ?
				       s->event[i].type : 0], text);
	}
}

/* Reading sockets is what notices a leak; do that every ten seconds. */
static int follow_events(json_t *all)
{
	__u64 start = now_mono_ns();
	unsigned long tick = 0;
	int got = 1;

	while (!tick_stopped && got > 0) {
		if (tick % 50 == 0)
			source_read_proc(series.src);
		got = source_read(series.src, &series.snap[0]);
		if (got <= 0)
			break;
		series.nr = 1;
		delta_make(&series.delta, NULL, &series.snap[0]);
		print_events(all);
		if (fflush(stdout))
			break;
		/* A full snapshot may mean more: read on at once. */
		if (replay || series.snap[0].nr_events == NSW_SNAP_EVENTS)
			continue;
		if (!follow)
			break;
		tick_wait(start, ++tick, 0.2);
	}
	return got;
}

static int run_events(int argc, char **argv)
{
	/* Following has no end, so there each line is a document. */
	json_t *all = nsw_json && !follow ? json_array() : NULL;
	int got;

	(void)argc, (void)argv;
	if (open_source(&series.src))
		return json_fail();
	source_all_events(series.src);
	tick_signals();
	got = follow_events(all);
	source_close(series.src);
	if (all)
		json_end(all, 0);
	if (!done_code())
		return got < 0 ? NSW_EXIT_FAILED : NSW_EXIT_OK;
	if (got >= 0)
		log_warn("%s", series.snap[0].why);
	return got < 0 ? NSW_EXIT_FAILED : NSW_EXIT_DEGRADED;
}

static const struct nsw_opt events_options[] = {
	{ 'f', "follow", NULL, NSW_OPT_FLAG, &follow,
	  "Go on and print events as they come" },
	{ 258, "replay", "FILE", NSW_OPT_STRING, &replay,
	  "Read a recording instead of this machine ('-' for stdin)" },
	{}
};

const struct nsw_cmd cmd_events = {
	.name = "events",
	.summary = "Print the event stream",
	.args = "",
	.doc = "Long throttles, new low-water marks, the first drop of each "
	       "burst, leaked keys.  Events are kept in a ring of 1024; what a "
	       "reader lost is said on stderr.  With --json one array, with "
	       "--json --follow one object per line.",
	.options = events_options,
	.json = true,
	.run = run_events,
};

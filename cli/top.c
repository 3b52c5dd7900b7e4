// SPDX-License-Identifier: GPL-2.0
/*
 * top.c - netswap-top, the live view: options, the loop, batch and replay.
 *
 * After start-up the loop allocates nothing and asks the kernel for nothing
 * but the time, a key and a write to the terminal.  All that is large is
 * static for that reason.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd.h"
#include "collect.h"
#include "log.h"
#include "steady.h"
#include "tui.h"
#include "util.h"

#define DEFAULT_ROWS	24
#define DEFAULT_COLS	80
#define NR_SNAPS	3	/* before, now, and read ahead on a replay */

static struct {
	bool batch;
	bool no_lock;
	unsigned long count;
	double delay;
	const char *replay;
	const char *panel;
} opt = { .delay = 1 };

static struct {
	struct nsw_source *src;
	struct top_view view;
	struct nsw_cells cells;
	struct nsw_snapshot snap[NR_SNAPS];
	int cur;
	bool ahead;		/* snap[cur + 1] has been read already */
	unsigned long frames;
} top;

static struct nsw_snapshot *snap_after(int n)
{
	return &top.snap[(top.cur + n) % NR_SNAPS];
}

/* Next snapshot into the view.  Return: 1, 0 at the end, negative errno. */
static int advance(void)
{
	int ret = 1;

	if (!top.ahead)
		ret = source_read(top.src, snap_after(1));
	if (ret <= 0) {
		top.view.end = true;
		return ret;
	}
	top.cur = (top.cur + 1) % NR_SNAPS;
	top_view_feed(&top.view, &top.snap[top.cur]);
	top.frames++;
	if (!top.view.replay)
		return 1;
	/* When the next one is due says only the next one. */
	ret = source_read(top.src, snap_after(1));
	top.ahead = ret > 0;
	top.view.end = ret <= 0;
	return ret < 0 ? ret : 1;
}

static __u64 period_ns(void)
{
	__u64 now, next;

	if (!top.view.replay)
		return top.view.delay * 1e9;
	if (!top.ahead)
		return 0;
	now = snap_after(0)->mono_ns;
	next = snap_after(1)->mono_ns;
	return next > now ? (next - now) / top.view.speed : 0;
}

static bool enough(void)
{
	return opt.count && top.frames >= opt.count;
}

static void draw(void)
{
	tui_size(&top.cells.rows, &top.cells.cols);
	top_render(&top.cells, &top.view);
	tui_draw(&top.cells);
}

static int wait_ms(__u64 due)
{
	__u64 now = now_mono_ns();

	if (top.view.end || top.view.paused)
		return -1;
	return due > now ? (due - now + 999999) / 1000000 : 0;
}

static int step(__u64 *due)
{
	__u64 now = now_mono_ns();
	int ret;

	if (top.view.end || (!top.view.step &&
			     (top.view.paused || now < *due)))
		return 0;
	top.view.step = false;
	ret = advance();
	/* From due to due, so that delays don't add up; unless too late. */
	*due += period_ns();
	if (*due < now)
		*due = now + period_ns();
	return ret < 0 ? ret : TOP_DO_DRAW;
}

static int run_screen(void)
{
	__u64 due = now_mono_ns();
	int todo = TOP_DO_DRAW, ret, key;

	for (;;) {
		ret = step(&due);
		if (ret < 0)
			return ret;
		if ((ret | todo) & TOP_DO_DRAW)
			draw();
		if (enough() && !top.view.paused)
			return 0;
		key = tui_key(wait_ms(due));
		todo = key ? top_press(&top.view, key) : 0;
		if (todo & TOP_DO_QUIT)
			return 0;
		if (todo & TOP_DO_RESTART &&
		    due > now_mono_ns() + period_ns())
			due = now_mono_ns() + period_ns();
	}
}

static int env_number(const char *name, int otherwise)
{
	const char *text = getenv(name);
	int n = text ? atoi(text) : 0;

	return n > 0 ? n : otherwise;
}

static void print_frame(void)
{
	char line[TOP_MAX_COLS * 4 + 1], when[32] = "-";
	time_t t = top.view.now->wall_ms / 1000;
	struct tm tm;
	int row;

	top.cells.rows = env_number("LINES", DEFAULT_ROWS);
	top.cells.cols = env_number("COLUMNS", DEFAULT_COLS);
	top_render(&top.cells, &top.view);
	if (localtime_r(&t, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	printf("%sframe %lu, %s\n", top.frames > 1 ? "\n" : "", top.frames,
	       when);
	for (row = 0; row < top.cells.rows; row++) {
		cells_line(&top.cells, row, line, sizeof(line));
		puts(line);
	}
	fflush(stdout);
}

static int run_batch(void)
{
	__u64 due = now_mono_ns(), now;
	struct timespec until;
	int ret;

	for (;;) {
		ret = advance();
		if (ret <= 0)
			return ret;
		print_frame();
		if (ferror(stdout))
			return 0;	/* main() says so */
		if (enough() || top.view.end)
			return 0;
		if (top.view.replay)
			continue;
		due += period_ns();
		now = now_mono_ns();
		if (due < now)
			due = now;
		until.tv_sec = due / 1000000000;
		until.tv_nsec = due % 1000000000;
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until,
				       NULL) == EINTR)
			;
	}
}

static int set_panel(const char *name)
{
	int p;

	for (p = 0; name && top_panel_name(p); p++) {
		if (strcmp(top_panel_name(p), name))
			continue;
		top.view.zoom = p;
		if (top_panel_table(p))
			top.view.focus = p;
		return 0;
	}
	return name ? log_err(-EINVAL, "panel '%s' is unknown: drops, "
			      "throttled, takers, sockets, swap, events, "
			      "zones, pressure or degraded", name) : 0;
}

static int run(void)
{
	int err = opt.batch ? 0 : tui_open();

	if (err)
		return err;
	if (!top.view.replay)
		err = steady_start(top.src, opt.delay, NULL);
	if (!err && !top.view.replay && !opt.no_lock)
		steady_lock(top.view.note, sizeof(top.view.note));
	if (!err)
		err = opt.batch ? run_batch() : run_screen();
	tui_close();
	/* It was said while the screen was ours. */
	if (err && !opt.batch)
		fprintf(stderr, "netswap: %s\n", log_last());
	return err;
}

static int top_run(int argc, char **argv)
{
	int err;

	(void)argc;
	(void)argv;
	steady_malloc();
	tzset();
	top_view_init(&top.view, opt.delay);
	if (set_panel(opt.panel))
		return NSW_EXIT_USAGE;
	err = opt.replay ? source_replay(&top.src, opt.replay) :
			   source_live(&top.src);
	if (err)
		return NSW_EXIT_FAILED;
	top.view.batch = opt.batch;
	top.view.replay = !source_live_p(top.src);
	top.view.utf8 = tui_utf8();
	err = run();
	/* A thread that is stuck still uses the source; exit() takes both. */
	if (steady_stop())
		source_close(top.src);
	if (err)
		return NSW_EXIT_FAILED;
	return opt.batch && !top.view.replay && top.view.now &&
	       !top.view.now->bpf ? NSW_EXIT_DEGRADED : NSW_EXIT_OK;
}

static const struct nsw_opt options[] = {
	{ 'b', "batch", NULL, NSW_OPT_FLAG, &opt.batch,
	  "print frames as text, of $LINES by $COLUMNS or 24 by 80" },
	{ 'n', "number", "N", NSW_OPT_COUNT, &opt.count,
	  "end after N frames; the first has no rates yet" },
	{ 'd', "delay", "SECS", NSW_OPT_SECS, &opt.delay,
	  "time between frames (1)" },
	{ 0x101, "replay", "FILE", NSW_OPT_STRING, &opt.replay,
	  "show a recording made by netswap record; '-' with --batch: stdin" },
	{ 0x102, "panel", "NAME", NSW_OPT_STRING, &opt.panel,
	  "begin with one panel on the whole screen" },
	{ 0x103, "no-mlock", NULL, NSW_OPT_FLAG, &opt.no_lock,
	  "don't lock in memory: it may then stop when memory is short" },
	{ 0 }
};

const struct nsw_cmd cmd_top = {
	.name = "top",
	.summary = "watch reserves, throttling, drops and swap I/O live",
	.args = "",
	.doc = "One screen for whoever is on call: reserves of each zone, "
	       "pressure and its recent history, throttled tasks, dropped "
	       "packets, memalloc sockets, swap I/O, events, and what is "
	       "degraded.  Key h explains keys, marks and every number.  It "
	       "goes on while the machine is out of memory.  NO_COLOR is "
	       "respected.",
	.options = options,
	.max_args = 0,
	.json = false,
	.run = top_run,
};

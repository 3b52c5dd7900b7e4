// SPDX-License-Identifier: GPL-2.0
/*
 * test_render.c - what netswap-top draws, compared with golden files.
 *
 * Catches: numbers in the wrong place or unit, an absent number shown as 0,
 * text cut in the middle, writes outside the screen (run with SAN=1), keys
 * that change more than they should.
 *
 * NSW_GOLDEN names the folder of the golden files; UPDATE=1 rewrites them.
 */
#define _GNU_SOURCE 1
#include <arpa/inet.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "top_draw.h"
#include "tui.h"

#ifndef NSW_TESTS
#define NSW_TESTS "tests"
#endif

#define SEC	1000000000ull
#define MIB	256		/* pages */
#define FRAME	(TOP_MAX_ROWS * (TOP_MAX_COLS * 4 + 2))

static struct top_view view;
static struct nsw_cells cells;
static struct nsw_snapshot snaps[2];
static char text[FRAME], golden[FRAME];

static void zone_set(struct nsw_snapshot *s, int index, const char *name,
		     __u64 managed, __u64 free, __u64 min, __s64 dip)
{
	struct nsw_zone_info *z = &s->zone[s->nr_zones++];

	memset(z, 0, sizeof(*z));
	z->index = index;
	strcpy(z->name, name);
	z->managed_pages = managed;
	z->free_pages = free;
	z->min_pages = min;
	z->low_pages = min * 5 / 4;
	z->high_pages = min * 3 / 2;
	z->low_water_valid = true;
	z->low_water_pages = dip;
	z->low_ever_pages = dip < 0 ? dip : 40;
}

static void proc_set(struct nsw_snapshot *s, enum nsw_proc id, __u64 value)
{
	s->proc[id] = value;
	s->proc_valid[id] = true;
}

static void gauge_set(struct nsw_snapshot *s, enum nsw_gauge id, __s64 value)
{
	s->gauge[id] = value;
	s->gauge_valid[id] = true;
}

/* What is there with or without BPF. */
static void host_set(struct nsw_snapshot *s, int second)
{
	memset(s, 0, sizeof(*s));
	s->mono_ns = (1000 + second) * SEC;
	s->wall_ms = 1700000000000ull + second * 1000ull;
	s->proc_ns = s->mono_ns - SEC / 2;
	s->page_size = 4096;
	strcpy(s->host, "db7");
	strcpy(s->kernel, "6.12.9");
	proc_set(s, NSW_P_THROTTLE, 100 + 3 * second);
	proc_set(s, NSW_P_ALLOCSTALL, 5000 + 40 * second);
	proc_set(s, NSW_P_PSWPOUT, 100000 + 2000 * second);
	proc_set(s, NSW_P_PSWPIN, 50000 + 10 * second);
	proc_set(s, NSW_P_PFDROP, 7);
	proc_set(s, NSW_P_SWAP_TOTAL, 4096ull * MIB * 1024);
	proc_set(s, NSW_P_SWAP_FREE, 4096ull * MIB * 300);
}

static void sock_add(struct nsw_snapshot *s, const char *owner,
		     const char *local, int lport, const char *remote,
		     int rport)
{
	struct nsw_sock_info *i = &s->sock[s->nr_socks++];

	strcpy(i->owner, owner);
	i->sock.cookie = 100 + s->nr_socks;
	i->sock.family = strchr(local, ':') ? AF_INET6 : AF_INET;
	i->sock.proto = 6;
	i->sock.state = 1;
	i->sock.lport = lport;
	i->sock.rport = rport;
	i->sock.rmem = 2304;
	i->sock.wmem = 131072;
	i->sock.retrans = 4;
	inet_pton(i->sock.family, local, i->sock.laddr);
	inet_pton(i->sock.family, remote, i->sock.raddr);
}

/* A machine that swaps over NBD and is well. */
static void calm_set(struct nsw_snapshot *s, int second)
{
	int g;

	host_set(s, second);
	s->bpf = true;
	s->softirq_known = true;
	s->tick_age_ns = SEC / 20;
	for (g = 0; g < NSW_NR_GROUPS; g++)
		s->group[g] = true;
	zone_set(s, 0, "DMA", 3840, 2800, 60, 2740);
	zone_set(s, 1, "DMA32", 500 * MIB, 90 * MIB, 7 * MIB, 83 * MIB);
	zone_set(s, 2, "Normal", 3500 * MIB, 70 * MIB, 44 * MIB, 25 * MIB);
	gauge_set(s, NSW_G_OUTSTANDING, 0);
	gauge_set(s, NSW_G_THROTTLED, 0);
	gauge_set(s, NSW_G_MEMALLOC_KEY, 2);
	gauge_set(s, NSW_G_MEMALLOC_SOCKS, 2);
	gauge_set(s, NSW_G_KEY_LEAKED, 0);
	gauge_set(s, NSW_G_PROG_MISSES, 0);
	gauge_set(s, NSW_G_PROGS, 25);
	sock_add(s, "nbd", "10.0.0.12", 53412, "10.0.0.1", 10809);
	sock_add(s, "nfs", "fd00::12", 871, "fd00::1", 2049);
	s->counter[NSW_C_NBD_OUT] = 1000 + 20 * second;
	s->counter[NSW_C_NBD_IN] = 500;
	s->counter[NSW_C_NBD_OUT_BYTES] = (1000 + 20 * second) * 65536;
	s->counter[NSW_C_NBD_IN_BYTES] = 500 * 4096;
	s->hist[NSW_H_NBD_OUT].slot[21] = 1000 + 20 * second;
	s->hist[NSW_H_NBD_IN].slot[19] = 500;
	s->counter[NSW_C_KS_WAKES] = 10;
	s->counter[NSW_C_KS_SLEEPS] = 10;
	s->counter[NSW_C_DR_BEGIN] = 40;
	s->hist[NSW_H_DIRECT].slot[18] = 40;
}

static struct nsw_top *top_add(struct nsw_snapshot *s, int kind, int detail,
			       __u64 count, __u64 amount)
{
	struct nsw_top *t = &s->top[s->nr_tops++];

	t->key.kind = kind;
	t->key.detail = detail;
	t->count = count;
	t->amount = amount;
	t->first_ns = 900 * SEC;
	t->last_ns = s->mono_ns - SEC / 5;
	return t;
}

static void task_add(struct nsw_snapshot *s, int kind, int detail,
		     const char *comm, int pid, __u64 count, __u64 amount)
{
	struct nsw_top *t = top_add(s, kind, detail, count, amount);

	strcpy(t->key.comm, comm);
	t->key.pid = pid;
	t->key.cgroup = 4711;
}

static void drop_add(struct nsw_snapshot *s, int where, int proto, int port,
		     __u64 count)
{
	struct nsw_top *t = top_add(s, NSW_K_DROP, where, count, count * 1500);

	t->key.proto = proto;
	t->key.port = port;
	t->key.netns = 4026531840u;
	t->key.cgroup = 5021;
}

static void waiter_add(struct nsw_snapshot *s, const char *comm, int pid,
		       double secs)
{
	struct nsw_waiter *w = &s->waiter[s->nr_waiters++];

	w->start_ns = s->mono_ns - secs * SEC;
	w->pid = pid;
	w->tgid = pid;
	strcpy(w->comm, comm);
}

static void event_add(struct nsw_snapshot *s, int type, __s64 value,
		      double ago)
{
	struct nsw_event *e = &s->event[s->nr_events];

	e->seq = ++s->nr_events;
	e->ns = s->mono_ns - ago * SEC;
	e->type = type;
	e->value = value;
	strcpy(e->key.comm, "postgres");
	e->key.pid = 812;
	if (type == NSW_EV_DROP) {
		e->key.proto = 17;
		e->key.port = 53;
		e->key.netns = 4026531840u;
	} else if (type == NSW_EV_LOW_WATER) {
		e->key.netns = 0;
		e->key.detail = 2;
	}
}

/* The same machine in trouble. */
static void storm_set(struct nsw_snapshot *s, int second)
{
	calm_set(s, second);
	s->zone[1].free_pages = 6 * MIB;
	s->zone[1].low_water_pages = -2 * MIB;
	s->zone[2].free_pages = 15 * MIB;
	s->zone[2].low_water_pages = -33 * MIB;
	s->zone[2].low_ever_pages = -41 * MIB;
	s->counter[NSW_C_RSV_ALLOCS] = 5000 + 900 * second;
	s->counter[NSW_C_RSV_KSWAPD] = 4000 + 700 * second;
	s->counter[NSW_C_RSV_SOFTIRQ] = 1000 + 200 * second;
	s->counter[NSW_C_PF_RX] = 3000 + 150 * second;
	s->counter[NSW_C_PF_DELIVERED] = 2500 + 120 * second;
	s->counter[NSW_C_PF_DROP_SKF] = 500 + 30 * second;
	s->counter[NSW_C_THR_BEGIN] = 60 + 3 * second;
	s->hist[NSW_H_THROTTLE].slot[24] = 50 + 2 * second;
	s->hist[NSW_H_THROTTLE].slot[29] = 5 + second;
	s->counter[NSW_C_DR_BEGIN] = 400 + 55 * second;
	s->hist[NSW_H_DIRECT].slot[22] = 400 + 55 * second;
	s->counter[NSW_C_KS_WAKES] = 11;
	s->counter[NSW_C_RT_WRITEBACK] = 30 * second;
	s->counter[NSW_C_SWAP_BLOCK_ERR] = second;
	s->counter[NSW_C_LOST_TABLE] = 12;
	s->group[NSW_GRP_SWAP_FS] = false;
	gauge_set(s, NSW_G_OUTSTANDING, 700);
	gauge_set(s, NSW_G_THROTTLED, 3);
	task_add(s, NSW_K_TAKER, NSW_CAUSE_KSWAPD, "kswapd0", 55,
		 4000 + 700 * second, 4000 + 700 * second);
	task_add(s, NSW_K_TAKER, NSW_CAUSE_SOFTIRQ, "ksoftirqd/1", 22,
		 1000 + 200 * second, 1000 + 200 * second);
	drop_add(s, NSW_WHERE_SK_FILTER, 17, 53, 400 + 25 * second);
	drop_add(s, NSW_WHERE_SK_FILTER, 6, 5432, 80 + 5 * second);
	drop_add(s, NSW_WHERE_PROTOCOL, 6, 0, 20);
	task_add(s, NSW_K_THROTTLE, 0, "postgres", 812, 50 + second,
		 9 * SEC);
	task_add(s, NSW_K_THROTTLE, 0, "dd", 4242, 10, 700000000);
	waiter_add(s, "postgres", 812, 2.25);
	waiter_add(s, "dd", 4242, .31);
	waiter_add(s, "kworker/u8:3", 77, .04);
	event_add(s, NSW_EV_LOW_WATER, 41 * MIB, .9);
	event_add(s, NSW_EV_DROP, 1500, .5);
	event_add(s, NSW_EV_THROTTLE, 350000000, .2);
}

static void leak_set(struct nsw_snapshot *s, int second)
{
	storm_set(s, second);
	s->nr_socks = 0;
	gauge_set(s, NSW_G_MEMALLOC_SOCKS, 0);
	gauge_set(s, NSW_G_KEY_LEAKED, 1);
	event_add(s, NSW_EV_LEAK, 2, .1);
}

static void no_bpf_set(struct nsw_snapshot *s, int second)
{
	int i;

	host_set(s, second);
	strcpy(s->why, "no programs are loaded: run 'netswap load' as root");
	zone_set(s, 1, "DMA32", 500 * MIB, 90 * MIB, 7 * MIB, 0);
	zone_set(s, 2, "Normal", 3500 * MIB, 48 * MIB, 44 * MIB, 0);
	for (i = 0; i < 2; i++) {
		s->zone[i].low_water_valid = false;
		s->zone[i].from_proc = true;
	}
}

/* Sixty calm frames are too many to see; pretend history. */
static void feed(void (*set)(struct nsw_snapshot *s, int second))
{
	int i;

	top_view_init(&view, 1);
	view.utf8 = true;
	for (i = 0; i < 30; i++) {
		if (i < 28 && set != no_bpf_set) {
			calm_set(&snaps[i & 1], i);
			if (i > 20)
				snaps[i & 1].zone[2].free_pages =
					(70 - 6 * (i - 20)) * MIB;
			snaps[i & 1].zone[2].low_water_valid = i <= 20;
		} else {
			set(&snaps[i & 1], i);
		}
		if (i < 29)
			snaps[i & 1].nr_events = 0;
		top_view_feed(&view, &snaps[i & 1]);
	}
}

static void render(int rows, int cols)
{
	size_t len = 0;
	int row;

	cells.rows = rows;
	cells.cols = cols;
	top_render(&cells, &view);
	text[0] = '\0';
	for (row = 0; row < cells.rows; row++) {
		cells_line(&cells, row, text + len, sizeof(text) - len - 2);
		len += strlen(text + len);
		text[len++] = '\n';
		text[len] = '\0';
	}
}

static void check_golden(const char *name)
{
	const char *dir = getenv("NSW_GOLDEN");
	char path[512];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.txt", dir ? dir :
		 NSW_TESTS "/unit/golden", name);
	if (getenv("UPDATE")) {
		f = fopen(path, "w");
		assert_non_null(f);
		fputs(text, f);
		fclose(f);
		return;
	}
	f = fopen(path, "r");
	if (!f)
		fail_msg("%s is missing: UPDATE=1 writes it", path);
	len = fread(golden, 1, sizeof(golden) - 1, f);
	golden[len] = '\0';
	fclose(f);
	if (strcmp(text, golden))
		fail_msg("differs from %s:\n%s", path, text);
}

static void test_calm(void **state)
{
	(void)state;
	feed(calm_set);
	render(24, 80);
	check_golden("calm-24x80");
}

static void test_storm(void **state)
{
	(void)state;
	feed(storm_set);
	render(24, 80);
	check_golden("storm-24x80");
	render(50, 160);
	check_golden("storm-50x160");
	render(50, 100);
	check_golden("storm-50x100");
	render(10, 40);
	check_golden("storm-10x40");
	view.utf8 = false;
	render(24, 80);
	check_golden("storm-ascii-24x80");
}

/* More zones than lines: the total of each node, then the most pressed. */
static void test_nodes(void **state)
{
	int i;

	(void)state;
	feed(storm_set);
	for (i = 0; i < 3; i++) {
		snaps[1].zone[3 + i] = snaps[1].zone[i];
		snaps[1].zone[3 + i].node = 1;
		snaps[1].zone[3 + i].free_pages *= 2;
	}
	snaps[1].nr_zones = 6;
	/* Node 1 has one zone that counts: its line has the throttle mark. */
	snaps[1].zone[3].index = 3;
	strcpy(snaps[1].zone[3].name, "Movable");
	snaps[1].zone[4].managed_pages = 0;
	render(40, 80);
	check_golden("nodes-40x80");
	render(24, 80);
	check_golden("nodes-24x80");
	/* DMA is the first to go, however pressed. */
	snaps[1].zone[0].free_pages = 0;
	render(24, 80);
	assert_null(strstr(text, "N0 DMA "));
	assert_non_null(strstr(text, "N1 Normal"));
}

static void test_leak(void **state)
{
	(void)state;
	feed(leak_set);
	render(24, 80);
	assert_non_null(strstr(text, "LEAK: memalloc_socks_key is 2"));
	check_golden("leak-24x80");
}

static void test_no_bpf(void **state)
{
	(void)state;
	feed(no_bpf_set);
	render(24, 80);
	check_golden("no-bpf-24x80");
}

static void test_zoom(void **state)
{
	(void)state;
	feed(storm_set);
	top_press(&view, 'z');
	top_press(&view, TUI_K_DOWN);
	render(24, 80);
	check_golden("zoom-drops-24x80");
	top_press(&view, TUI_K_ESC);
	top_press(&view, 'd');
	render(24, 80);
	check_golden("zoom-degraded-24x80");
}

static void test_help(void **state)
{
	(void)state;
	feed(calm_set);
	top_press(&view, 'h');
	render(40, 100);
	assert_non_null(strstr(text, "WHAT IS WHAT"));
	check_golden("help-40x100");
	top_press(&view, TUI_K_PGDN);
	render(50, 100);
	assert_null(strstr(text, "this help"));
	assert_non_null(strstr(text, "PFTCP"));
	top_press(&view, 'h');
	assert_false(view.help);
}

/* Absent is "-", in the place where the number would be. */
static void test_absent(void **state)
{
	(void)state;
	feed(storm_set);
	snaps[1].softirq_known = false;
	render(24, 80);
	assert_non_null(strstr(text, "softirq -"));
	assert_null(strstr(text, "softirq 0"));
	assert_string_equal(fmt_count(NAN).s, "-");
	assert_string_equal(fmt_rate(NAN).s, "-");
	assert_string_equal(fmt_size(NAN).s, "-");
	assert_string_equal(fmt_margin(NAN).s, "-");
	assert_string_equal(fmt_ns(NAN).s, "-");
	assert_string_equal(fmt_age(NAN).s, "-");
	snaps[1].gauge_valid[NSW_G_OUTSTANDING] = false;
	render(24, 80);
	assert_non_null(strstr(text, "held -"));
}

/* The first snapshot of all has no rates, which isn't a rate of 0. */
static void test_first(void **state)
{
	(void)state;
	top_view_init(&view, 1);
	storm_set(&snaps[0], 0);
	top_view_feed(&view, &snaps[0]);
	render(24, 80);
	assert_non_null(strstr(text, "- pg/s"));
	check_golden("first-24x80");
}

static void test_numbers(void **state)
{
	static const struct {
		double x;
		const char *count, *size, *ns;
	} rows[] = {
		{ 0, "0", "0", "0ns" },
		{ 999, "999", "999B", "999ns" },
		{ 1000, "1000", "1.0K", "1.0us" },
		{ 9999, "9999", "9.8K", "10us" },
		{ 10000, "10.0k", "9.8K", "10us" },
		{ 999999, "1.0M", "977K", "1.0ms" },
		{ 1048575, "1.0M", "1.0M", "1.0ms" },
		{ 1023000, "1.0M", "999K", "1.0ms" },
		{ 1e18, "1.0E", "888P", "1000000000s" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_string_equal(fmt_count(rows[i].x).s, rows[i].count);
		assert_string_equal(fmt_size(rows[i].x).s, rows[i].size);
		assert_string_equal(fmt_ns(rows[i].x).s, rows[i].ns);
	}
	assert_string_equal(fmt_margin(-4096).s, "-4.0K");
	assert_string_equal(fmt_margin(4096).s, "+4.0K");
	assert_string_equal(fmt_rate(.5).s, "0.5");
	assert_string_equal(fmt_rate(0).s, "0");
	assert_string_equal(fmt_age(3600).s, "60m");
}

/* Beyond the screen, but inside the buffer, nothing may change either. */
static void check_margin(void)
{
	int i;

	for (i = 0; i < TOP_MAX_COLS; i++)
		if (cells.rows < TOP_MAX_ROWS)
			assert_int_equal(cells.cell[cells.rows * TOP_MAX_COLS +
					 i].attr, 0x55);
	for (i = 0; i < TOP_MAX_ROWS; i++)
		if (cells.cols < TOP_MAX_COLS)
			assert_int_equal(cells.cell[i * TOP_MAX_COLS +
					 cells.cols].attr, 0x55);
}

/* With a sanitizer, this is what finds a write outside the buffer. */
static void test_any_size(void **state)
{
	static const int sizes[] = { 1, 2, 3, 4, 5, 7, 9, 10, 13, 19, 24, 40,
		79, 80, 81, 119, 120, 139, 141, 200, 399, 400, 1000 };
	size_t r, c;
	int zoom;

	(void)state;
	feed(leak_set);
	for (zoom = 0; zoom <= TOP_NR_PANELS + 1; zoom++) {
		view.zoom = zoom <= TOP_P_NONE ? zoom : TOP_P_NONE;
		view.help = zoom > TOP_P_NONE;
		for (r = 0; r < sizeof(sizes) / sizeof(*sizes); r++)
			for (c = 0; c < sizeof(sizes) / sizeof(*sizes); c++) {
				memset(cells.cell, 0x55, sizeof(cells.cell));
				render(sizes[r], sizes[c]);
				check_margin();
			}
	}
	view.help = false;
	view.zoom = TOP_P_NONE;
	render(3, 10);
	assert_non_null(strstr(text, "\nPressure"));
	assert_int_equal(cells.rows, 3);
	render(0, 0);
	assert_string_equal(text, "");
}

/* A process may call itself anything; the terminal must not obey it. */
static void test_hostile_name(void **state)
{
	(void)state;
	feed(storm_set);
	strcpy(snaps[1].waiter[0].comm, "\033]0;x\007\xff");
	render(24, 80);
	assert_null(strchr(text, '\033'));
	assert_non_null(strstr(text, "?]0;x??[812]"));
}

static void test_keys(void **state)
{
	(void)state;
	feed(storm_set);
	assert_int_equal(top_press(&view, 'q'), TOP_DO_QUIT);
	assert_int_equal(top_press(&view, 'X'), 0);
	top_press(&view, '/');
	top_press(&view, '5');
	/* A letter now, not quit. */
	assert_int_equal(top_press(&view, 'q'), TOP_DO_DRAW);
	top_press(&view, TUI_K_BACKSPACE);
	top_press(&view, '4');
	top_press(&view, '\n');
	assert_string_equal(view.filter, "54");
	render(24, 80);
	assert_non_null(strstr(text, "  5432 "));
	assert_null(strstr(text, "  53 "));
	top_press(&view, TUI_K_ESC);
	assert_string_equal(view.filter, "");
	top_press(&view, '\t');
	assert_int_equal(view.focus, TOP_P_THROTTLED);
	render(24, 80);		/* no room for it but for being selected */
	assert_non_null(strstr(text, "THROTTLED  "));
	top_press(&view, TUI_K_BACKTAB);
	assert_int_equal(view.focus, TOP_P_DROPS);
	top_press(&view, ' ');
	assert_true(view.paused);
	assert_int_equal(top_press(&view, '+') & TOP_DO_RESTART,
			 TOP_DO_RESTART);
	assert_true(view.delay == 2);
	top_press(&view, 'r');
	assert_int_equal(view.nr_samples, 0);
	render(24, 80);
}

/* Selection follows the row, not the line. */
static void test_select(void **state)
{
	__u64 id;

	(void)state;
	feed(storm_set);
	top_press(&view, TUI_K_DOWN);
	top_press(&view, TUI_K_DOWN);
	id = view.sort[TOP_P_DROPS].selected;
	/* The first press selects the first row, the second the next. */
	assert_true(id == top_drops.id(&view, 3));
	top_press(&view, 'i');
	assert_true(view.sort[TOP_P_DROPS].selected == id);
	top_press(&view, TUI_K_PGDN);
	assert_true(view.sort[TOP_P_DROPS].selected ==
		    top_drops.id(&view, 2));
}

static void test_level(void **state)
{
	(void)state;
	feed(calm_set);
	assert_int_equal(top_level(&view), TOP_L_OK);
	snaps[1].zone[2].free_pages = snaps[1].zone[2].low_pages - 1;
	assert_int_equal(top_level(&view), TOP_L_LOW);
	snaps[1].zone[2].free_pages = snaps[1].zone[2].min_pages - 1;
	assert_int_equal(top_level(&view), TOP_L_MIN);
	snaps[1].zone[0].free_pages = 0;
	snaps[1].zone[1].free_pages = 0;
	snaps[1].zone[2].free_pages = (60 + 7 * MIB + 44 * MIB) / 2;
	assert_int_equal(top_level(&view), TOP_L_HALF);
	snaps[1].zone[2].free_pages++;
	assert_int_equal(top_level(&view), TOP_L_MIN);
	gauge_set(&snaps[1], NSW_G_THROTTLED, 1);
	assert_int_equal(top_level(&view), TOP_L_THROTTLING);
	gauge_set(&snaps[1], NSW_G_THROTTLED, 0);
	snaps[1].tick_age_ns = 60 * SEC;
	assert_int_equal(top_level(&view), TOP_L_STALE);
	snaps[1].zone[0].from_proc = true;
	assert_int_equal(top_level(&view), TOP_L_MIN);
	snaps[1].proc_ns = snaps[1].mono_ns - 8 * SEC;
	assert_int_equal(top_level(&view), TOP_L_STALE);
	snaps[1].nr_zones = 0;
	snaps[1].gauge_valid[NSW_G_THROTTLED] = false;
	assert_int_equal(top_level(&view), TOP_L_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calm),
		cmocka_unit_test(test_storm),
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_leak),
		cmocka_unit_test(test_no_bpf),
		cmocka_unit_test(test_zoom),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_any_size),
		cmocka_unit_test(test_hostile_name),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_select),
		cmocka_unit_test(test_level),
	};

	setenv("TZ", "UTC0", 1);
	tzset();
	setlocale(LC_ALL, "C.UTF-8");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

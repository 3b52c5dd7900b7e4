// SPDX-License-Identifier: GPL-2.0
/*
 * test_math.c - deltas, quantiles, parsers of /proc, the top table.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "metric.h"
#include "slow.h"
#include "tops.h"

static struct nsw_snapshot a, b;
static struct nsw_delta d;

static void test_delta(void **state)
{
	(void)state;
	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	delta_make(&d, NULL, &b);
	assert_false(d.valid);
	a.mono_ns = 1000000000;
	b.mono_ns = 3000000000;
	a.counter[NSW_C_THR_BEGIN] = 10;
	b.counter[NSW_C_THR_BEGIN] = 30;
	delta_make(&d, &a, &b);
	assert_true(d.valid);
	assert_int_equal(d.counter[NSW_C_THR_BEGIN], 20);
	assert_true(fabs(d.rate[NSW_C_THR_BEGIN] - 10) < 1e-9);
	/* Loaded anew in between: count from 0, not from 2^64. */
	b.counter[NSW_C_THR_BEGIN] = 4;
	delta_make(&d, &a, &b);
	assert_int_equal(d.counter[NSW_C_THR_BEGIN], 4);
	/* Time that does not advance makes no rate. */
	b.mono_ns = a.mono_ns;
	delta_make(&d, &a, &b);
	assert_false(d.valid);
}

static void test_proc_rate(void **state)
{
	(void)state;
	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	a.mono_ns = 1000000000;
	b.mono_ns = 2000000000;
	/* The helper ran at other times than the reader. */
	a.proc_ns = 500000000;
	b.proc_ns = 2500000000ull;
	b.proc[NSW_P_PSWPIN] = 100;
	a.proc_valid[NSW_P_PSWPIN] = b.proc_valid[NSW_P_PSWPIN] = true;
	delta_make(&d, &a, &b);
	assert_true(d.proc_rate_valid[NSW_P_PSWPIN]);
	assert_true(fabs(d.proc_rate[NSW_P_PSWPIN] - 50) < 1e-9);
	assert_false(d.proc_rate_valid[NSW_P_PSWPOUT]);
	b.proc_ns = a.proc_ns;	/* the helper is stuck: no rate, not 0 */
	delta_make(&d, &a, &b);
	assert_false(d.proc_rate_valid[NSW_P_PSWPIN]);
}

static void test_quantile(void **state)
{
	struct nsw_hist h = {};

	(void)state;
	assert_true(isnan(hist_quantile(&h, 0.5)));
	h.slot[0] = 5;
	assert_true(hist_quantile(&h, 0.99) == 0);
	memset(&h, 0, sizeof(h));
	h.slot[11] = 100;		/* [1024, 2048) */
	assert_true(fabs(hist_quantile(&h, 0.5) - 1536) < 1);
	assert_true(fabs(hist_quantile(&h, 1) - 2048) < 1);
	h.slot[21] = 100;		/* [2^20, 2^21) */
	assert_true(hist_quantile(&h, 0.25) < 2048);
	assert_true(hist_quantile(&h, 0.75) > 1048575);
	assert_int_equal(hist_count(&h), 200);
	memset(&h, 0, sizeof(h));
	h.slot[NSW_HIST_SLOTS - 1] = 1;
	assert_true(isfinite(hist_quantile(&h, 0.5)));
}

static void test_vmstat(void **state)
{
	const char *text = "nr_free 5\nallocstall_dma 1\nallocstall_normal 2\n"
			   "allocstall\npswpin 7";
	__u64 v;

	(void)state;
	assert_true(parse_vmstat(text, "allocstall_*", &v));
	assert_int_equal(v, 3);
	assert_true(parse_vmstat(text, "pswpin", &v));
	assert_int_equal(v, 7);
	assert_false(parse_vmstat(text, "pswp", &v));
	assert_false(parse_vmstat(text, "allocstall", &v));
	assert_false(parse_vmstat("", "x", &v));
	assert_true(parse_vmstat("MemFree:   12 kB\n", "MemFree", &v));
	assert_int_equal(v, 12);
}

static void test_netstat(void **state)
{
	const char *text = "TcpExt: A PFMemallocDrop B\nTcpExt: 1 42 3\n"
			   "IpExt: C D\nIpExt: 8 9\n";
	__u64 v = 0;

	(void)state;
	assert_true(parse_netstat(text, "PFMemallocDrop", &v));
	assert_int_equal(v, 42);
	assert_true(parse_netstat(text, "D", &v));
	assert_int_equal(v, 9);
	assert_false(parse_netstat(text, "PFMemalloc", &v));
	assert_false(parse_netstat("TcpExt: A\n", "A", &v));
	assert_false(parse_netstat("TcpExt: A B\nTcpExt: 1\n", "B", &v));
	assert_false(parse_netstat("", "A", &v));
}

static const char zoneinfo[] =
	"Node 0, zone      DMA\n  pages free     10\n        boost    0\n"
	"        min      2\n        low      3\n        high     4\n"
	"        managed  20\nNode 0, zone   Movable\n  pages free     0\n"
	"        min      0\n        managed  0\nNode 1, zone   Normal\n"
	"  pages free     100\n        boost    7\n        min      50\n"
	"        low      60\n        high     70\n        managed  1000\n"
	"      nr_free_pages 1\n      min_x 3\n";

static void test_zoneinfo(void **state)
{
	struct nsw_zone_info z[4];

	(void)state;
	assert_int_equal(parse_zoneinfo(zoneinfo, z, 4), 2);
	assert_string_equal(z[0].name, "DMA");
	assert_int_equal(z[0].min_pages, 2);
	assert_int_equal(z[1].node, 1);
	assert_int_equal(z[1].index, 2);
	assert_int_equal(z[1].free_pages, 100);
	assert_int_equal(z[1].min_pages, 50);
	assert_int_equal(z[1].boost_pages, 7);
	assert_true(z[1].from_proc);
	assert_int_equal(parse_zoneinfo(zoneinfo, z, 1), 1);
	assert_int_equal(parse_zoneinfo("", z, 4), 0);
	assert_int_equal(parse_zoneinfo("Node 0, zone", z, 4), 0);
}

static struct tops_work work;
static struct nsw_top rows[NSW_TOP_ROWS], out[64];

static void fill(int i, __u64 tag, int kind, int pid, __u64 amount)
{
	memset(&rows[i], 0, sizeof(rows[i]));
	rows[i].tag = tag;
	rows[i].key.kind = kind;
	rows[i].key.pid = pid;
	rows[i].count = 1;
	rows[i].amount = amount;
	rows[i].first_ns = 10 + i;
	rows[i].last_ns = 100 + i;
}

static void test_tops(void **state)
{
	(void)state;
	memset(rows, 0, sizeof(rows));
	fill(0, 5, NSW_K_DROP, 1, 10);
	fill(1, 6, NSW_K_TAKER, 2, 20);
	fill(2, 5, NSW_K_DROP, 1, 5);	/* two CPUs made the same row */
	fill(3, 1, NSW_K_DROP, 9, 99);	/* being written */
	fill(4, 7, NSW_K_DROP, 3, 12);
	tops_begin(&work);
	tops_add(&work, rows, NSW_TOP_ROWS);
	assert_int_equal(tops_end(&work, out, 64), 3);
	assert_int_equal(out[0].key.kind, NSW_K_TAKER);
	assert_int_equal(out[1].amount, 15);
	assert_int_equal(out[1].count, 2);
	assert_int_equal(out[1].first_ns, 10);
	assert_int_equal(out[1].last_ns, 102);
	assert_int_equal(out[2].key.pid, 3);
}

/* Hundreds of takers must leave room for the drops. */
static void test_tops_share(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < NSW_TOP_ROWS; i++)
		fill(i, i + 2, i < 1000 ? NSW_K_TAKER : NSW_K_DROP, i, i);
	tops_begin(&work);
	tops_add(&work, rows, NSW_TOP_ROWS);
	assert_int_equal(tops_end(&work, out, 50), 20);
	assert_int_equal(out[0].amount, 999);
	assert_int_equal(out[9].amount, 990);
	assert_int_equal(out[10].key.kind, NSW_K_DROP);
	assert_int_equal(out[10].amount, 1023);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delta),
		cmocka_unit_test(test_proc_rate),
		cmocka_unit_test(test_quantile),
		cmocka_unit_test(test_vmstat),
		cmocka_unit_test(test_netstat),
		cmocka_unit_test(test_zoneinfo),
		cmocka_unit_test(test_tops),
		cmocka_unit_test(test_tops_share),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

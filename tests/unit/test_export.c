// SPDX-License-Identifier: GPL-2.0
/*
 * What netswap export rests on: content negotiation, names of cgroups without
 * rights, low-water marks for several readers, what a reader without rights
 * may say about a leak, and labels.
 */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "http.h"
#include "names.h"
#include "rank.h"
#include "source.h"

#define SEC	1000000000ull

/* Any bytes will do, and the answer is a bool; sanitizers watch. */
static void test_accept_random(void **state)
{
	static const char *const parts[] = {
		"application/openmetrics-text", "text/plain", ";q=", ";", ",",
		"0.5", "1e999", "-", " ", "\t", "*/*", "=", "q", "\xff",
	};
	char accept[256];
	int i, n, wanted = 0;

	(void)state;
	srand(9893);
	for (i = 0; i < 20000; i++) {
		accept[0] = '\0';
		for (n = rand() % 8; n; n--)
			strcat(accept, parts[rand() % 14]);
		wanted += http_wants_openmetrics(accept);
	}
	assert_in_range(wanted, 100, 19900);
}

/* The first cgroup below the root of version 2, if there is one. */
static bool some_cgroup(char *path, size_t size, const char *root, __u64 *id)
{
	DIR *dir = opendir(root);
	struct dirent *d;
	struct stat st;
	bool found = false;

	while (dir && !found && (d = readdir(dir))) {
		snprintf(path, size, "%s/%s", root, d->d_name);
		found = d->d_type == DT_DIR && d->d_name[0] != '.' &&
			!stat(path, &st);
		*id = st.st_ino;
	}
	if (dir)
		closedir(dir);
	return found;
}

static void test_cgroup_walk(void **state)
{
	struct nsw_snapshot *s = calloc(1, sizeof(*s));
	const char *root = "/sys/fs/cgroup";
	char path[512];
	struct stat st;
	__u64 id;

	(void)state;
	if (!access("/sys/fs/cgroup/unified", F_OK))
		root = "/sys/fs/cgroup/unified";
	assert_return_code(stat(root, &st), errno);
	s->nr_tops = 3;
	s->top[0].key.cgroup = ~0ull;		/* nobody's */
	s->top[1].key.cgroup = st.st_ino;
	names_cgroups_walk(s);
	assert_string_equal(cgroup_path(s, st.st_ino), "/");
	assert_null(cgroup_path(s, ~0ull));
	if (some_cgroup(path, sizeof(path), root, &id)) {
		s->top[2].key.cgroup = id;
		names_cgroups_walk(s);
		assert_string_equal(cgroup_path(s, id),
				    path + strlen("/sys/fs/cgroup"));
		assert_int_equal(s->nr_cgroups, 2);	/* nothing twice */
	}
	free(s);
}

/* A dip of 7 pages 40 s ago, since when this reader has read once. */
static void test_low_window(void **state)
{
	static struct nsw_source src;
	static struct nsw_snapshot s;
	static struct nsw_zones zones;
	struct nsw_zone *z = &zones.zone[0];

	(void)state;
	s.mono_ns = 1000 * SEC;
	src.last_ns = 990 * SEC;
	src.zones.map[0].at = (const void *)&zones;
	src.zones.nr = 1;
	z->zone = 1;
	z->free_pages = 100;
	z->min_pages = 50;
	z->low_ever = -9 & 0xffffffff;
	z->low[960 % NSW_LOW_SLOTS] = 960ull << 32 | (-7 & 0xffffffff);
	maps_read(&src, &s);
	assert_int_equal(s.zone[0].low_water_pages, 50);
	src.low_ns = 60 * SEC;
	maps_read(&src, &s);
	assert_int_equal(s.zone[0].low_water_pages, -7);
	src.low_ns = 30 * SEC;
	maps_read(&src, &s);
	assert_int_equal(s.zone[0].low_water_pages, 50);
}

/* A key and no socket is a leak only to who has looked everywhere. */
static void test_leak_known(void **state)
{
	static const struct {
		bool all;
		__u32 socks;
		__s64 key;
		bool known, count_known;
	} rows[] = {
		{ true, 0, 1, true, true },
		{ true, 0, 0, true, true },
		{ false, 0, 1, false, false },
		{ false, 0, 0, true, false },
		{ false, 1, 1, true, false },
	};
	static struct nsw_source src;
	static struct nsw_snapshot s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		src.slow[0].socks_valid = true;
		src.slow[0].socks_all = rows[i].all;
		src.slow[0].nr_socks = rows[i].socks;
		s.bpf = true;
		s.gauge[NSW_G_MEMALLOC_KEY] = rows[i].key;
		s.gauge_valid[NSW_G_MEMALLOC_KEY] = true;
		slow_copy(&src, &s);
		assert_int_equal(s.gauge_valid[NSW_G_KEY_LEAKED], rows[i].known);
		assert_int_equal(s.gauge_valid[NSW_G_MEMALLOC_SOCKS],
				 rows[i].count_known);
	}
}

/* What a task calls itself must not spoil the scrape of the whole host. */
static void test_labels(void **state)
{
	static struct nsw_snapshot s;
	static struct nsw_rank r;

	(void)state;
	s.group[NSW_GRP_THROTTLE] = true;
	s.hist[NSW_H_THROTTLE].sum = 10;
	s.nr_tops = 1;
	s.top[0].key.kind = NSW_K_THROTTLE;
	s.top[0].amount = 7;
	memcpy(s.top[0].key.comm, "\xff\n\"\\sixteenbytes", NSW_COMM_LEN);
	assert_true(rank_make(&r, &s, NSW_R_TASK_THROTTLED));
	assert_int_equal(r.nr, 2);
	assert_string_equal(r.row[0].labels, "comm=\"??\\\"\\\\sixteenbytes\"");
	assert_int_equal(r.row[0].value, 7);
	assert_int_equal(r.row[1].value, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accept_random),
		cmocka_unit_test(test_cgroup_walk),
		cmocka_unit_test(test_low_window),
		cmocka_unit_test(test_leak_known),
		cmocka_unit_test(test_labels),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

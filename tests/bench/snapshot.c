// SPDX-License-Identifier: GPL-2.0
/*
 * snapshot.c - what one reading of all counters costs, as JSON.
 *
 * Calls the readers that every command of netswap uses, with programs
 * loaded.  "warm" is called in a loop; "cold" after everything else was
 * pushed out of the caches, which is nearer to a monitor that wakes once a
 * second; "full" is warm with every row of the table of top users taken,
 * the most it can ever have to sort, and every slot of waiters.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "bpf.h"
#include "collect.h"
#include "util.h"

#define WARM_RUNS	10000
#define COLD_RUNS	200
#define SLOW_RUNS	100
#define CACHE_BYTES	(64 << 20)

static struct nsw_source *src;
static struct nsw_snapshot snap;
static char *cache;

static int compare(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return (x > y) - (x < y);
}

static void read_once(void)
{
	if (source_read(src, &snap) != 1)
		exit(1);
}

static void read_slow(void)
{
	source_read_proc(src);
}

static void flush_caches(void)
{
	int i;

	for (i = 0; i < CACHE_BYTES; i += 64)
		cache[i]++;
}

static void measure(const char *name, void (*fn)(void), int runs,
		    void (*before)(void))
{
	static __u64 ns[WARM_RUNS];
	__u64 start;
	int i;

	fn();
	for (i = 0; i < runs; i++) {
		if (before)
			before();
		start = now_mono_ns();
		fn();
		ns[i] = now_mono_ns() - start;
	}
	qsort(ns, runs, sizeof(*ns), compare);
	printf("  \"%s\": { \"median_ns\": %llu, \"p99_ns\": %llu, "
	       "\"max_ns\": %llu, \"runs\": %d },\n", name, ns[runs / 2],
	       ns[runs * 99 / 100], ns[runs - 1], runs);
}

static int update(const char *map, const void *value, __u32 key)
{
	char path[128];
	int fd, err;

	snprintf(path, sizeof(path), NSW_PIN_DIR "/maps/%s", map);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return -errno;
	err = bpf_map_update_elem(fd, &key, value, 0);
	close(fd);
	return err;
}

/* Fill what a snapshot copies and sorts, or empty it again. */
static int fill(bool full)
{
	struct nsw_waiters waiters = {};
	__u64 now = now_mono_ns();
	int i, err = 0;

	for (i = 0; i < NSW_TOP_ROWS && !err; i++) {
		struct nsw_top row = {};

		if (full) {
			row.tag = i + 2;
			row.first_ns = row.last_ns = now;
			row.count = 1;
			row.amount = rand();
			row.key.kind = NSW_K_TAKER + i % 3;
			row.key.pid = i + 1;
		}
		err = update("nsw_top", &row, i);
	}
	for (i = 0; full && i < NSW_MAX_WAITERS; i++)
		waiters.waiter[i].start_ns = now;
	return err ? err : update("nsw_waiters", &waiters, 0);
}

int main(void)
{
	cache = malloc(CACHE_BYTES);
	if (!cache || source_live(&src))
		return 1;
	source_read_proc(src);
	read_once();
	if (!snap.bpf) {
		fprintf(stderr, "snapshot: %s\n", snap.why);
		return 1;
	}
	memset(cache, 1, CACHE_BYTES);
	printf("{\n");
	measure("warm", read_once, WARM_RUNS, NULL);
	measure("cold", read_once, COLD_RUNS, flush_caches);
	measure("proc", read_slow, SLOW_RUNS, NULL);
	if (!fill(true))
		measure("full", read_once, WARM_RUNS, NULL);
	fill(false);
	printf("  \"size_bytes\": %zu\n}\n", sizeof(snap));
	source_close(src);
	return 0;
}

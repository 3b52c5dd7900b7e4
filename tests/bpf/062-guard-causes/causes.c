// SPDX-License-Identifier: GPL-2.0
/*
 * causes.c - one kind of pressure event at a time, with BPF_PROG_RUN: it alone
 * extends the lease if the policy wants it, and not if it does not.  On a machine
 * under pressure all of them come together, and hide each other.  Speaks TAP.
 *
 * causes GUARD PAGE_ALLOC EVENTS: objects; PAGE_ALLOC is of raw tracepoints,
 * which are those that BPF_PROG_RUN takes.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <netswap/abi.h>
#include <netswap/guard.h>

#include "../counters.h"

#define GFP_MEMALLOC	0x20000u

static struct bpf_object *objects[3];
static struct nsw_guard *guard;
static struct nsw_cpu *cpus;
static int nr_cpus, tests, failed;

static void ok(bool good, const char *cause, const char *name)
{
	printf("%sok %d - %s: %s\n", good ? "" : "not ", ++tests, cause, name);
	failed += !good;
}

static void *map_at(int i, const char *name, size_t size)
{
	int fd = bpf_object__find_map_fd_by_name(objects[i], name);
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED) {
		printf("Bail out! cannot map %s: %m\n", name);
		exit(1);
	}
	return at;
}

/* Events and packets share what they share in use. */
static void load(int i, const char *path)
{
	static const char *const shared[] = { "nsw_guard", "nsw_cpus" };
	struct bpf_map *map;
	int k, err = 0;

	objects[i] = bpf_object__open(path);
	for (k = 0; objects[i] && !err && k < 2; k++) {
		map = bpf_object__find_map_by_name(objects[i], shared[k]);
		err = i ? bpf_map__reuse_fd(map,
				bpf_object__find_map_fd_by_name(objects[0],
								shared[k])) :
		      k ? bpf_map__set_max_entries(map, nr_cpus) : 0;
	}
	if (!objects[i] || err || bpf_object__load(objects[i])) {
		printf("Bail out! cannot load %s\n", path);
		exit(1);
	}
}

static void run(int i, const char *name, __u64 a, __u64 b, __u64 c)
{
	__u64 args[4] = { a, b, c };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args,
		    .ctx_size_in = sizeof(args));
	int fd = bpf_program__fd(bpf_object__find_program_by_name(objects[i],
								  name));

	if (bpf_prog_test_run_opts(fd, &opts))
		printf("# cannot run %s: %m\n", name);
}

/* UDP of nobody: what is dropped under pressure. */
static bool drops(void)
{
	__u8 frame[60] = { [12] = 8, [14] = 0x45, [23] = 17, [26] = 192,
			   [30] = 192, [35] = 1, [37] = 2 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = sizeof(frame), .repeat = 1);
	int fd = bpf_program__fd(bpf_object__find_program_by_name(objects[0],
							"nsw_guard_xdp"));

	return !bpf_prog_test_run_opts(fd, &opts) && opts.retval == XDP_DROP;
}

static __u64 counter(int id)
{
	return counter_sum(cpus, nr_cpus, id);
}

/* Taken for a page: the second word says by its bit 1 "of the reserve". */
static __u64 *page;

static void reserve(void)
{
	page[1] = 2;
	run(1, "nsw_pg_alloc_r", page[0], 0, GFP_MEMALLOC);
}

static void no_reserve(void)
{
	page[1] = ~2ull;
	run(1, "nsw_pg_alloc_r", page[0], 0, GFP_MEMALLOC);
}

static void throttle(void)
{
	run(2, "nsw_test_thr", 0, 0, 0);
}

static void no_throttle(void)
{
	run(2, "nsw_test_go", 0, 0, 0);
}

static void quiet(__u64 causes)
{
	struct timespec tick;

	clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
	memset(guard, 0, sizeof(*guard));
	guard->tick_ns = tick.tv_nsec;
	guard->lease_ns = NSW_GUARD_LEASE_MAX_NS;
	guard->causes = causes;
	guard->mode = NSW_GUARD_ENFORCE;
}

static void test(const char *name, enum nsw_guard_cause cause,
		 void (*event)(void), void (*other)(void))
{
	int id = NSW_C_G_EXT_LEVEL + (int)cause;
	__u64 before = counter(id);

	quiet(1 << cause);
	ok(!drops(), name, "nothing is dropped before");
	other();
	ok(!guard->deadline, name, "what is none leaves it so");
	event();
	ok(guard->deadline && guard->cause == cause &&
	   counter(id) == before + 1, name, "it alone is pressure");
	ok(drops(), name, "and drops");
	quiet(~0ull & ~(1ull << cause));
	event();
	ok(!guard->deadline && !drops(), name,
	   "not where the policy does not want it");
}

int main(int argc, char **argv)
{
	int i;

	if (argc != 4)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	nr_cpus = libbpf_num_possible_cpus();
	for (i = 0; i < 3; i++)
		load(i, argv[i + 1]);
	guard = map_at(0, "nsw_guard", sizeof(*guard));
	cpus = map_at(0, "nsw_cpus", nr_cpus * sizeof(*cpus));
	page = map_at(2, "nsw_test_page", 8 * sizeof(*page));
	run(2, "nsw_test_at", 0, 0, 0);
	/* From here on each allocation is looked at. */
	run(1, "nsw_arm_r", 0, 0, 0);
	test("reserve", NSW_GUARD_RESERVE, reserve, no_reserve);
	test("throttle", NSW_GUARD_THROTTLE, throttle, no_throttle);
	printf("1..%d\n", tests);
	return failed != 0;
}

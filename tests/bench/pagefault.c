// SPDX-License-Identifier: GPL-2.0
/*
 * pagefault.c - what a page fault costs with programs attached or not.
 *
 *	pagefault [-e EPOCHS] [-g GROUPS] [-p NAME=PIN]... OBJECT
 *		compare states, print JSON.  OBJECT is page_alloc.bpf.o, PIN
 *		a pinned program of another tool, for mm_page_alloc
 *	pagefault -s
 *		for each line on stdin measure once, in whatever state the
 *		machine is, and print "FAULT_NS FREE_NS"
 *	pagefault -a
 *		attach empty programs, print "ready", wait to be killed
 *
 * One process, one CPU, one anonymous area: its pages are touched (each a
 * fault, and an mm_page_alloc) and given back (each an mm_page_free).  The
 * states take turns, in a new random order in every group of rounds, and
 * are compared within the group only, so that slow drift of the machine
 * hits all of them alike.  A round's result is the median of its cycles:
 * ticks and interrupts do not count.
 *
 * A program's address decides how it falls into cache lines and predictors,
 * which on some CPUs is more than a program of ten instructions costs.  So
 * every epoch loads all programs anew; and the state "again" is "empty"
 * once more, from a load of its own: what differs between those two is the
 * noise of the method, and no smaller difference means anything.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define PAGES		512	/* 2 MB: stays in cache, so faults are cheap */
#define CYCLES		16	/* in a round, about 15 ms */
#define STEP_CYCLES	250	/* in one measurement of -s */
#define MAX_PEERS	4
#define WARM_CYCLES	2
#define MAX_ROUNDS	4000

enum state {
	NONE, EMPTY_ONE, EMPTY, AGAIN, OURS, WATCH,
	PEER, NR_STATES = PEER + MAX_PEERS
};
enum phase { FAULT, FREE, BOTH, NR_PHASES };
enum tp { ALLOC, RELEASE, NR_TPS };

static const char *const tp_names[] = { "mm_page_alloc", "mm_page_free" };
static const char *const phase_names[] = { "fault", "free", "both" };

static struct {
	const char *name;
	const char *what;
} states[NR_STATES] = {
	[NONE] = { "none", "nothing attached" },
	[EMPTY_ONE] = { "empty_alloc", "empty program on mm_page_alloc" },
	[EMPTY] = { "empty", "empty programs on both tracepoints" },
	[AGAIN] = { "again", "the same once more: noise" },
	[OURS] = { "ours", "nsw_pg_alloc and nsw_pg_free, idle" },
	[WATCH] = { "watching", "the same, zones near their watermarks" },
};

static const struct {
	enum state of;
	enum state to;
} pairs[] = {
	{ EMPTY_ONE, NONE }, { EMPTY, NONE }, { AGAIN, EMPTY },
	{ OURS, EMPTY }, { OURS, NONE }, { WATCH, EMPTY }, { WATCH, NONE },
	{ PEER, EMPTY }, { PEER, NONE }, { PEER + 1, EMPTY },
	{ PEER + 1, NONE }, { PEER + 2, EMPTY }, { PEER + 2, NONE },
	{ PEER + 3, EMPTY }, { PEER + 3, NONE },
};

static struct {
	struct bpf_object *obj;
	__u64 *armed;		/* nsw_gate.armed; NULL: no WATCH */
	int prog[NR_STATES][NR_TPS];
	int link[NR_TPS];
} ours;

static int peer_prog[MAX_PEERS];
static bool peer_perf[MAX_PEERS];	/* a tracepoint program, by perf */
static int nr_peers;
static bool no_watch;

static char *area;
static long page_size;
static double result[NR_STATES][NR_PHASES][MAX_ROUNDS];

static void die(const char *what, int err)
{
	fprintf(stderr, "pagefault: %s: %s\n", what, strerror(err));
	exit(1);
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts @v. */
static double median(double *v, int n)
{
	qsort(v, n, sizeof(*v), compare);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static void one_cycle(double *fault, double *release)
{
	double start = now_ns(), middle;
	int i;

	for (i = 0; i < PAGES; i++)
		*(volatile char *)(area + i * page_size) = 1;
	middle = now_ns();
	if (madvise(area, PAGES * page_size, MADV_DONTNEED))
		die("madvise", errno);
	*fault = (middle - start) / PAGES;
	*release = (now_ns() - middle) / PAGES;
}

static void one_round(int cycles, bool watch, double *to)
{
	static double fault[STEP_CYCLES], release[STEP_CYCLES],
		      both[STEP_CYCLES];
	int i;

	for (i = -WARM_CYCLES; i < cycles; i++) {
		int at = i < 0 ? 0 : i;

		/* The 100 ms tick finds enough memory and clears it again. */
		if (watch)
			*(volatile __u64 *)ours.armed = 1;
		one_cycle(&fault[at], &release[at]);
		both[at] = fault[at] + release[at];
	}
	if (watch)
		*(volatile __u64 *)ours.armed = 0;
	to[FAULT] = median(fault, cycles);
	to[FREE] = median(release, cycles);
	to[BOTH] = median(both, cycles);
}

static int load_empty(const char *tp)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		    .expected_attach_type = BPF_TRACE_RAW_TP);
	int id = libbpf_find_vmlinux_btf_id(tp, BPF_TRACE_RAW_TP), fd;

	if (id < 0)
		die(tp, -id);
	opts.attach_btf_id = id;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "bench_empty", "GPL", insns,
			   ARRAY_SIZE(insns), &opts);
	if (fd < 0)
		die("cannot load an empty program", errno);
	return fd;
}

/* Where the variable @name in @section of the object is, mapped, or NULL. */
static void *global(const char *section, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(ours.obj, section);
	struct btf *btf = bpf_object__btf(ours.obj);
	int id = btf__find_by_name_kind(btf, section, BTF_KIND_DATASEC), i;
	const struct btf_type *sec = btf__type_by_id(btf, id), *var;
	const struct btf_var_secinfo *v;
	char *at;

	for (i = 0; map && id > 0 && i < btf_vlen(sec); i++) {
		v = btf_var_secinfos(sec) + i;
		var = btf__type_by_id(btf, v->type);
		if (strcmp(btf__name_by_offset(btf, var->name_off), name))
			continue;
		at = mmap(NULL, page_size, PROT_READ | PROT_WRITE, MAP_SHARED,
			  bpf_map__fd(map), 0);
		return at == MAP_FAILED ? NULL : at + v->offset;
	}
	return NULL;
}

/* Fill the zones and start the timer, as attaching does. */
static void start_tick(void)
{
	struct bpf_program *tick;
	LIBBPF_OPTS(bpf_test_run_opts, run);

	tick = bpf_object__find_program_by_name(ours.obj, "nsw_tick");
	if (tick && !bpf_prog_test_run_opts(bpf_program__fd(tick), &run) &&
	    !run.retval) {
		ours.armed = global(".data", "nsw_gate");
		if (!ours.armed)
			ours.armed = global(".bss", "nsw_gate");
	}
	/* Idle is what the tick makes of a machine with memory to spare. */
	if (ours.armed && *ours.armed)
		fprintf(stderr, "pagefault: a zone is near its watermarks: "
			"what is called idle is not\n");
}

static void load_ours(const char *path)
{
	static const char *const names[] = { "nsw_pg_alloc", "nsw_pg_free" };
	struct bpf_program *prog;
	int i, err;

	ours.obj = bpf_object__open_file(path, NULL);
	if (!ours.obj)
		die(path, errno);
	err = bpf_object__load(ours.obj);
	if (err)
		die(path, -err);
	for (i = 0; i < NR_TPS; i++) {
		prog = bpf_object__find_program_by_name(ours.obj, names[i]);
		if (!prog)
			die(names[i], ENOENT);
		ours.prog[OURS][i] = ours.prog[WATCH][i] =
			bpf_program__fd(prog);
	}
	start_tick();
}

static void load_all(const char *path)
{
	int i;

	memset(&ours, 0, sizeof(ours));
	memset(ours.prog, -1, sizeof(ours.prog));
	for (i = 0; i < NR_TPS; i++) {
		ours.prog[EMPTY][i] = load_empty(tp_names[i]);
		ours.prog[AGAIN][i] = load_empty(tp_names[i]);
	}
	ours.prog[EMPTY_ONE][ALLOC] = ours.prog[EMPTY][ALLOC];
	load_ours(path);
}

static void unload_all(void)
{
	int i;

	if (ours.armed)
		munmap((void *)((uintptr_t)ours.armed & -page_size), page_size);
	for (i = 0; i < NR_TPS; i++) {
		close(ours.prog[EMPTY][i]);
		close(ours.prog[AGAIN][i]);
	}
	bpf_object__close(ours.obj);
}

static void add_peer(char *arg)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	char *pin = strchr(arg, '=');
	int fd;

	if (!pin || nr_peers == MAX_PEERS) {
		fprintf(stderr, "pagefault: cannot add '%s'\n", arg);
		exit(2);
	}
	*pin++ = '\0';
	fd = bpf_obj_get(pin);
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		die(pin, errno);
	states[PEER + nr_peers].name = states[PEER + nr_peers].what = arg;
	peer_prog[nr_peers] = fd;
	peer_perf[nr_peers++] = info.type == BPF_PROG_TYPE_TRACEPOINT;
}

static bool absent(enum state s)
{
	return (s == WATCH && no_watch) || s >= (enum state)PEER + nr_peers;
}

static int attach_perf(int prog)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr),
		.sample_period = 1, .wakeup_events = 1,
	};
	FILE *f = fopen("/sys/kernel/tracing/events/kmem/mm_page_alloc/id",
			"r");
	unsigned int id;
	int fd;

	if (!f || fscanf(f, "%u", &id) != 1)
		die("no tracefs on /sys/kernel/tracing", ENOENT);
	fclose(f);
	attr.config = id;
	/* All CPUs run the program, whichever CPU the event is on. */
	fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1,
		     PERF_FLAG_FD_CLOEXEC);
	if (fd < 0 || ioctl(fd, PERF_EVENT_IOC_SET_BPF, prog) ||
	    ioctl(fd, PERF_EVENT_IOC_ENABLE, 0))
		die("cannot attach a peer", errno);
	return fd;
}

static void attach_peer(int i)
{
	ours.link[RELEASE] = -1;
	if (peer_perf[i])
		ours.link[ALLOC] = attach_perf(peer_prog[i]);
	else
		ours.link[ALLOC] = bpf_raw_tracepoint_open("mm_page_alloc",
							   peer_prog[i]);
	if (ours.link[ALLOC] < 0)
		die("cannot attach a peer", errno);
}

static void attach(enum state s)
{
	int i;

	if (s >= PEER) {
		attach_peer(s - PEER);
		return;
	}

	for (i = 0; i < NR_TPS; i++) {
		ours.link[i] = -1;
		if (ours.prog[s][i] < 0)
			continue;
		ours.link[i] = bpf_raw_tracepoint_open(NULL, ours.prog[s][i]);
		if (ours.link[i] < 0)
			die("cannot attach", errno);
	}
}

static void detach(void)
{
	int i;

	for (i = 0; i < NR_TPS; i++)
		if (ours.link[i] >= 0)
			close(ours.link[i]);
}

static void one_group(int at)
{
	double phase[NR_PHASES];
	int order[NR_STATES], i, j, p;

	for (i = 0; i < NR_STATES; i++) {
		j = rand() % (i + 1);
		order[i] = order[j];
		order[j] = i;
	}
	for (i = 0; i < NR_STATES; i++) {
		if (absent(order[i]))
			continue;
		attach(order[i]);
		one_round(CYCLES, order[i] == WATCH, phase);
		detach();
		for (p = 0; p < NR_PHASES; p++)
			result[order[i]][p][at] = phase[p];
	}
}

static void print_states(int n)
{
	static double v[MAX_ROUNDS];
	int s, p;

	printf("  \"states\": [");
	for (s = 0; s < NR_STATES; s++) {
		if (absent(s))
			continue;
		printf("%s\n    { \"state\": \"%s\", \"what\": \"%s\"",
		       s ? "," : "", states[s].name, states[s].what);
		for (p = 0; p < NR_PHASES; p++) {
			memcpy(v, result[s][p], n * sizeof(*v));
			printf(", \"%s_ns\": %.1f", phase_names[p],
			       median(v, n));
			printf(", \"%s_quartiles_ns\": [%.1f, %.1f]",
			       phase_names[p], v[n / 4], v[n * 3 / 4]);
		}
		printf(" }");
	}
	printf("\n  ],\n");
}

/* Order statistics that enclose the true median in 95 of 100 cases. */
static void interval(int n, int *low, int *high)
{
	int half = 1, k;

	for (k = 1; k * k < n; k++)
		half = k;
	*low = n / 2 - half > 0 ? n / 2 - half : 0;
	*high = n / 2 + half < n ? n / 2 + half : n - 1;
}

static void print_pair(enum state of, enum state to, enum phase p, int epochs,
		       int groups)
{
	double v[MAX_ROUNDS], diff[MAX_ROUNDS], least = 1e9, most = 0, m;
	int n = epochs * groups, e, i, low, high;

	for (e = 0; e < epochs; e++) {
		for (i = 0; i < groups; i++) {
			int at = e * groups + i;

			v[i] = result[of][p][at] / result[to][p][at];
		}
		m = median(v, groups);
		least = m < least ? m : least;
		most = m > most ? m : most;
	}
	for (i = 0; i < n; i++) {
		v[i] = result[of][p][i] / result[to][p][i];
		diff[i] = result[of][p][i] - result[to][p][i];
	}
	interval(n, &low, &high);
	m = median(v, n);
	printf(", \"%s\": { \"ratio\": %.5f, \"low\": %.5f, \"high\": %.5f, "
	       "\"epoch_min\": %.5f, \"epoch_max\": %.5f, \"more_ns\": %.2f }",
	       phase_names[p], m, v[low], v[high], least, most,
	       median(diff, n));
}

static void print_pairs(int epochs, int groups)
{
	size_t i;
	int p;

	printf("  \"pairs\": [");
	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		if (absent(pairs[i].of))
			continue;
		printf("%s\n    { \"of\": \"%s\", \"to\": \"%s\"",
		       i ? "," : "", states[pairs[i].of].name,
		       states[pairs[i].to].name);
		for (p = 0; p < NR_PHASES; p++)
			print_pair(pairs[i].of, pairs[i].to, p, epochs,
				   groups);
		printf(" }");
	}
	printf("\n  ]\n");
}

static void compare_states(const char *path, int epochs, int groups)
{
	int e, i;

	for (e = 0; e < epochs; e++) {
		load_all(path);
		no_watch |= !ours.armed;
		for (i = 0; i < groups; i++)
			one_group(e * groups + i);
		unload_all();
	}
	printf("{\n  \"pages\": %d, \"cycles\": %d, \"rounds\": %d, "
	       "\"epochs\": %d,\n", PAGES, CYCLES, epochs * groups, epochs);
	print_states(epochs * groups);
	print_pairs(epochs, groups);
	printf("}\n");
}

static void measure_steps(void)
{
	double phase[NR_PHASES];
	char line[16];

	while (fgets(line, sizeof(line), stdin)) {
		one_round(STEP_CYCLES, false, phase);
		printf("%.1f %.1f\n", phase[FAULT], phase[FREE]);
		fflush(stdout);
	}
}

static void stay_attached(void)
{
	int i;

	for (i = 0; i < NR_TPS; i++)
		ours.prog[EMPTY][i] = load_empty(tp_names[i]);
	attach(EMPTY);
	printf("ready\n");
	fflush(stdout);
	pause();
}

/* The last CPU we may use: the first often serves interrupts. */
static void stay_on_one_cpu(void)
{
	cpu_set_t may, one;
	int cpu;

	if (sched_getaffinity(0, sizeof(may), &may))
		die("sched_getaffinity", errno);
	for (cpu = CPU_SETSIZE - 1; cpu && !CPU_ISSET(cpu, &may); cpu--)
		;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		die("sched_setaffinity", errno);
	setpriority(PRIO_PROCESS, 0, -20);
}

int main(int argc, char **argv)
{
	int epochs = 10, groups = 25, c;
	bool steps = false, stay = false;

	while ((c = getopt(argc, argv, "ae:g:p:s")) != -1) {
		if (c == 'e')
			epochs = atoi(optarg);
		else if (c == 'g')
			groups = atoi(optarg);
		else if (c == 'p')
			add_peer(optarg);
		else if (c == 's')
			steps = true;
		else if (c == 'a')
			stay = true;
		else
			return 2;
	}
	if (epochs < 1 || groups < 1 || epochs * groups > MAX_ROUNDS ||
	    argc - optind != !(steps || stay)) {
		fprintf(stderr, "usage: pagefault [-e EPOCHS] [-g GROUPS] "
			"[-p NAME=PIN]... page_alloc.bpf.o\n"
			"       pagefault -s | -a\n");
		return 2;
	}
	/* What a verifier has to say, 'netswap load' shows. */
	libbpf_set_print(NULL);
	if (stay) {
		stay_attached();
		return 0;
	}
	page_size = sysconf(_SC_PAGESIZE);
	stay_on_one_cpu();
	srand(time(NULL));
	area = mmap(NULL, PAGES * page_size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		die("mmap", errno);
	madvise(area, PAGES * page_size, MADV_NOHUGEPAGE);
	if (steps)
		measure_steps();
	else
		compare_states(argv[optind], epochs, groups);
	return 0;
}

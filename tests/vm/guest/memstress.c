// SPDX-License-Identifier: GPL-2.0
/*
 * memstress: make anonymous memory that does not fit, and prove it survives
 *
 * N processes share M MiB between them.  Each maps its share, and in every
 * pass fills all its pages with a pattern that names the process, the page
 * and the pass; the pattern of one pass is verified just before the next pass
 * overwrites it, and that of the last pass in a last walk, so that every page
 * that was written is read back once: P times M MiB out, and as much back in.
 * A page that comes back from swap with the content of another page, or of an
 * earlier pass, is a mismatch.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE_BYTES	4096
#define PAGE_WORDS	(PAGE_BYTES / sizeof(uint64_t))
#define MAX_PROCS	1024

/* One page, shared by all processes and, through a file, with the watchdog. */
struct shared {
	uint64_t progress_pages;
	uint64_t verified_pages;
	uint64_t mismatches;
};

static struct shared *shared;

static void die(const char *what)
{
	fprintf(stderr, "memstress: %s: %s\n", what, strerror(errno));
	exit(2);
}

static double now_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static uint64_t page_seed(unsigned int proc, unsigned int pass, size_t page)
{
	uint64_t x = ((uint64_t)proc << 48) ^ ((uint64_t)pass << 40) ^ page;

	/* splitmix64's finaliser: neighbours must not look alike. */
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

static void page_fill(uint64_t *words, uint64_t seed)
{
	size_t i;

	for (i = 0; i < PAGE_WORDS; i++)
		words[i] = seed + i * 0x9e3779b97f4a7c15ull;
}

static int page_matches(const uint64_t *words, uint64_t seed)
{
	size_t i;

	for (i = 0; i < PAGE_WORDS; i++)
		if (words[i] != seed + i * 0x9e3779b97f4a7c15ull)
			return 0;
	return 1;
}

static void page_verify(const uint64_t *words, unsigned int proc,
			unsigned int pass, size_t page)
{
	__atomic_fetch_add(&shared->verified_pages, 1, __ATOMIC_RELAXED);
	if (page_matches(words, page_seed(proc, pass, page)))
		return;
	if (__atomic_fetch_add(&shared->mismatches, 1, __ATOMIC_RELAXED) < 8)
		fprintf(stderr,
			"memstress: process %u page %zu pass %u: mismatch\n",
			proc, page, pass);
}

static void worker(unsigned int proc, size_t pages, unsigned int passes)
{
	unsigned int pass;
	uint64_t *base;
	size_t page;
	int fd;

	/* The OOM killer, if it must, shall take the load and not the lab. */
	fd = open("/proc/self/oom_score_adj", O_WRONLY);
	if (fd >= 0) {
		if (write(fd, "500", 3) != 3)
			perror("memstress: oom_score_adj");
		close(fd);
	}

	base = mmap(NULL, pages * PAGE_BYTES, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED)
		die("mmap");
	/* Huge pages would make the number of swap operations a lottery. */
	madvise(base, pages * PAGE_BYTES, MADV_NOHUGEPAGE);

	for (pass = 0; pass <= passes; pass++) {
		for (page = 0; page < pages; page++) {
			uint64_t *words = base + page * PAGE_WORDS;

			if (pass > 0)
				page_verify(words, proc, pass - 1, page);
			if (pass < passes)
				page_fill(words, page_seed(proc, pass, page));
			__atomic_fetch_add(&shared->progress_pages, 1,
					   __ATOMIC_RELAXED);
		}
	}
	_exit(0);
}

static void usage(void)
{
	fputs("usage: memstress -m MIB [-n PROCS] [-p PASSES] [-f FILE]\n",
	      stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	unsigned int procs = 16, passes = 2, started, failed = 0, killed = 0;
	const char *path = NULL;
	size_t mib = 0, pages;
	int fd = -1, flags = MAP_SHARED, opt, status;
	double start;

	while ((opt = getopt(argc, argv, "m:n:p:f:")) != -1) {
		switch (opt) {
		case 'm':
			mib = strtoul(optarg, NULL, 10);
			break;
		case 'n':
			procs = strtoul(optarg, NULL, 10);
			break;
		case 'p':
			passes = strtoul(optarg, NULL, 10);
			break;
		case 'f':
			path = optarg;
			break;
		default:
			usage();
		}
	}
	if (!mib || !procs || procs > MAX_PROCS || !passes || optind != argc)
		usage();
	pages = mib * 256 / procs;

	if (path) {
		fd = open(path, O_RDWR | O_CREAT, 0600);
		if (fd < 0 || ftruncate(fd, PAGE_BYTES))
			die(path);
	} else {
		flags |= MAP_ANONYMOUS;
	}
	shared = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (shared == MAP_FAILED)
		die("mmap of the progress counter");
	memset(shared, 0, sizeof(*shared));

	start = now_seconds();
	for (started = 0; started < procs; started++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (!pid)
			worker(started, pages, passes);
	}
	while (wait(&status) > 0) {
		if (WIFSIGNALED(status))
			killed++;
		else if (WEXITSTATUS(status))
			failed++;
	}

	printf("seconds=%.2f verified_pages=%llu mismatches=%llu killed=%u failed=%u\n",
	       now_seconds() - start,
	       (unsigned long long)shared->verified_pages,
	       (unsigned long long)shared->mismatches, killed, failed);
	if (shared->mismatches)
		return 1;
	if (killed)
		return 3;
	if (failed || shared->verified_pages != pages * procs * passes)
		return 2;
	return 0;
}

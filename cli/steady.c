// SPDX-License-Identifier: GPL-2.0
/*
 * steady.c - what lets netswap-top and record go on when memory is gone.
 *
 * Reading /proc allocates in the kernel, and may wait for memory without
 * end.  A thread of its own does that; the one that draws or writes only
 * looks at mapped maps, is locked in memory, and tells how old the thread's
 * numbers are.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "collect.h"
#include "log.h"
#include "steady.h"

#define STACK_BYTES	(128 * 1024)
#define MAIN_STACK	(64 * 1024)
#define FIRST_MS	500
#define STOP_MS		200
#define SPARE_HEAP	(256 * 1024)
#define NICE		(-10)

static struct {
	struct nsw_source *src;
	void (*also)(void);
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool running;
	bool stop;
	bool read_now;
	unsigned long reading;	/* number of the one that runs, or was last */
	unsigned long read;	/* and of the last that is done */
	long period_ms;
	char stack[STACK_BYTES] __attribute__((aligned(4096)));
} helper = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct timespec in_ms(clockid_t clock, long ms)
{
	struct timespec t;

	clock_gettime(clock, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

static void *read_proc(void *arg)
{
	struct timespec until;

	pthread_mutex_lock(&helper.lock);
	while (!helper.stop) {
		helper.read_now = false;
		helper.reading++;
		pthread_mutex_unlock(&helper.lock);
		source_read_proc(helper.src);
		if (helper.also)
			helper.also();
		until = in_ms(CLOCK_MONOTONIC, helper.period_ms);
		pthread_mutex_lock(&helper.lock);
		helper.read = helper.reading;
		pthread_cond_broadcast(&helper.wake);
		while (!helper.stop && !helper.read_now &&
		       !pthread_cond_timedwait(&helper.wake, &helper.lock,
					       &until))
			;
	}
	pthread_mutex_unlock(&helper.lock);
	return arg;
}

/* With the lock held. */
static bool await_reading(unsigned long nr, long ms)
{
	struct timespec until = in_ms(CLOCK_MONOTONIC, ms);

	while (helper.read < nr &&
	       !pthread_cond_timedwait(&helper.wake, &helper.lock, &until))
		;
	return helper.read >= nr;
}

int steady_start(struct nsw_source *src, double delay, void (*also)(void))
{
	pthread_condattr_t cond;
	pthread_attr_t attr;
	int err;

	helper.src = src;
	helper.also = also;
	helper.period_ms = delay > 1 ? delay * 1000 : 1000;
	pthread_condattr_init(&cond);
	pthread_condattr_setclock(&cond, CLOCK_MONOTONIC);
	pthread_cond_init(&helper.wake, &cond);
	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, helper.stack, sizeof(helper.stack));
	err = pthread_create(&helper.thread, &attr, read_proc, NULL);
	pthread_attr_destroy(&attr);
	if (err)
		return log_err(-err, "cannot start the thread that reads "
			       "/proc: %s", strerror(err));
	helper.running = true;
	pthread_mutex_lock(&helper.lock);
	await_reading(1, FIRST_MS);
	pthread_mutex_unlock(&helper.lock);
	return 0;
}

bool steady_refresh(long ms)
{
	bool done;

	pthread_mutex_lock(&helper.lock);
	helper.read_now = true;
	pthread_cond_broadcast(&helper.wake);
	done = await_reading(helper.reading + 1, ms);
	pthread_mutex_unlock(&helper.lock);
	return done;
}

bool steady_stop(void)
{
	struct timespec until = in_ms(CLOCK_REALTIME, STOP_MS);

	if (!helper.running)
		return true;
	pthread_mutex_lock(&helper.lock);
	helper.stop = true;
	pthread_cond_broadcast(&helper.wake);
	pthread_mutex_unlock(&helper.lock);
	if (pthread_timedjoin_np(helper.thread, NULL, &until))
		return false;
	helper.running = false;
	return true;
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return;
	n = write(fd, text, strlen(text));
	(void)n;	/* best effort: without privilege it stays as it is */
	close(fd);
}

/* The stack we have now is locked; that it grows later needs memory. */
static void touch_stack(void)
{
	volatile char room[MAIN_STACK];
	size_t i;

	for (i = 0; i < sizeof(room); i += 4096)
		room[i] = 0;
	(void)room[0];
}

void steady_malloc(void)
{
	/* One heap that only grows: nothing to map or give back later. */
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_TRIM_THRESHOLD, -1);
	mallopt(M_MMAP_MAX, 0);
	/* curses keeps what it parsed of each terminal string it first uses. */
	mallopt(M_TOP_PAD, SPARE_HEAP);
}

void steady_lock(char *note, size_t size)
{
	write_file("/proc/self/oom_score_adj", "-1000");
	setpriority(PRIO_PROCESS, 0, NICE);
	touch_stack();
	note[0] = '\0';
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		snprintf(note, size, "not locked in memory: %s",
			 errno == ENOMEM || errno == EPERM ?
			 "RLIMIT_MEMLOCK" : strerror(errno));
}

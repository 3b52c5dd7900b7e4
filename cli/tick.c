// SPDX-License-Identifier: GPL-2.0
/*
 * tick.c - for commands that go on at an interval until they are stopped.
 */
#include <errno.h>
#include <stddef.h>
#include <time.h>

#include "tick.h"

volatile sig_atomic_t tick_stopped;

static void on_signal(int sig)
{
	(void)sig;
	tick_stopped = 1;
}

void tick_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

void tick_wait(__u64 start_ns, unsigned long tick, double secs)
{
	__u64 at = start_ns + (__u64)(tick * secs * 1e9);
	struct timespec ts = { at / 1000000000, at % 1000000000 };

	while (!tick_stopped &&
	       clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) ==
	       EINTR)
		;
}

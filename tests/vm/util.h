/* SPDX-License-Identifier: GPL-2.0 */
/* util.h: what the lab's small programs have in common */
#ifndef NETSWAP_LAB_UTIL_H
#define NETSWAP_LAB_UTIL_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <time.h>

/** die() - say why, by errno, and exit with 1 */
static inline void die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
		strerror(errno));
	exit(1);
}

/** now_seconds() - of the monotonic clock */
static inline double now_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/** free_kbytes() - MemFree: without what is on the lists of CPUs */
static inline unsigned long free_kbytes(void)
{
	struct sysinfo info;

	sysinfo(&info);
	return info.freeram * info.mem_unit / 1024;
}

/** number() - an argument that must be a number up to @max, or exit with 2 */
static inline unsigned long number(const char *text, unsigned long max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (!*text || *end || value > max) {
		fprintf(stderr, "%s: '%s': not a number up to %lu\n",
			program_invocation_short_name, text, max);
		exit(2);
	}
	return value;
}

#endif

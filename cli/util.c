// SPDX-License-Identifier: GPL-2.0
/*
 * util.c - small helpers that know nothing of netswap.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "util.h"

__u64 now_mono_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* A process stays in its time namespace, so once is enough. */
static long long timens_ns(void)
{
	static _Atomic long long offset = LLONG_MIN;
	long long secs = 0, ns = 0, known = offset;
	char buf[128];

	if (known != LLONG_MIN)
		return known;
	/* There is no such file without CONFIG_TIME_NS. */
	if (read_file("/proc/self/timens_offsets", buf, sizeof(buf)) <= 0 ||
	    sscanf(buf, "monotonic %lld %lld", &secs, &ns) != 2)
		secs = ns = 0;
	known = secs * 1000000000 + ns;
	offset = known;
	return known;
}

__u64 now_ktime_ns(void)
{
	return now_mono_ns() - timens_ns();
}

__u64 now_wall_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

long read_file(const char *path, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (!size)
		return -EINVAL;
	buf[0] = '\0';
	if (fd < 0)
		return -errno;
	while (len < size - 1) {
		n = read(fd, buf + len, size - 1 - len);
		if (n <= 0)
			break;
		len += n;
	}
	if (n < 0)
		n = -errno;
	close(fd);
	buf[len] = '\0';
	return n < 0 ? n : (long)len;
}

FILE *input_open(const char *path)
{
	return strcmp(path, "-") ? fopen(path, "re") : stdin;
}

const char *input_name(const char *path)
{
	return strcmp(path, "-") ? path : "standard input";
}

void str_copy(char *to, const char *from, size_t size)
{
	size_t len = strnlen(from, size - 1);

	memcpy(to, from, len);
	to[len] = '\0';
}

void str_clean(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 127)
			*text = '?';
}

int cmp_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

#define CGROUP2_MAGIC	0x63677270

int cgroup_id(const char *path, __u64 *id)
{
	struct statfs fs;
	struct stat st;

	if (stat(path, &st) || statfs(path, &fs))
		return -errno;
	if (!S_ISDIR(st.st_mode) || (__u32)fs.f_type != CGROUP2_MAGIC)
		return -EINVAL;
	/* kernfs: on 64 bit the inode's number is the cgroup's id. */
	*id = st.st_ino;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * drain: put the min watermark above what is free, again and again
 *
 * Memory that is free becomes the reserve, for some milliseconds in which
 * nobody else may have it.  A script that did so might not get the memory to
 * end it: this is locked in memory, and asks for none.
 *
 * The watermark goes no higher than half the memory, so it waits until no more
 * than that is free; not again later, when the load may have ended.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "../util.h"

#define FILE_NAME	"/proc/sys/vm/min_free_kbytes"
#define WAIT_S		60

struct kbytes {
	unsigned long wanted, most;
};

static struct kbytes above_free(unsigned long above_kbytes)
{
	struct sysinfo info;

	sysinfo(&info);
	return (struct kbytes) {
		.wanted = info.freeram * info.mem_unit / 1024 + above_kbytes,
		.most = info.totalram * info.mem_unit / 1024 / 2,
	};
}

int main(int argc, char **argv)
{
	unsigned long times, hold_ms, above, waits;
	char before[32], text[32];
	struct kbytes kbytes;
	ssize_t len;
	int fd;

	if (argc != 4) {
		fputs("usage: drain TIMES MILLISECONDS KBYTES-ABOVE-FREE\n",
		      stderr);
		return 2;
	}
	times = number(argv[1], 1000);
	hold_ms = number(argv[2], 10000);
	above = number(argv[3], 1 << 20);
	fd = open(FILE_NAME, O_RDWR);
	if (fd < 0)
		die(FILE_NAME);
	len = read(fd, before, sizeof(before));
	if (len <= 0 || mlockall(MCL_CURRENT | MCL_FUTURE))
		die("mlockall");
	for (waits = WAIT_S * 100; waits; waits--) {
		kbytes = above_free(above);
		if (kbytes.wanted <= kbytes.most)
			break;
		usleep(10000);
	}
	if (!waits) {
		fputs("drain: half the memory stays free\n", stderr);
		return 1;
	}
	while (times--) {
		kbytes = above_free(above);
		snprintf(text, sizeof(text), "%lu\n",
			 kbytes.wanted < kbytes.most ?
			 kbytes.wanted : kbytes.most);
		if (pwrite(fd, text, strlen(text), 0) < 0)
			die(FILE_NAME);
		usleep(hold_ms * 1000);
		if (pwrite(fd, before, len, 0) < 0)
			die(FILE_NAME);
		usleep(hold_ms * 1000);
	}
	return 0;
}

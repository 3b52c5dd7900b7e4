// SPDX-License-Identifier: GPL-2.0
/*
 * drain: put the min watermark above what is free, again and again
 *
 * Memory that is free becomes the reserve, for some milliseconds in which
 * nobody else may have it.  A script that did so might not get the memory to
 * end it: this is locked in memory, and asks for none.
 *
 * The watermark goes no higher than half the memory, so it waits until no more
 * than that is free; not again later, when the load may have ended.  With 0
 * TIMES it waits, and does no more.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../util.h"

#define FILE_NAME	"/proc/sys/vm/min_free_kbytes"
#define WAIT_S		60

int main(int argc, char **argv)
{
	unsigned long times, hold_ms, above, kbytes, most;
	char before[32], text[32];
	struct sysinfo info;
	double deadline;
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
	sysinfo(&info);
	most = info.totalram * info.mem_unit / 1024 / 2;
	deadline = now_seconds() + WAIT_S;
	while (free_kbytes() + above > most) {
		if (now_seconds() > deadline) {
			fputs("drain: half the memory stays free\n", stderr);
			return 1;
		}
		usleep(10000);
	}
	while (times--) {
		kbytes = free_kbytes() + above;
		snprintf(text, sizeof(text), "%lu\n",
			 kbytes < most ? kbytes : most);
		if (pwrite(fd, text, strlen(text), 0) < 0)
			die(FILE_NAME);
		usleep(hold_ms * 1000);
		if (pwrite(fd, before, len, 0) < 0)
			die(FILE_NAME);
		usleep(hold_ms * 1000);
	}
	return 0;
}

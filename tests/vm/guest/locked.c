// SPDX-License-Identifier: GPL-2.0
/*
 * locked: leave little memory, and ask for more than is left when told
 *
 * Takes memory until no more than some KiB are free, and at a line of input some
 * KiB more.  It is locked, so that what is reclaimed for it is of others.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../util.h"

static unsigned char *area;
static size_t taken, page;

static void take_page(void)
{
	area[taken] = 1;
	taken += page;
}

int main(int argc, char **argv)
{
	size_t left_kbytes, bytes, more, end;
	struct sysinfo info;
	double start;
	int fd;

	if (argc != 3) {
		fputs("usage: locked KIB-FREE KIB-MORE\n", stderr);
		return 2;
	}
	left_kbytes = number(argv[1], 1 << 20);
	more = (size_t)number(argv[2], 1 << 20) << 10;
	page = sysconf(_SC_PAGESIZE);
	/* The OOM killer, if it must, shall take this and not the lab. */
	fd = open("/proc/self/oom_score_adj", O_WRONLY);
	if (fd < 0 || write(fd, "1000", 4) != 4)
		die("oom_score_adj");
	close(fd);
	sysinfo(&info);
	bytes = (size_t)info.totalram * info.mem_unit;
	area = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (area == MAP_FAILED)
		die("mmap");
	madvise(area, bytes, MADV_NOHUGEPAGE);
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
		die("mlockall");
	while (free_kbytes() > left_kbytes)
		take_page();
	puts("ready");
	fflush(stdout);
	if (getchar() == EOF)
		return 1;
	start = now_seconds();
	for (end = taken + more; taken < end; )
		take_page();
	printf("seconds=%.2f\n", now_seconds() - start);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * pageout: memory of one process that is paged out and in when told
 *
 * Takes some MiB and fills each page.  For each line of its input it asks the
 * kernel to page all of it out ("out"), or reads and compares it ("in"), and
 * says so when it is done.
 */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../util.h"

#define MOST_MIB	1024

static uint64_t *area;
static size_t bytes, page;

static uint64_t *word(size_t at)
{
	return &area[at / sizeof(*area)];
}

static void page_out(void)
{
	if (madvise(area, bytes, MADV_PAGEOUT))
		die("MADV_PAGEOUT");
}

static void read_back(void)
{
	size_t at;

	for (at = 0; at < bytes; at += page)
		if (*word(at) != at + 1) {
			printf("wrong at %zu\n", at);
			exit(1);
		}
}

int main(int argc, char **argv)
{
	char line[16];
	size_t at;

	if (argc != 2) {
		fputs("usage: pageout MIB\n", stderr);
		return 2;
	}
	bytes = number(argv[1], MOST_MIB) << 20;
	page = sysconf(_SC_PAGESIZE);
	area = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		die("mmap");
	/* Fails where there are no huge pages. */
	madvise(area, bytes, MADV_NOHUGEPAGE);
	for (at = 0; at < bytes; at += page)
		*word(at) = at + 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		if (!strcmp(line, "out\n"))
			page_out();
		else if (!strcmp(line, "in\n"))
			read_back();
		else
			die("input");
		printf("%s", line);
	}
	return 0;
}

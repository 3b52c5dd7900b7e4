// SPDX-License-Identifier: GPL-2.0
/*
 * watch: tell a hung guest from a slow one, from the inside
 *
 * Declares the guest hung when for a while neither a swap request completed
 * nor memstress got on by a page.  In a guest that is out of memory every
 * allocation may be the one that never returns, reading /proc/vmstat included,
 * so once started this program does nothing which allocates: it is
 * memory-locked, it reads the counters of the swap device through a file
 * descriptor which sysfs has already given its buffer, and memstress' progress
 * through shared memory.  The verdict goes to the UART of the second serial
 * port by port I/O, past the tty layer, and the guest ends itself through
 * QEMU's debug-exit device, past the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PAGE_BYTES	4096
#define UART_PORT	0x2f8		/* ttyS1 */
#define UART_LSR	(UART_PORT + 5)
#define UART_LSR_THRE	0x20
#define EXIT_PORT	0xf4		/* -device isa-debug-exit */

static char stat_text[512];

static void die(const char *what)
{
	fprintf(stderr, "watch: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void sleep_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static void uart_write(const char *text)
{
	for (; *text; text++) {
		while (!(inb(UART_LSR) & UART_LSR_THRE))
			;
		outb(*text, UART_PORT);
	}
}

/* Completed reads plus writes: fields 1 and 5 of /sys/block/DEV/stat. */
static uint64_t swap_requests(int fd)
{
	unsigned long reads = 0, writes = 0;
	ssize_t n = pread(fd, stat_text, sizeof(stat_text) - 1, 0);

	if (n <= 0)
		return 0;
	stat_text[n] = '\0';
	sscanf(stat_text, "%lu %*u %*u %*u %lu", &reads, &writes);
	return (uint64_t)reads + writes;
}

/* Ask the kernel for the stacks of blocked tasks and the state of memory. */
static void tell_why(int sysrq)
{
	if (sysrq < 0)
		return;
	if (write(sysrq, "w", 1) == 1)
		sleep_ms(1000);
	if (write(sysrq, "m", 1) == 1)
		sleep_ms(1000);
}

int main(int argc, char **argv)
{
	struct sched_param param = { .sched_priority = 50 };
	const char *dev = "nbd0", *path = NULL;
	uint64_t requests, last_requests = 0, pages, last_pages = 0;
	unsigned int limit_s = 20, idle_s = 0;
	const volatile uint64_t *progress;
	int stat_fd, sysrq, fd, opt;
	char name[256];

	while ((opt = getopt(argc, argv, "d:f:t:")) != -1) {
		switch (opt) {
		case 'd':
			dev = optarg;
			break;
		case 'f':
			path = optarg;
			break;
		case 't':
			limit_s = strtoul(optarg, NULL, 10);
			break;
		default:
			path = NULL;
			optind = argc + 1;
		}
	}
	if (!path || !limit_s || optind != argc) {
		fputs("usage: watch -f FILE [-d DEVICE] [-t SECONDS]\n",
		      stderr);
		return 2;
	}

	fd = open(path, O_RDWR | O_CREAT, 0600);
	if (fd < 0 || ftruncate(fd, PAGE_BYTES))
		die(path);
	progress = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	if (progress == MAP_FAILED)
		die("mmap");

	snprintf(name, sizeof(name), "/sys/block/%s/stat", dev);
	stat_fd = open(name, O_RDONLY);
	if (stat_fd < 0)
		die(name);
	sysrq = open("/proc/sysrq-trigger", O_WRONLY);
	if (ioperm(UART_PORT, 8, 1) || ioperm(EXIT_PORT, 1, 1))
		die("ioperm");
	if (sched_setscheduler(0, SCHED_FIFO, &param))
		die("sched_setscheduler");
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		die("mlockall");

	while (idle_s < limit_s) {
		requests = swap_requests(stat_fd);
		pages = *progress;
		if (requests != last_requests || pages != last_pages)
			idle_s = 0;
		else
			idle_s++;
		last_requests = requests;
		last_pages = pages;
		sleep_ms(1000);
	}

	tell_why(sysrq);
	snprintf(name, sizeof(name),
		 "\nhung_after_pages=%llu\nhung_swap_requests=%llu\n",
		 (unsigned long long)pages, (unsigned long long)requests);
	uart_write(name);
	uart_write("verdict=HUNG\n");
	outb(0, EXIT_PORT);
	return 1;
}

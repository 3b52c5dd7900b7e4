// SPDX-License-Identifier: GPL-2.0
/*
 * watch: tell a hung guest from a slow one, from the inside, and say why
 *
 * Declares the guest hung when for a while neither a swap request completed
 * nor memstress got on by a page, and timed out when memstress takes too long.
 * In a guest that is out of memory every allocation may be the one that never
 * returns, reading /proc/vmstat included, so once started this program does
 * nothing which allocates: it is memory-locked, it reads only files which it
 * has read once before, and memstress' progress through shared memory.  What
 * it has to say goes to a UART by port I/O, past the tty layer, and the guest
 * ends itself through QEMU's debug-exit device, past the kernel.
 *
 * Such a file is a seq_file: its buffer is allocated by the first read and
 * stays with the open file (fs/seq_file.c), and all that are read here fill it
 * with printf and locks alone.  Not among them: /proc/vmstat (vmstat_start()),
 * /proc/net/netstat (netstat_seq_show()), files of /proc/sys
 * (proc_sys_call_handler()) and /proc/PID/stack, which allocate every time.
 * So does /proc/self/mountstats (nfs_show_devname()): it is read last of all,
 * when all else has been told and not to come back does no harm any more.
 * The buffer grows when one record does not fit, and that allocates as well,
 * so a file whose only record comes close to it is left alone.
 *
 * The protocol, KEY=VALUE lines and files between @@BEGIN and @@END:
 *
 *	watch=ready		all files are open; then once a second
 *	tick=S pages=N requests=N free=N swap=N
 *	oom_at=S		the OOM killer was called; then the files, as
 *				NAME.oom, and the run goes on
 *	verdict=HUNG		or TIMED-OUT, or none with -1; then the files,
 *				while the kernel prints to its own console
 *	evidence=ready		the guest stays as it is until the host sends a
 *				'q', or 15 seconds, and then ends (not with -1)
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "../util.h"

#define PAGE_BYTES	4096
#define STACK_BYTES	65536
#define UART_PORT	0x3e8		/* ttyS2 */
#define UART_BYTES	8		/* ports of one UART */
#define UART_LSR	5
#define UART_LSR_DR	0x01
#define UART_LSR_THRE	0x20
#define EXIT_PORT	0xf4		/* -device isa-debug-exit */
#define FILE_MAX	64
#define FILE_BYTES	65536		/* of one file: the rest is cut */
#define ACK_SECONDS	15
#define GROWTH_BYTES	256		/* numbers get more digits */

struct file {
	const char *name;	/* in what is sent */
	int fd;
	bool twice;		/* what moves while nothing gets on? */
	bool allocates;		/* reading it may not come back: last */
};

/* What to read.  A '*' gives each match a number behind its name. */
static const struct source {
	const char *name;
	const char *path;
	bool twice;
	bool one_record;	/* its length decides on the buffer's */
} sources[] = {
	{ "stat",	"/sys/block/%s/stat",		true,	false },
	{ "inflight",	"/sys/block/%s/inflight",	false,	false },
	{ "zoneinfo",	"/proc/zoneinfo",		false,	true },
	{ "meminfo",	"/proc/meminfo",		false,	true },
	{ "buddyinfo",	"/proc/buddyinfo",		false,	false },
	{ "swaps",	"/proc/swaps",			false,	false },
	{ "tcp",	"/proc/net/tcp",		true,	false },
	{ "sockstat",	"/proc/net/sockstat",		false,	true },
	{ "protocols",	"/proc/net/protocols",		false,	false },
	{ "softnet_stat", "/proc/net/softnet_stat",	true,	false },
	{ "softirqs",	"/proc/softirqs",		true,	true },
	{ "interrupts",	"/proc/interrupts",		true,	false },
	{ "dev",	"/proc/net/dev",		true,	false },
	{ "rpc_nfs",	"/proc/net/rpc/nfs",		true,	true },
	{ "mountstats",	"/proc/self/mountstats",	true,	true },
	{ "rpc_tasks",	"/sys/kernel/debug/sunrpc/rpc_clnt/*/tasks",
							false,	false },
	{ "rpc_xprt",	"/sys/kernel/debug/sunrpc/rpc_xprt/*/info",
							false,	true },
};

static struct file files[FILE_MAX];
static unsigned int nr_files;
static bool uart_dead;
static int stat_fd = -1, rpc_fd = -1, sysrq_fd = -1, kmsg_fd = -1;
static char buffer[FILE_BYTES];

static void sleep_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

/* A host that does not read must not make a real-time task spin for ever. */
static bool uart_ready(void)
{
	int tries;

	for (tries = 0; tries < 6000; tries++) {
		if (inb(UART_PORT + UART_LSR) & UART_LSR_THRE)
			return true;
		if (tries > 1000)
			sleep_ms(1);
	}
	return false;
}

static void uart_write(const char *text, size_t len)
{
	for (; len && !uart_dead; text++, len--) {
		if (uart_ready())
			outb(*text, UART_PORT);
		else
			uart_dead = true;
	}
}

__attribute__((format(printf, 1, 2)))
static void say(const char *format, ...)
{
	char line[256];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (len > 0)
		uart_write(line, (size_t)len < sizeof(line) ? (size_t)len :
							      sizeof(line) - 1);
}

/* Sends what there is of it, and ends with a line of its own. */
static void send_file(const struct file *file, const char *suffix)
{
	size_t sent = 0;
	char last = '\n';
	ssize_t n;

	say("@@BEGIN %s%s\n", file->name, suffix);
	while (sent < FILE_BYTES) {
		n = pread(file->fd, buffer, FILE_BYTES - sent, sent);
		if (n <= 0)
			break;
		uart_write(buffer, n);
		last = buffer[n - 1];
		sent += n;
	}
	if (last != '\n')
		say("\n");
	say("@@END %s%s\n", file->name, suffix);
	if (sent >= FILE_BYTES)
		say("cut=%s%s\n", file->name, suffix);
}

static void read_twice(const char *suffix, bool allocates)
{
	unsigned int i;

	for (i = 0; i < nr_files; i++)
		if (files[i].twice && files[i].allocates == allocates)
			send_file(&files[i], suffix);
}

/*
 * The kernel writes to its console before this returns, unless another CPU
 * took that over: hence the pause.  printk() allocates nothing.
 */
static void sysrq(char key)
{
	if (sysrq_fd < 0)
		return;
	if (write(sysrq_fd, &key, 1) == 1)
		sleep_ms(500);
}

/* devkmsg_read() has its buffer since the open. */
static bool oom_killer_called(void)
{
	bool called = false;
	ssize_t n;
	int left;

	if (kmsg_fd < 0)
		return false;
	for (left = 1000; left; left--) {
		n = read(kmsg_fd, buffer, sizeof(buffer) - 1);
		if (n < 0 && errno == EPIPE)
			continue;	/* some were lost */
		if (n <= 0)
			break;
		buffer[n] = '\0';
		if (strstr(buffer, " invoked oom-killer: "))
			called = true;
	}
	return called;
}

/* Who waits for what when memory is short, not after the load has ended. */
static void collect_oom(unsigned int second)
{
	unsigned int i;

	say("oom_at=%u\n", second);
	sysrq('9');
	sysrq('w');
	for (i = 0; i < nr_files; i++)
		if (!files[i].allocates)
			send_file(&files[i], ".oom");
	sysrq('t');
}

/* The most important first: any of it may be the last that works. */
static void collect(void)
{
	unsigned int i;

	read_twice("", false);
	sysrq('9');
	sysrq('w');
	sysrq('m');
	for (i = 0; i < nr_files; i++)
		if (!files[i].twice)
			send_file(&files[i], "");
	sysrq('t');	/* a wait for TCP is interruptible: not in 'w' */
	sysrq('d');	/* lockdep's, if there is one */
	read_twice(".2", false);
	sysrq('l');
	read_twice("", true);
	sleep_ms(2000);
	read_twice(".2", true);
	say("evidence=ready\n");
}

static void wait_for_host(void)
{
	int tries;

	for (tries = 0; tries < ACK_SECONDS * 100; tries++) {
		while (inb(UART_PORT + UART_LSR) & UART_LSR_DR)
			if (inb(UART_PORT) == 'q')
				return;
		sleep_ms(10);
	}
	say("evidence=unacknowledged\n");
}

/*
 * NFS: READs and WRITEs that were begun, of the client's statistics, "proc3
 * COUNT NUMBER..." in the order of the procedures, and proc4 in that of the
 * client's own table.
 */
static uint64_t nfs_requests(void)
{
	static const struct {
		const char *line;
		int read, write;
	} versions[] = { { "\nproc3 ", 6, 7 }, { "\nproc4 ", 1, 2 } };
	ssize_t n = pread(rpc_fd, buffer, FILE_BYTES - 1, 0);
	uint64_t sum = 0, number;
	unsigned int i;
	char *at;
	int nr;

	buffer[n > 0 ? n : 0] = '\0';
	for (i = 0; i < sizeof(versions) / sizeof(*versions); i++) {
		at = strstr(buffer, versions[i].line);
		if (!at)
			continue;
		at += strlen(versions[i].line);
		/* Their count is the first. */
		for (nr = -1; nr <= versions[i].write; nr++) {
			number = strtoull(at, &at, 10);
			if (nr == versions[i].read || nr == versions[i].write)
				sum += number;
		}
	}
	return sum;
}

/* Completed reads plus writes: fields 1 and 5 of /sys/block/DEV/stat. */
static uint64_t swap_requests(void)
{
	unsigned long reads = 0, writes = 0;
	ssize_t n = pread(stat_fd, buffer, 511, 0);

	if (n <= 0)
		return rpc_fd >= 0 ? nfs_requests() : 0;
	buffer[n] = '\0';
	sscanf(buffer, "%lu %*u %*u %*u %lu", &reads, &writes);
	return (uint64_t)reads + writes;
}

static void tick(unsigned int second, uint64_t pages, uint64_t requests)
{
	struct sysinfo si;

	if (sysinfo(&si))
		memset(&si, 0, sizeof(si));
	say("tick=%u pages=%llu requests=%llu free=%lu swap=%lu\n", second,
	    (unsigned long long)pages, (unsigned long long)requests,
	    si.freeram * si.mem_unit / PAGE_BYTES,
	    (si.totalswap - si.freeswap) * si.mem_unit / PAGE_BYTES);
}

/*
 * Reads it all; of one record returns how much it may grow until its buffer
 * has to, or -1.
 */
static ssize_t read_once(int fd, bool one_record)
{
	size_t len = 0, room = PAGE_BYTES;
	ssize_t n;

	while (len < FILE_BYTES) {
		n = pread(fd, buffer, FILE_BYTES - len, len);
		if (n < 0)
			return -1;
		if (!n)
			break;
		len += n;
	}
	while (room <= len)
		room *= 2;
	return one_record ? room - len : PAGE_BYTES;
}

static void open_file(const char *path, const struct source *source, int nr)
{
	struct file *file = &files[nr_files];
	char name[64];
	ssize_t room;

	if (nr_files == FILE_MAX)
		return;
	file->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0 && errno == ENOENT)
		return;			/* this swap has no such thing */
	if (file->fd < 0) {
		say("not_read=%s: %s\n", path, strerror(errno));
		return;
	}
	room = read_once(file->fd, source->one_record);
	if (room < GROWTH_BYTES) {
		say("not_read=%s: room for %zd bytes more in its buffer\n",
		    path, room);
		close(file->fd);
		return;
	}
	snprintf(name, sizeof(name), "%s.%d", source->name, nr);
	file->name = nr ? strdup(name) : source->name;
	if (!file->name)
		die("strdup");
	file->twice = source->twice;
	file->allocates = !strcmp(source->name, "mountstats");
	if (!strcmp(source->name, "stat"))
		stat_fd = file->fd;
	if (!strcmp(source->name, "rpc_nfs"))
		rpc_fd = file->fd;
	nr_files++;
}

static void open_files(const char *dev)
{
	const struct source *source;
	char path[256];
	glob_t found;
	size_t i;

	for (source = sources;
	     source < sources + sizeof(sources) / sizeof(*sources); source++) {
		snprintf(path, sizeof(path), source->path, dev);
		if (!strchr(path, '*')) {
			open_file(path, source, 0);
			continue;
		}
		if (glob(path, 0, NULL, &found))
			continue;
		for (i = 0; i < found.gl_pathc; i++)
			open_file(found.gl_pathv[i], source, i + 1);
		globfree(&found);
	}
}

/* Files which cannot be read later, and do not change. */
static void say_once(const char *key, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[128] = "";

	if (fd < 0)
		return;
	if (read(fd, text, sizeof(text) - 1) > 0) {
		text[strcspn(text, "\n")] = '\0';
		say("%s=%s\n", key, text);
	}
	close(fd);
}

static const volatile uint64_t *map_progress(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *map;

	if (fd < 0 || ftruncate(fd, PAGE_BYTES))
		die(path);
	map = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		die("mmap");
	return map;
}

/* From here on without help of the memory management. */
static void settle(void)
{
	struct sched_param param = { .sched_priority = 50 };
	volatile char stack[STACK_BYTES];

	if (sched_setscheduler(0, SCHED_FIFO, &param))
		die("sched_setscheduler");
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		die("mlockall");
	memset((char *)stack, 1, sizeof(stack));
}

/* Who starts the load before this may have a watch that never gets so far. */
static void say_ready(const char *path)
{
	int fd;

	say("watch=ready\n");
	if (!path)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		die(path);
	close(fd);
}

static void usage(void)
{
	fputs("usage: watch -f FILE [-d DEVICE] [-r FILE] [-t SECONDS]"
	      " [-T SECONDS]\n"
	      "       watch -1 [-d DEVICE]\n"
	      "-r: create this file when all is prepared: now begin the load\n"
	      "-t: hung when nothing got on for so long (20)\n"
	      "-T: timed out when the load still runs then (never)\n"
	      "-1: collect the evidence now, and do not end the guest\n",
	      stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	unsigned int second, hung_s = 20, limit_s = 0, last = 0;
	uint64_t requests = 0, last_requests = 0, pages = 0, last_pages = 0;
	const char *dev = "nbd0", *path = NULL, *ready = NULL;
	const volatile uint64_t *progress = NULL;
	bool once = false, oom = false;
	time_t start;
	int opt;

	while ((opt = getopt(argc, argv, "1d:f:r:t:T:")) != -1) {
		switch (opt) {
		case '1':
			once = true;
			break;
		case 'd':
			dev = optarg;
			break;
		case 'f':
			path = optarg;
			break;
		case 'r':
			ready = optarg;
			break;
		case 't':
			hung_s = number(optarg, 1000000);
			break;
		case 'T':
			limit_s = number(optarg, 1000000);
			break;
		default:
			usage();
		}
	}
	if (optind != argc || !path == !once || !hung_s)
		usage();

	if (ioperm(UART_PORT, UART_BYTES, 1) || ioperm(EXIT_PORT, 1, 1))
		die("ioperm");
	if (inb(UART_PORT + UART_LSR) == 0xff) {
		fputs("watch: no UART at 0x3e8: give QEMU a third -serial\n",
		      stderr);
		return 1;
	}
	if (!once)
		progress = map_progress(path);
	open_files(dev);
	if (stat_fd < 0)
		die(dev);
	sysrq_fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);
	kmsg_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kmsg_fd >= 0)
		lseek(kmsg_fd, 0, SEEK_END);
	say_once("tcp_mem", "/proc/sys/net/ipv4/tcp_mem");
	say_once("min_free_kbytes", "/proc/sys/vm/min_free_kbytes");
	settle();
	say_ready(ready);

	if (once) {
		collect();
		wait_for_host();
		return 0;
	}

	/*
	 * Seconds are those slept: of a host that stops the guest for a while
	 * its clock would make a guest that is hung.  The host's patience ends
	 * by the clock.
	 */
	start = time(NULL);
	for (second = 0;; second++) {
		requests = swap_requests();
		pages = *progress;
		if (requests != last_requests || pages != last_pages)
			last = second;
		last_requests = requests;
		last_pages = pages;
		tick(second, pages, requests);
		if (!oom && oom_killer_called()) {
			oom = true;
			collect_oom(second);
		}
		if (second - last >= hung_s ||
		    (limit_s && time(NULL) - start >= limit_s))
			break;
		sleep_ms(1000);
	}

	say("hung_after_pages=%llu\nhung_swap_requests=%llu\n"
	    "last_progress_seconds=%u\n", (unsigned long long)pages,
	    (unsigned long long)requests, last);
	say("verdict=%s\n", second - last >= hung_s ? "HUNG" : "TIMED-OUT");
	collect();
	wait_for_host();
	outb(0, EXIT_PORT);
	return 1;
}

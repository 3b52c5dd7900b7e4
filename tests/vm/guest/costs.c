// SPDX-License-Identifier: GPL-2.0
/*
 * costs: what plain things take on a kernel, for those who do not swap
 *
 * costs ROUNDS: each of a few operations, many times, in ROUNDS rounds; says
 * "NAME NANOSECONDS" of each round, for one operation.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../util.h"

#define MOST_ROUNDS	1000
#define PAGES		4096
#define TALKERS		8
#define OBJECTS		512
#define CHUNK		65536

static char chunk[CHUNK];

static void must(bool done, const char *what)
{
	if (!done)
		die(what);
}

/* One end of a loopback connection in fd[0], the other in fd[1]. */
static void connect_pair(int type, int fd[2])
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(addr);
	int at = socket(AF_INET, type, 0);

	must(at >= 0 && !bind(at, (void *)&addr, len) &&
	     !getsockname(at, (void *)&addr, &len), "bind");
	must(type == SOCK_DGRAM || !listen(at, 1), "listen");
	fd[0] = socket(AF_INET, type, 0);
	must(fd[0] >= 0 && !connect(fd[0], (void *)&addr, len), "connect");
	fd[1] = type == SOCK_DGRAM ? at : accept(at, NULL, NULL);
	must(fd[1] >= 0, "accept");
	if (type != SOCK_DGRAM)
		close(at);
}

static void transfer(const int fd[2], size_t bytes)
{
	size_t got = 0;
	ssize_t n;

	must(write(fd[0], chunk, bytes) == (ssize_t)bytes, "write");
	while (got < bytes) {
		n = read(fd[1], chunk, sizeof(chunk));
		must(n > 0, "read");
		got += n;
	}
}

static void page_faults(int count)
{
	size_t page = sysconf(_SC_PAGESIZE), at;
	char *area;

	for (; count > 0; count -= PAGES) {
		area = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		must(area != MAP_FAILED, "mmap");
		for (at = 0; at < PAGES * page; at += page)
			area[at] = 1;
		munmap(area, PAGES * page);
	}
}

static void objects(int count)
{
	int fd[2];

	while (count--) {
		must(!pipe(fd), "pipe");
		close(fd[0]);
		close(fd[1]);
	}
}

/* So many at a time that they come from, and go back to, other slabs. */
static void many_objects(int count)
{
	int fds[OBJECTS], i;

	for (; count > 0; count -= OBJECTS) {
		for (i = 0; i < OBJECTS; i++) {
			fds[i] = eventfd(0, 0);
			must(fds[i] >= 0, "eventfd");
		}
		while (i)
			close(fds[--i]);
	}
}

static void messages(int type, size_t bytes, int count)
{
	int fd[2];

	connect_pair(type, fd);
	while (count--)
		transfer(fd, bytes);
	close(fd[0]);
	close(fd[1]);
}

static void udp(int count)
{
	messages(SOCK_DGRAM, 1024, count);
}

static void tcp(int count)
{
	messages(SOCK_STREAM, 1024, count);
}

static void tcp_chunks(int count)
{
	messages(SOCK_STREAM, CHUNK / 2, count);
}

/* As hackbench has it: pairs that write to each other. */
static void talk(int count)
{
	int fd[2], i;

	for (i = 0; i < TALKERS; i++) {
		must(!socketpair(AF_UNIX, SOCK_STREAM, 0, fd), "socketpair");
		if (!fork()) {
			for (; count > 0; count -= TALKERS)
				must(read(fd[1], chunk, 100) == 100 &&
				     write(fd[1], chunk, 100) == 100, "echo");
			_exit(0);
		}
		if (!fork()) {
			for (; count > 0; count -= TALKERS)
				must(write(fd[0], chunk, 100) == 100 &&
				     read(fd[0], chunk, 100) == 100, "talk");
			_exit(0);
		}
		close(fd[0]);
		close(fd[1]);
	}
	while (wait(NULL) > 0)
		;
}

static void processes(int count)
{
	while (count--) {
		if (!fork())
			_exit(0);
		wait(NULL);
	}
}

static const struct {
	const char *name;
	void (*run)(int count);
	int count;
} costs[] = {
	{ "page_fault", page_faults, 4 * PAGES },
	{ "pipe", objects, 10000 },
	{ "slab", many_objects, 20 * OBJECTS },
	{ "udp", udp, 10000 },
	{ "tcp", tcp, 10000 },
	{ "tcp_chunk", tcp_chunks, 1000 },
	{ "talk", talk, 10000 },
	{ "fork", processes, 500 },
};

int main(int argc, char **argv)
{
	unsigned long rounds, i;
	double start;
	size_t c;

	if (argc != 2) {
		fputs("usage: costs ROUNDS\n", stderr);
		return 2;
	}
	rounds = number(argv[1], MOST_ROUNDS);
	/* The first round is for what is done once. */
	for (i = 0; i <= rounds; i++)
		for (c = 0; c < sizeof(costs) / sizeof(*costs); c++) {
			start = now_seconds();
			costs[c].run(costs[c].count);
			if (i)
				printf("%s %.1f\n", costs[c].name,
				       (now_seconds() - start) * 1e9 /
				       costs[c].count);
			fflush(stdout);
		}
	return 0;
}

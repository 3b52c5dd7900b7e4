// SPDX-License-Identifier: GPL-2.0
/*
 * sink: receivers that fill the guest's memory with packets they are slow to read
 *
 * The TCP receivers connect out to the flood source, ask for a large receive
 * buffer and then read a little of it every few milliseconds: the rest sits in
 * socket buffers, memory which can not be swapped, while the source keeps the
 * line busy.  The optional UDP receivers bind one port each and are as slow,
 * so that what arrives is queued and then dropped.  All of it is memory-locked
 * and none of its sockets is marked for swapping: under pressure its packets
 * are the ones which the kernel is to drop.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../util.h"

#define MAX_SOCKETS	1024
#define MAX_READ_BYTES	(1 << 20)

static char buffer[MAX_READ_BYTES];
static int sockets[MAX_SOCKETS];

static int open_socket(int type, int rcvbuf_bytes)
{
	int fd = socket(AF_INET, type, 0);

	if (fd < 0)
		die("socket");
	/* FORCE: rmem_max is far below what the recipe needs. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf_bytes,
		       sizeof(rcvbuf_bytes)))
		die("SO_RCVBUFFORCE");
	return fd;
}

static void usage(void)
{
	fputs("usage: sink [-a ADDRESS] [-p PORT] [-n TCP-RECEIVERS]\n"
	      "            [-u FIRST-UDP-PORT] [-U UDP-RECEIVERS]\n"
	      "            [-b RCVBUF-BYTES] [-i INTERVAL-MS] [-r READ-BYTES]\n",
	      stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	unsigned long tcp = 16, udp = 0, rcvbuf = 8 << 20, interval_ms = 50;
	unsigned long read_bytes = 16384, port = 0, udp_port = 0, i;
	struct sockaddr_in addr = { .sin_family = AF_INET };
	struct timespec tick;
	int opt;

	addr.sin_addr.s_addr = inet_addr("10.0.2.2");
	while ((opt = getopt(argc, argv, "a:p:n:u:U:b:i:r:")) != -1) {
		switch (opt) {
		case 'a':
			addr.sin_addr.s_addr = inet_addr(optarg);
			break;
		case 'p':
			port = number(optarg, 65535);
			break;
		case 'n':
			tcp = number(optarg, MAX_SOCKETS);
			break;
		case 'u':
			udp_port = number(optarg, 65535);
			break;
		case 'U':
			udp = number(optarg, MAX_SOCKETS);
			break;
		case 'b':
			rcvbuf = number(optarg, 1ul << 30);
			break;
		case 'i':
			interval_ms = number(optarg, 60000);
			break;
		case 'r':
			read_bytes = number(optarg, MAX_READ_BYTES);
			break;
		default:
			usage();
		}
	}
	if (!port)
		tcp = 0;
	if (!udp_port)
		udp = 0;
	if (!(tcp + udp) || tcp + udp > MAX_SOCKETS || optind != argc)
		usage();

	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		die("mlockall");

	for (i = 0; i < tcp; i++) {
		sockets[i] = open_socket(SOCK_STREAM, rcvbuf);
		addr.sin_port = htons(port);
		if (connect(sockets[i], (struct sockaddr *)&addr,
			    sizeof(addr)))
			die("connect to the flood source");
	}
	for (i = tcp; i < tcp + udp; i++) {
		struct sockaddr_in any = {
			.sin_family = AF_INET,
			.sin_port = htons(udp_port + i - tcp),
		};

		sockets[i] = open_socket(SOCK_DGRAM, rcvbuf);
		if (bind(sockets[i], (struct sockaddr *)&any, sizeof(any)))
			die("bind");
	}

	/* The scenario waits for this line. */
	printf("sink: %lu TCP and %lu UDP receivers\n", tcp, udp);
	fflush(stdout);

	tick.tv_sec = interval_ms / 1000;
	tick.tv_nsec = interval_ms % 1000 * 1000000;
	for (;;) {
		nanosleep(&tick, NULL);
		for (i = 0; i < tcp + udp; i++) {
			ssize_t n = recv(sockets[i], buffer, read_bytes,
					 MSG_DONTWAIT);

			/* The source is bounded in time; so are we. */
			if (!n && i < tcp)
				return 0;
			if (n < 0 && errno != EAGAIN && errno != EINTR)
				die("recv");
		}
	}
}

// SPDX-License-Identifier: GPL-2.0
/*
 * blast: the source of the flood, on the host's side of the guest's network
 *
 * Listens on the loopback address only and writes to whoever connects as fast
 * as the connection takes it; the guest's sinks reach it through QEMU's user
 * networking as 10.0.2.2.  With -u it also sends datagrams, at a bounded rate,
 * to ports of the loopback address which QEMU forwards into the guest.  It
 * ends by itself after -t seconds: a lab which was killed leaves no flood.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../util.h"

#define MAX_CLIENTS	64
#define CHUNK_BYTES	65536
#define DATAGRAM_BYTES	1400

static char chunk[CHUNK_BYTES];

static void send_datagrams(int fd, unsigned int port, unsigned int ports,
			   unsigned int count)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	static unsigned int turn;

	while (count--) {
		addr.sin_port = htons(port + turn++ % ports);
		/* Full queues and closed ports are what a flood is about. */
		(void)sendto(fd, chunk, DATAGRAM_BYTES, MSG_DONTWAIT,
			     (struct sockaddr *)&addr, sizeof(addr));
	}
}

static void usage(void)
{
	fputs("usage: blast -t SECONDS [-p PORT] [-u FIRST-UDP-PORT]\n"
	      "             [-U UDP-PORTS] [-R DATAGRAMS-PER-SECOND]\n"
	      "Prints the TCP port it listens on.\n", stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	unsigned int port = 0, udp_port = 0, udp_ports = 1, rate = 2000;
	unsigned int limit_s = 0, clients = 0, i;
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(addr);
	struct pollfd fds[MAX_CLIENTS + 1];
	int one = 1, udp_fd = -1, opt;
	double start, last;

	while ((opt = getopt(argc, argv, "t:p:u:U:R:")) != -1) {
		switch (opt) {
		case 't':
			limit_s = number(optarg, 86400);
			break;
		case 'p':
			port = number(optarg, 65535);
			break;
		case 'u':
			udp_port = number(optarg, 65535);
			break;
		case 'U':
			udp_ports = number(optarg, 4096);
			break;
		case 'R':
			rate = number(optarg, 1000000);
			break;
		default:
			usage();
		}
	}
	if (!limit_s || !udp_ports || optind != argc)
		usage();

	signal(SIGPIPE, SIG_IGN);
	fds[0].fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fds[0].fd < 0)
		die("socket");
	fds[0].events = POLLIN;
	setsockopt(fds[0].fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	addr.sin_port = htons(port);
	if (bind(fds[0].fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(fds[0].fd, MAX_CLIENTS) ||
	    getsockname(fds[0].fd, (struct sockaddr *)&addr, &len))
		die("listen");
	if (udp_port) {
		udp_fd = socket(AF_INET, SOCK_DGRAM, 0);
		if (udp_fd < 0)
			die("socket");
	}
	printf("%u\n", ntohs(addr.sin_port));
	fflush(stdout);

	start = last = now_seconds();
	while (now_seconds() - start < limit_s) {
		if (poll(fds, clients + 1, udp_fd < 0 ? 1000 : 1) < 0 &&
		    errno != EINTR)
			die("poll");
		if (udp_fd >= 0) {
			double now = now_seconds();

			i = (now - last) * rate;
			if (i) {
				send_datagrams(udp_fd, udp_port, udp_ports, i);
				last = now;
			}
		}
		for (i = 1; i <= clients; i++) {
			ssize_t n;

			if (!fds[i].revents)
				continue;
			n = send(fds[i].fd, chunk, sizeof(chunk),
				 MSG_DONTWAIT);
			if (n < 0 && errno != EAGAIN && errno != EINTR) {
				close(fds[i].fd);
				fds[i--] = fds[clients--];
			}
		}
		if (fds[0].revents && clients < MAX_CLIENTS) {
			int fd = accept(fds[0].fd, NULL, NULL);

			if (fd >= 0) {
				clients++;
				fds[clients].fd = fd;
				fds[clients].events = POLLOUT;
				fds[clients].revents = 0;
			}
		}
	}
	return 0;
}

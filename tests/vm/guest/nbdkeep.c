// SPDX-License-Identifier: GPL-2.0
/*
 * nbdkeep: an NBD client whose device outlives its connection
 *
 * The kernel can hold an NBD device's requests while it has no connection, and
 * send them again on a new one.  It takes a client that sets the time limits
 * (NBD_ATTR_DEAD_CONN_TIMEOUT, NBD_ATTR_TIMEOUT) and gives it the new socket
 * (NBD_CMD_RECONFIGURE); nbd-client before 3.27 does neither, and every
 * request fails with its first connection.
 *
 * While the connection is down nothing can be swapped out, so the way to a new
 * one must not wait for memory.  It did, for as long as the kernel held the
 * requests, in the socket() of a client that was only locked into memory.  So:
 * - this program is a real-time task, whose allocations may take half of the
 *   reserve below the min watermark (ALLOC_MIN_RESERVE in mm/page_alloc.c);
 * - they do no I/O, which would wait for this program (PR_SET_IO_FLUSHER);
 * - the next socket is made ahead of need;
 * - a dead connection is learned of from the socket, not by netlink, for which
 *   the kernel would allocate.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/nbd-netlink.h>
#include <linux/netlink.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../util.h"

#ifndef PR_SET_IO_FLUSHER
#define PR_SET_IO_FLUSHER	57
#endif

#define NBD_OPT_EXPORT_NAME	1
#define NBD_FLAGS_WANTED	3	/* fixed newstyle, no zeroes */
#define RETRY_MS		200
#define ANSWER_S		10

struct message {
	struct nlmsghdr nl;
	struct genlmsghdr genl;
	char attrs[512];
};

static const char *host = "10.0.2.2", *export_name = "swap";
static unsigned int port, device, block_bytes = 4096;
static unsigned int timeout_s = 10, dead_timeout_s = 60;
static int netlink_fd;
static uint16_t family;

/* --- netlink ----------------------------------------------------------- */

static struct nlattr *put(struct message *m, int type, const void *data,
			  size_t bytes)
{
	struct nlattr *attr = (void *)((char *)m + NLMSG_ALIGN(m->nl.nlmsg_len));

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + bytes;
	if (bytes)
		memcpy((char *)attr + NLA_HDRLEN, data, bytes);
	m->nl.nlmsg_len = NLMSG_ALIGN(m->nl.nlmsg_len) +
			  NLA_ALIGN(attr->nla_len);
	return attr;
}

static void put_u32(struct message *m, int type, uint32_t value)
{
	put(m, type, &value, sizeof(value));
}

static void put_u64(struct message *m, int type, uint64_t value)
{
	put(m, type, &value, sizeof(value));
}

/* The answer is left in *m; -1 and errno if it is an error. */
static int ask(struct message *m)
{
	struct nlmsgerr *answer = (void *)&m->genl;
	ssize_t n;

	if (send(netlink_fd, m, m->nl.nlmsg_len, 0) < 0)
		return -1;
	/* An answer with content, if any, and then the acknowledgement. */
	for (;;) {
		n = recv(netlink_fd, m, sizeof(*m), 0);
		if (n < 0)
			return -1;
		if (m->nl.nlmsg_type == NLMSG_ERROR) {
			errno = -answer->error;
			return errno ? -1 : 0;
		}
		if (m->nl.nlmsg_type == GENL_ID_CTRL) {
			struct nlattr *attr = (void *)m->attrs;

			while ((char *)attr < (char *)m + n && attr->nla_len) {
				if (attr->nla_type == CTRL_ATTR_FAMILY_ID)
					memcpy(&family, (char *)attr +
					       NLA_HDRLEN, sizeof(family));
				attr = (void *)((char *)attr +
						NLA_ALIGN(attr->nla_len));
			}
		}
	}
}

static void begin(struct message *m, uint16_t type, uint8_t command)
{
	memset(m, 0, sizeof(*m));
	m->nl.nlmsg_type = type;
	m->nl.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	m->nl.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	m->genl.cmd = command;
	m->genl.version = 1;
}

static void open_netlink(void)
{
	struct message m;

	netlink_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
			    NETLINK_GENERIC);
	if (netlink_fd < 0)
		die("netlink");
	begin(&m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	put(&m, CTRL_ATTR_FAMILY_NAME, NBD_GENL_FAMILY_NAME,
	    sizeof(NBD_GENL_FAMILY_NAME));
	if (ask(&m))
		die("the kernel has no NBD");
}

/* NBD_CMD_CONNECT, or NBD_CMD_RECONFIGURE: the device gets this socket. */
static int give(int command, int sock, uint64_t bytes, uint16_t flags)
{
	struct nlattr *sockets, *item;
	struct message m;

	begin(&m, family, command);
	put_u32(&m, NBD_ATTR_INDEX, device);
	if (command == NBD_CMD_CONNECT) {
		put_u64(&m, NBD_ATTR_SIZE_BYTES, bytes);
		put_u64(&m, NBD_ATTR_BLOCK_SIZE_BYTES, block_bytes);
		put_u64(&m, NBD_ATTR_SERVER_FLAGS, flags);
		put_u64(&m, NBD_ATTR_TIMEOUT, timeout_s);
		put_u64(&m, NBD_ATTR_DEAD_CONN_TIMEOUT, dead_timeout_s);
	}
	sockets = put(&m, NBD_ATTR_SOCKETS | NLA_F_NESTED, NULL, 0);
	item = put(&m, NBD_SOCK_ITEM | NLA_F_NESTED, NULL, 0);
	put_u32(&m, NBD_SOCK_FD, sock);
	item->nla_len = (char *)&m + m.nl.nlmsg_len - (char *)item;
	sockets->nla_len = (char *)&m + m.nl.nlmsg_len - (char *)sockets;
	return ask(&m);
}

/* --- the server -------------------------------------------------------- */

static int read_all(int fd, void *to, size_t bytes)
{
	ssize_t n = recv(fd, to, bytes, MSG_WAITALL);

	if (n == (ssize_t)bytes)
		return 0;
	if (n >= 0)
		errno = ECONNRESET;
	return -1;
}

static int new_socket(void)
{
	struct timeval limit = { .tv_sec = ANSWER_S };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	return fd;
}

struct choice {
	uint32_t flags;
	char magic[8];
	uint32_t option, length;
} __attribute__((packed));

/* Until requests can follow on this socket: 0, or -1 and errno. */
static int connect_server(int fd, uint64_t *bytes, uint16_t *flags)
{
	struct { char magic[16]; uint16_t flags; } __attribute__((packed)) hello;
	struct choice choice = {
		.flags = htonl(NBD_FLAGS_WANTED),
		.magic = "IHAVEOPT",
		.option = htonl(NBD_OPT_EXPORT_NAME),
		.length = htonl(strlen(export_name)),
	};
	struct { uint32_t size[2]; uint16_t flags; } __attribute__((packed)) export;
	struct timeval none = { 0 };
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = inet_addr(host),
	};

	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    read_all(fd, &hello, sizeof(hello)) ||
	    send(fd, &choice, sizeof(choice), MSG_NOSIGNAL) < 0 ||
	    send(fd, export_name, strlen(export_name), MSG_NOSIGNAL) < 0 ||
	    read_all(fd, &export, sizeof(export)))
		return -1;
	if (memcmp(hello.magic, "NBDMAGICIHAVEOPT", 16) ||
	    (ntohs(hello.flags) & NBD_FLAGS_WANTED) != NBD_FLAGS_WANTED) {
		errno = EPROTO;
		return -1;
	}
	*bytes = (uint64_t)ntohl(export.size[0]) << 32 | ntohl(export.size[1]);
	*flags = ntohs(export.flags);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof(none));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof(none));
	return 0;
}

/* As connect_server(), for as long as it takes; how many tries it took. */
static unsigned int reconnect_server(int fd, uint64_t *bytes, uint16_t *flags)
{
	struct timespec pause = { .tv_nsec = RETRY_MS * 1000000 };
	struct sockaddr nowhere = { .sa_family = AF_UNSPEC };
	unsigned int tries = 1;

	while (connect_server(fd, bytes, flags)) {
		tries++;
		nanosleep(&pause, NULL);
		/* The same socket again, as new as at first. */
		connect(fd, &nowhere, sizeof(nowhere));
	}
	return tries;
}

/* Whether the socket is dead, whoever ended it, before the time is over. */
static int is_dead(int sock, int timeout_ms)
{
	struct pollfd pfd = { .fd = sock, .events = POLLRDHUP };
	int n;

	do
		n = poll(&pfd, 1, timeout_ms);
	while (n < 0 && errno == EINTR);
	return n != 0;
}

/* Whether more was acknowledged than SYN and handshake: the kernel's requests. */
static int is_used(int sock)
{
	struct tcp_info info = { 0 };
	socklen_t bytes = sizeof(info);

	if (getsockopt(sock, IPPROTO_TCP, TCP_INFO, &info, &bytes))
		die("TCP_INFO");
	return info.tcpi_bytes_acked >
	       1 + sizeof(struct choice) + strlen(export_name);
}

/*
 * The kernel takes a socket in place of one that it knows to be dead, and says
 * nothing if there is none: nbd_genl_reconfigure().  Who learns of the end from
 * the socket may come before it, by seconds, and is not heard.  What was taken
 * is not taken again while it lives; one that has died since would be, and what
 * was left unread in it taken for replies.
 */
static void give_for_dead(int sock)
{
	int wait_ms = 0;

	while (!is_dead(sock, wait_ms) && !is_used(sock)) {
		/* Fails when the device was disconnected on purpose. */
		if (give(NBD_CMD_RECONFIGURE, sock, 0, 0))
			die("NBD_CMD_RECONFIGURE");
		wait_ms = RETRY_MS;
	}
}

static void usage(void)
{
	fputs("usage: nbdkeep -p PORT [-a ADDRESS] [-N EXPORT] [-d DEVICE-NUMBER]\n"
	      "               [-t REQUEST-TIMEOUT] [-D DEAD-CONNECTION-TIMEOUT]\n"
	      "Goes to the background when the device is connected.\n", stderr);
	exit(2);
}

static void protect(void)
{
	struct sched_param priority = { .sched_priority = 1 };
	int fd;

	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		die("mlockall");
	if (prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0))
		die("PR_SET_IO_FLUSHER");
	if (sched_setscheduler(0, SCHED_FIFO, &priority))
		die("SCHED_FIFO");
	fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "-1000", 5) != 5)
		die("oom_score_adj");
	close(fd);
}

int main(int argc, char **argv)
{
	uint64_t bytes, bytes_now;
	unsigned int tries;
	uint16_t flags;
	int sock, next, opt;
	double began;

	while ((opt = getopt(argc, argv, "a:p:N:d:t:D:")) != -1) {
		switch (opt) {
		case 'a':
			host = optarg;
			break;
		case 'p':
			port = number(optarg, 65535);
			break;
		case 'N':
			export_name = optarg;
			break;
		case 'd':
			device = number(optarg, 255);
			break;
		case 't':
			timeout_s = number(optarg, 3600);
			break;
		case 'D':
			dead_timeout_s = number(optarg, 3600);
			break;
		default:
			usage();
		}
	}
	if (!port || optind != argc)
		usage();

	open_netlink();
	sock = new_socket();
	if (connect_server(sock, &bytes, &flags))
		die("connect");
	if (give(NBD_CMD_CONNECT, sock, bytes, flags))
		die("NBD_CMD_CONNECT");
	/* Only now, as an error is for the caller to see. */
	if (daemon(0, 1))
		die("daemon");
	protect();
	/* Gives standard error, if a file, the page that it takes later. */
	fprintf(stderr, "nbdkeep: nbd%u is connected\n", device);

	for (;;) {
		next = new_socket();
		is_dead(sock, -1);
		began = now_seconds();
		fprintf(stderr, "nbdkeep: connection lost\n");
		tries = reconnect_server(next, &bytes_now, &flags);
		if (bytes_now != bytes) {
			fprintf(stderr, "nbdkeep: another size\n");
			return 1;
		}
		give_for_dead(next);
		fprintf(stderr, "nbdkeep: connected after %.2f s, %u tries\n",
			now_seconds() - began, tries);
		close(sock);
		sock = next;
	}
}

// SPDX-License-Identifier: GPL-2.0
/*
 * iscsibind: give sockets to iscsi_tcp and take them back, as iscsid does
 *
 * For each of a number of connections to itself: make a session and a
 * connection of iscsi_tcp, bind the socket to it, stop it, and destroy both.
 * There is no login, as nobody is at the other end.  Says "released" when the
 * kernel has no socket any more, keeps them open, and ends at SIGTERM.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../util.h"

#define HANDLE_FILE	"/sys/class/iscsi_transport/tcp/handle"
#define STOP_CONN_TERM	1
#define MOST		1000

/* From include/scsi/iscsi_if.h, which is not in the headers for users. */
enum {
	CREATE_SESSION = 11,
	DESTROY_SESSION = 12,
	CREATE_CONN = 13,
	DESTROY_CONN = 14,
	BIND_CONN = 15,
	STOP_CONN = 18,
	IF_ERROR = 103,
};

struct iscsi_uevent {
	uint32_t type;
	uint32_t iferror;
	uint64_t transport_handle;
	union {
		struct {
			uint32_t initial_cmdsn;
			uint16_t cmds_max;
			uint16_t queue_depth;
		} create_session;
		struct {
			uint32_t sid;
			uint32_t cid;
			uint64_t eph;		/* or a handle */
			uint32_t flag;		/* or is_leading */
		} conn;
	} u;
	union {
		int32_t retcode;
		struct {
			uint32_t sid;
			uint32_t host_or_cid;
		} ids;
		struct {
			uint32_t sid;
			uint32_t cid;
			uint64_t handle;
		} largest;
	} r;
} __attribute__((aligned(8)));

_Static_assert(sizeof(struct iscsi_uevent) == 56, "the kernel's size");
_Static_assert(offsetof(struct iscsi_uevent, r) == 40, "the kernel's place");

static int netlink = -1;

/* One request; the answer is in @ev. */
static void request(int type, const char *what, struct iscsi_uevent *ev)
{
	struct {
		struct nlmsghdr nl;
		struct iscsi_uevent ev;
	} m = {
		.nl.nlmsg_len = sizeof(m),
		.nl.nlmsg_type = type,
		.nl.nlmsg_flags = NLM_F_REQUEST,
		.ev = *ev,
	};
	ssize_t len;

	m.ev.type = type;
	if (send(netlink, &m, sizeof(m), 0) < 0)
		die(what);
	len = recv(netlink, &m, sizeof(m), 0);
	if (len < (ssize_t)sizeof(m)) {
		errno = len < 0 ? errno : EPROTO;
		die(what);
	}
	if (m.ev.type == IF_ERROR) {
		errno = -(int32_t)m.ev.iferror;
		die(what);
	}
	*ev = m.ev;
}

/* The same, for those that answer with an error code. */
static void command(int type, const char *what, struct iscsi_uevent *ev)
{
	request(type, what, ev);
	if (ev->r.retcode) {
		errno = -ev->r.retcode;
		die(what);
	}
}

static uint64_t transport(void)
{
	char text[32] = "";
	int fd = open(HANDLE_FILE, O_RDONLY);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		die(HANDLE_FILE);
	close(fd);
	return strtoull(text, NULL, 10);
}

/* A connection to ourselves; the other end is left in the backlog. */
static int connection(int listener)
{
	struct sockaddr_in addr;
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || getsockname(listener, (void *)&addr, &len) ||
	    connect(fd, (void *)&addr, sizeof(addr)))
		die("connect");
	return fd;
}

static void give_and_take(uint64_t handle, int fd)
{
	struct iscsi_uevent ev = { .transport_handle = handle };
	uint32_t sid, cid;

	ev.u.create_session.initial_cmdsn = 1;
	ev.u.create_session.cmds_max = 128;
	ev.u.create_session.queue_depth = 32;
	request(CREATE_SESSION, "create session", &ev);
	sid = ev.r.ids.sid;

	memset(&ev.u, 0, sizeof(ev.u));
	ev.u.conn.sid = sid;
	request(CREATE_CONN, "create connection", &ev);
	cid = ev.r.ids.host_or_cid;

	ev.u.conn.cid = cid;
	ev.u.conn.eph = fd;
	ev.u.conn.flag = 1;
	command(BIND_CONN, "bind connection", &ev);

	ev.u.conn.eph = 0;
	ev.u.conn.flag = STOP_CONN_TERM;
	request(STOP_CONN, "stop connection", &ev);

	ev.u.conn.flag = 0;
	request(DESTROY_CONN, "destroy connection", &ev);
	request(DESTROY_SESSION, "destroy session", &ev);
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	unsigned long count, i;
	uint64_t handle;
	int listener;

	if (argc != 2) {
		fputs("usage: iscsibind SOCKETS\n", stderr);
		return 2;
	}
	count = number(argv[1], MOST);
	netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_ISCSI);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (netlink < 0 || listener < 0 ||
	    bind(listener, (void *)&addr, sizeof(addr)) ||
	    listen(listener, MOST))
		die("socket");
	handle = transport();
	for (i = 0; i < count; i++)
		give_and_take(handle, connection(listener));
	printf("bound=%lu\nreleased\n", i);
	fflush(stdout);
	pause();
	return 0;
}

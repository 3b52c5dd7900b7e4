// SPDX-License-Identifier: GPL-2.0
/*
 * listen.c - the socket that netswap export serves on.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "listen.h"
#include "log.h"
#include "util.h"

#define BACKLOG		1024
#define INHERITED_FD	3	/* SD_LISTEN_FDS_START, sd_listen_fds(3) */

/* @where is no "unix:PATH": NULL. */
static const char *unix_path(const char *where)
{
	return strncmp(where, "unix:", 5) ? NULL : where + 5;
}

static int bad(const char *where, const char *why)
{
	return log_err(-EINVAL, "--listen: '%s' %s: give ADDR:PORT, "
		       "[ADDR]:PORT or unix:PATH", where, why);
}

/* Bind and listen on @fd, or close it. */
static int serve(int fd, const char *where, const struct sockaddr *addr,
		 socklen_t len)
{
	int err;

	if (fd >= 0 && !bind(fd, addr, len) && !listen(fd, BACKLOG))
		return fd;
	err = log_err(-errno, "%s: cannot listen: %s", where, strerror(errno));
	if (fd >= 0)
		close(fd);
	return err;
}

/* A socket on which nobody accepts any more?  A file refuses as well. */
static bool is_stale(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;
	bool stale;

	stale = fd >= 0 && !lstat(addr->sun_path, &st) &&
		S_ISSOCK(st.st_mode) &&
		connect(fd, (const void *)addr, sizeof(*addr)) &&
		errno == ECONNREFUSED;
	if (fd >= 0)
		close(fd);
	return stale;
}

static int open_unix(const char *where, const char *path, uid_t uid, gid_t gid)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd;

	if (!path[0] || strlen(path) >= sizeof(addr.sun_path))
		return bad(where, "has no path, or one that is too long");
	str_copy(addr.sun_path, path, sizeof(addr.sun_path));
	if (is_stale(&addr))
		unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	mask = umask(0117);
	fd = serve(fd, where, (const void *)&addr, sizeof(addr));
	umask(mask);
	/* Not through a link that somebody has put in its place. */
	if (fd >= 0 && lchown(path, uid, gid)) {
		log_err(0, "%s: cannot give to the user: %s", path,
			strerror(errno));
		unlink(path);
		close(fd);
		return -EPERM;
	}
	return fd;
}

static int open_tcp(const char *where)
{
	struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM,
	};
	const char *port = strrchr(where, ':');
	struct addrinfo *addr;
	char host[64];
	size_t len;
	int fd, on = 1;

	if (!port || !port[1])
		return bad(where, "has no port");
	len = port - where;
	if (len > 2 && where[0] == '[' && where[len - 1] == ']') {
		where++;
		len -= 2;
	}
	if (!len || len >= sizeof(host))
		return bad(where, "has no address");
	snprintf(host, sizeof(host), "%.*s", (int)len, where);
	/* getaddrinfo() takes 70000 for 4464, and 0 for any that is free. */
	if (strspn(port + 1, "0123456789") != strlen(port + 1) ||
	    atol(port + 1) < 1 || atol(port + 1) > 65535 ||
	    getaddrinfo(host, port + 1, &hints, &addr))
		return bad(where, "is no numeric address and port");
	fd = socket(addr->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	fd = serve(fd, where, addr->ai_addr, addr->ai_addrlen);
	freeaddrinfo(addr);
	return fd;
}

int listen_open(const char *where, uid_t uid, gid_t gid)
{
	const char *path = unix_path(where);

	return path ? open_unix(where, path, uid, gid) : open_tcp(where);
}

/*
 * Two variables are all there is to the protocol, and it is promised not to
 * change; libsystemd would add a library, and four that it needs itself.
 */
int listen_inherited(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	int listens = 0;
	socklen_t len = sizeof(listens);

	if (!pid || !fds || atol(pid) != getpid() || atol(fds) < 1)
		return -ENODATA;
	if (atol(fds) > 1)
		return log_err(-EINVAL, "export: %s sockets were passed: give "
			       "one ListenStream=", fds);
	if (getsockopt(INHERITED_FD, SOL_SOCKET, SO_ACCEPTCONN, &listens,
		       &len) || !listens)
		return log_err(-ENOTSOCK, "export: what was passed is no "
			       "listening socket: set Accept=no");
	fcntl(INHERITED_FD, F_SETFD, FD_CLOEXEC);
	return INHERITED_FD;
}

void listen_remove(const char *where)
{
	const char *path = unix_path(where);

	if (path)
		unlink(path);
}

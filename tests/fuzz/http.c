// SPDX-License-Identifier: GPL-2.0
/*
 * http.c - libFuzzer on netswap export: any bytes as what a client sends.
 *
 * Through the server and the replies that the exporter itself has, over a unix
 * socket: how requests are read, paths, methods, what Accept prefers.  Beside
 * crashes it looks for a connection that is not ended, and for a reply that is
 * shorter or longer than it says.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "export.h"

#define REPLY_MAX	(1 << 20)

static struct sockaddr_un addr = { .sun_family = AF_UNIX };
static socklen_t addr_len = sizeof(addr);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void wrong(const char *what)
{
	fprintf(stdout, "http: %s\n", what);
	abort();
}

/* Without a path: the kernel finds a name that is free. */
static void serve(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (void *)&addr, sizeof(addr.sun_family)) ||
	    listen(fd, 64) || getsockname(fd, (void *)&addr, &addr_len) ||
	    !export_open() || http_open() || http_start(fd, export_reply))
		wrong("the server does not start");
}

static void tell(int fd, const void *data, size_t size)
{
	ssize_t n;

	while (size && (n = send(fd, data, size, MSG_NOSIGNAL)) > 0) {
		data = (const char *)data + n;
		size -= n;
	}
}

/*
 * All that is answered; the server may end it before it has read all.  Whatever
 * it is, it ends as a request does: for who never gets there the server waits
 * NSW_HTTP_SECS, which tests/cli/140-export has.
 */
static size_t ask(const uint8_t *data, size_t size, char *reply)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* Far longer than the server's own limit: the machine may be busy. */
	struct timeval limit = { .tv_sec = 12 * NSW_HTTP_SECS };
	size_t len = 0;
	ssize_t n;

	if (fd < 0 || connect(fd, (void *)&addr, addr_len) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		wrong("the server does not accept");
	tell(fd, data, size);
	tell(fd, "\r\n\r\n", 4);
	shutdown(fd, SHUT_WR);
	while (len < REPLY_MAX &&
	       (n = recv(fd, reply + len, REPLY_MAX - len, 0)) > 0)
		len += n;
	if (len == REPLY_MAX || (n < 0 && errno == EAGAIN))
		wrong("the connection does not end");
	close(fd);
	reply[len] = '\0';
	return len;
}

static void check(const char *reply, size_t len)
{
	const char *body = strstr(reply, "\r\n\r\n");
	const char *said = strcasestr(reply, "\r\nContent-Length: ");
	size_t is;

	if (len && strncmp(reply, "HTTP/1.", 7))
		wrong("the reply is no HTTP");
	if (len < 12 || strncmp(reply + 9, "200", 3))
		return;
	if (!body || !said || said > body)
		wrong("the reply is cut off");
	is = len - (body + 4 - reply);
	/* That to HEAD has no body. */
	if (is && is != strtoul(said + 18, NULL, 10))
		wrong("the reply is not as long as it says");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char reply[REPLY_MAX + 1];
	char *accept = malloc(size + 1);

	if (addr_len == sizeof(addr))
		serve();
	memcpy(accept, data, size);
	accept[size] = '\0';
	http_wants_openmetrics(accept);
	free(accept);
	check(reply, ask(data, size, reply));
	return 0;
}

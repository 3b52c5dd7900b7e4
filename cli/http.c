// SPDX-License-Identifier: GPL-2.0
/*
 * http.c - a small, bounded HTTP server.
 *
 * libmicrohttpd bounds connections and the memory of each, but its timeout
 * only counts from the last byte: a client that sends one now and then keeps
 * a connection for ever, and as many as there are keep out everybody else.
 * Hence one request per connection, and an end for each that has become too
 * old, whatever it does.
 */
#include <dlfcn.h>
#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "http.h"
#include "log.h"
#include "util.h"

#define LIBRARY		"libmicrohttpd.so.12"
#define STACK_BYTES	(256 * 1024)

/*
 * Not linked but opened: it brings GnuTLS along, 9 MiB that netswap-top and
 * record would lock in memory for nothing.
 */
#define FUNCTIONS(F)							\
	F(add_response_header) F(create_response_from_buffer)		\
	F(destroy_response) F(get_connection_info)			\
	F(lookup_connection_value) F(queue_response) F(start_daemon)	\
	F(stop_daemon)

static struct {
#define NSW_ROW(name) __typeof__(MHD_##name) *name;
	FUNCTIONS(NSW_ROW)
#undef NSW_ROW
} mhd;

static struct {
	struct MHD_Daemon *daemon;
	http_handler *handler;
	pthread_mutex_t lock;		/* of what follows */
	struct { int fd; __u64 since_ns; } open[NSW_HTTP_CONNECTIONS];
} http = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* The library has not closed the descriptor before it says CLOSED. */
static void on_connection(void *ctx, struct MHD_Connection *c, void **slot,
			  enum MHD_ConnectionNotificationCode what)
{
	int fd = mhd.get_connection_info(c,
			MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	size_t i;

	(void)ctx, (void)slot;
	pthread_mutex_lock(&http.lock);
	for (i = 0; i < ARRAY_SIZE(http.open); i++) {
		if (what == MHD_CONNECTION_NOTIFY_CLOSED &&
		    http.open[i].since_ns && http.open[i].fd == fd) {
			http.open[i].since_ns = 0;
			break;
		}
		if (what == MHD_CONNECTION_NOTIFY_STARTED &&
		    !http.open[i].since_ns) {
			http.open[i].fd = fd;
			http.open[i].since_ns = now_mono_ns();
			break;
		}
	}
	pthread_mutex_unlock(&http.lock);
}

void http_reap(void)
{
	__u64 now = now_mono_ns();
	size_t i;

	pthread_mutex_lock(&http.lock);
	for (i = 0; i < ARRAY_SIZE(http.open); i++)
		if (http.open[i].since_ns && now - http.open[i].since_ns >
		    NSW_HTTP_SECS * 1000000000ull)
			shutdown(http.open[i].fd, SHUT_RDWR);
	pthread_mutex_unlock(&http.lock);
}

static enum MHD_Result send_reply(struct MHD_Connection *c,
				  const struct http_reply *reply)
{
	struct MHD_Response *r;
	enum MHD_Result ok;

	r = mhd.create_response_from_buffer(reply->len, reply->body,
					    MHD_RESPMEM_MUST_FREE);
	if (!r) {
		free(reply->body);
		return MHD_NO;
	}
	if (reply->type)
		mhd.add_response_header(r, "Content-Type", reply->type);
	if (reply->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		mhd.add_response_header(r, "Allow", "GET, HEAD");
	mhd.add_response_header(r, "Connection", "close");
	ok = mhd.queue_response(c, reply->status, r);
	mhd.destroy_response(r);
	return ok;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c,
				  const char *url, const char *method,
				  const char *version, const char *data,
				  size_t *size, void **state)
{
	struct http_reply reply = { .status = MHD_HTTP_METHOD_NOT_ALLOWED };
	const char *accept;

	(void)ctx, (void)version, (void)data, (void)size, (void)state;
	if (!strcmp(method, "GET") || !strcmp(method, "HEAD")) {
		accept = mhd.lookup_connection_value(c, MHD_HEADER_KIND,
						     "Accept");
		reply.status = MHD_HTTP_OK;
		http.handler(url, accept ? accept : "", &reply);
		if (!reply.body)
			reply.status = MHD_HTTP_SERVICE_UNAVAILABLE;
	}
	return send_reply(c, &reply);
}

int http_open(void)
{
	void *library = dlopen(LIBRARY, RTLD_NOW);
	bool missing = !library;

	if (library) {
#define NSW_ROW(name)							\
		mhd.name = dlsym(library, "MHD_" #name);		\
		missing |= !mhd.name;
		FUNCTIONS(NSW_ROW)
#undef NSW_ROW
	}
	if (missing)
		return log_err(-ENOENT, LIBRARY ": cannot open: install "
			       "libmicrohttpd12");
	return 0;
}

int http_start(int fd, http_handler *handler)
{
	http.handler = handler;
	http.daemon = mhd.start_daemon(MHD_USE_AUTO_INTERNAL_THREAD, 0,
		NULL, NULL, on_request, NULL,
		MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_CONNECTION_LIMIT, NSW_HTTP_CONNECTIONS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)NSW_HTTP_REQUEST_BYTES,
		MHD_OPTION_CONNECTION_TIMEOUT, NSW_HTTP_SECS,
		MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_BYTES,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, NULL,
		MHD_OPTION_END);
	if (!http.daemon)
		return log_err(-EIO, "export: cannot start the server");
	return 0;
}

void http_stop(void)
{
	if (http.daemon)
		mhd.stop_daemon(http.daemon);
	http.daemon = NULL;
}

/* The q of a media range's parameters, 1 if there is none. */
static double quality(const char *range, size_t len)
{
	const char *end = range + len, *q;

	for (q = range; (q = memchr(q, ';', end - q)); ) {
		q++;
		q += strspn(q, " \t");
		if (q + 2 < end && (*q == 'q' || *q == 'Q') && q[1] == '=')
			return strtod(q + 2, NULL);
	}
	return 1;
}

bool http_wants_openmetrics(const char *accept)
{
	static const char *const names[] = {
		"text/plain", "application/openmetrics-text",
	};
	double best[ARRAY_SIZE(names)] = {};
	size_t i, len, name;

	for (; *accept; accept += len + (accept[len] == ',')) {
		accept += strspn(accept, " \t");
		len = strcspn(accept, ",");
		for (i = 0; i < ARRAY_SIZE(names); i++) {
			name = strlen(names[i]);
			if (len < name || strncasecmp(accept, names[i], name) ||
			    !strchr(",; \t", accept[name]))
				continue;
			if (quality(accept, len) > best[i])
				best[i] = quality(accept, len);
		}
	}
	return best[1] > 0 && best[1] >= best[0];
}

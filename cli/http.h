/* SPDX-License-Identifier: GPL-2.0 */
/*
 * http.h - a small, bounded HTTP server; http.c alone knows libmicrohttpd.
 */
#ifndef NETSWAP_HTTP_H
#define NETSWAP_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#define NSW_HTTP_CONNECTIONS	32	/* more wait in the listen queue */
#define NSW_HTTP_REQUEST_BYTES	8192	/* line and headers of a request */
#define NSW_HTTP_SECS		5	/* from accept to the last byte */

/**
 * struct http_reply - what a handler answers
 * @status: HTTP status
 * @type: content type, static
 * @body: malloc()ed, the server frees it; NULL: the reply is a 503
 */
struct http_reply {
	unsigned int status;
	const char *type;
	char *body;
	size_t len;
};

/**
 * http_handler - answer a GET
 * @path: as it was asked for, without the query
 * @accept: the Accept header, "" if there is none
 *
 * Called by the server's only thread.
 */
typedef void http_handler(const char *path, const char *accept,
			  struct http_reply *reply);

/**
 * http_open() - load libmicrohttpd; while files may still be opened
 * Return: 0 or a negative errno, reported.
 */
int http_open(void);

/**
 * http_start() - serve in a thread, after http_open()
 * @fd: listening socket; belongs to the server from now on
 *
 * Bounded by the numbers above.  Each connection is one request: a slow one
 * can then be told by its age alone.  Return: 0 or a negative errno, reported.
 */
int http_start(int fd, http_handler *handler);

/** http_reap() - end connections that are too old; about once a second. */
void http_reap(void);

/** http_stop() - end all. */
void http_stop(void);

/**
 * http_wants_openmetrics() - choose between the two formats
 * @accept: an Accept header
 *
 * Return: true if OpenMetrics is named, and text/plain is not preferred.
 */
bool http_wants_openmetrics(const char *accept);

#endif /* NETSWAP_HTTP_H */

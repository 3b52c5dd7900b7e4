/* SPDX-License-Identifier: GPL-2.0 */
/*
 * export.h - what netswap export says.
 */
#ifndef NETSWAP_EXPORT_H
#define NETSWAP_EXPORT_H

#include <stdbool.h>

#include "http.h"

struct nsw_source;

#define NSW_EXPORT_SLOW_SECS	5	/* between export_read_rarely()s */

/**
 * export_open() - open the maps, and read everything once
 *
 * With all rights: what is known then stays known.
 * Return: the source, which lasts until the end, or NULL, reported.
 */
struct nsw_source *export_open(void);

/**
 * export_keep() - rights are given up from now on
 * @user: to become whom, or NULL
 *
 * Before they are: what tells of other programs is opened here.
 */
void export_keep(const char *user);

/** export_has_bpf() - the last thing said had numbers of BPF programs. */
bool export_has_bpf(void);

/**
 * export_read_rarely() - names of cgroups, and now and then the audit
 *
 * By the thread that may have to wait for memory, every NSW_EXPORT_SLOW_SECS.
 */
void export_read_rarely(void);

/**
 * export_write() - write all into a file, as a whole
 * Return: 0 or a negative errno, reported.
 */
int export_write(const char *file);

/** export_reply() - answer /metrics and /healthz; an http_handler. */
void export_reply(const char *path, const char *accept,
		  struct http_reply *reply);

#endif /* NETSWAP_EXPORT_H */

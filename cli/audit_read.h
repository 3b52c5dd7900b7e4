/* SPDX-License-Identifier: GPL-2.0 */
/*
 * audit_read.h - between the files of the audit's collector.
 */
#ifndef NETSWAP_AUDIT_READ_H
#define NETSWAP_AUDIT_READ_H

#include "audit.h"

/**
 * struct audit_read - a collection in progress
 * @root: directory all paths are resolved in: no link leads out of it
 * @mountinfo, @mountstats: whole files, NULL if unreadable
 */
struct audit_read {
	int root;
	bool live;
	char *mountinfo;
	char *mountstats;
	struct audit_input *in;
};

/** audit_file() - content of a file, NULL if there is none; free() it. */
char *audit_file(struct audit_read *rd, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** audit_bytes() - a small file that may hold NUL; free() it. */
char *audit_bytes(struct audit_read *rd, size_t *len, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** audit_line() - first line of a file into @buf; false if unreadable. */
bool audit_line(struct audit_read *rd, char *buf, size_t len,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/** audit_link() - target text of a symbolic link; false if it isn't one. */
bool audit_link(struct audit_read *rd, char *buf, size_t len,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/** audit_has() - does a file exist? */
bool audit_has(struct audit_read *rd, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * audit_dir() - names in a directory, sorted, one per line; free() it
 *
 * Return: NULL if there is no such directory, "" if it is empty.
 */
char *audit_dir(struct audit_read *rd, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** audit_unescape() - decode \ooo of /proc in place. */
void audit_unescape(char *s);

/** audit_option() - value of NAME=VALUE in a comma list, or "" if bare. */
bool audit_option(const char *opts, const char *name, char *buf, size_t len);

/** audit_hop() - append a hop; detail may be NULL. */
void audit_hop(struct audit_area *a, const char *hop, const char *name,
	       int protect, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/** audit_leaf() - append a leaf and its hop; NULL when there's no room. */
struct audit_leaf *audit_leaf(struct audit_area *a, enum audit_transport t,
			      const char *name, const char *detail, bool loop);

/** audit_follow_file() - find what is below a file; @depth bounds it. */
void audit_follow_file(struct audit_read *rd, struct audit_area *a,
		       const char *path, bool loop, int depth);

/** audit_follow_dev() - find what is below a block device. */
void audit_follow_dev(struct audit_read *rd, struct audit_area *a,
		      const char *disk, bool loop, int depth);

/**
 * audit_end_dev() - is this disk the end of the path?
 * @link: where /sys/class/block/@disk points to
 *
 * Return: true if it carries over a network or a process; leaves are added.
 */
bool audit_end_dev(struct audit_read *rd, struct audit_area *a,
		   const char *disk, const char *link, bool loop);

/** audit_collect_tasks() - processes a swap path may depend on. */
void audit_collect_tasks(struct audit_read *rd);

/** audit_collect_net() - interfaces and addresses. */
void audit_collect_net(struct audit_read *rd);

/** audit_match() - sockets and interfaces of every leaf. */
void audit_match(struct audit_read *rd);

#endif /* NETSWAP_AUDIT_READ_H */

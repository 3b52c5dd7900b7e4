/* SPDX-License-Identifier: GPL-2.0 */
/*
 * util.h - small helpers that know nothing of netswap.
 */
#ifndef NETSWAP_UTIL_H
#define NETSWAP_UTIL_H

#include <stddef.h>
#include <stdbool.h>
#include <stdio.h>
#include <linux/types.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/** now_mono_ns() - CLOCK_MONOTONIC, to wait by. */
__u64 now_mono_ns(void);

/**
 * now_ktime_ns() - bpf_ktime_get_ns() of this moment
 *
 * The same as now_mono_ns(), but for a process in a time namespace: that has a
 * CLOCK_MONOTONIC of its own, and programs have the kernel's.  What is held
 * against their times, a snapshot say, is by this one.
 */
__u64 now_ktime_ns(void);

/** now_wall_ms() - CLOCK_REALTIME in ms since 1970. */
__u64 now_wall_ms(void);

/**
 * read_file() - read a small file, of /proc say, into a buffer
 * @path: file
 * @buf: result, always terminated
 * @size: of @buf; what is beyond it is left out
 *
 * No allocation of ours.  Return: bytes read, or a negative errno.
 */
long read_file(const char *path, char *buf, size_t size);

/** input_open() - fopen() to read; "-" is standard input. */
FILE *input_open(const char *path);

/** input_name() - what messages call it. */
const char *input_name(const char *path);

/** str_copy() - copy and always terminate; cuts what does not fit. */
void str_copy(char *to, const char *from, size_t size);

/**
 * str_clean() - make control bytes '?', in place
 *
 * For text of strangers: it must not command the terminal, nor make two lines
 * of one.
 */
void str_clean(char *text);

/** cmp_double() - for qsort() of doubles, smallest first. */
int cmp_double(const void *a, const void *b);

/**
 * cgroup_id() - id of a cgroup v2, as the kernel's programs see it
 * @path: its directory
 * @id: result
 *
 * Return: 0, -EINVAL if @path is something else, or another negative errno.
 */
int cgroup_id(const char *path, __u64 *id);

#endif /* NETSWAP_UTIL_H */

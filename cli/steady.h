/* SPDX-License-Identifier: GPL-2.0 */
/*
 * steady.h - go on when memory is gone: for netswap-top and netswap record.
 */
#ifndef NETSWAP_STEADY_H
#define NETSWAP_STEADY_H

#include <stdbool.h>
#include <stddef.h>

struct nsw_source;

/** steady_malloc() - one heap, never given back; before anything else. */
void steady_malloc(void);

/**
 * steady_lock() - be ready to run without free memory
 * @note: why that failed, or ""
 * @size: of @note
 *
 * After everything is set up: later allocations might exceed the limit.
 */
void steady_lock(char *note, size_t size);

/**
 * steady_start() - refresh /proc numbers from now on, in a thread
 * @src: live source
 * @delay: seconds between readings, at least 1
 * @also: called by that thread after each reading, or NULL; for more that
 *	may have to wait for memory
 *
 * Waits a moment for the first reading, so that the first snapshot has it.
 * Return: 0 or a negative errno, reported.
 */
int steady_start(struct nsw_source *src, double delay, void (*also)(void));

/**
 * steady_refresh() - have a reading that began after this call
 * @ms: how long to wait for it, milliseconds
 *
 * Return: false if there was none in time; then the last one stands.
 */
bool steady_refresh(long ms);

/**
 * steady_stop() - end the thread
 *
 * Return: false if it is stuck in the kernel: then the source must not be
 * closed.
 */
bool steady_stop(void);

#endif /* NETSWAP_STEADY_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * collect.h - from a source to a snapshot.
 */
#ifndef NETSWAP_COLLECT_H
#define NETSWAP_COLLECT_H

#include "snapshot.h"

struct nsw_source;

/**
 * source_live() - open the pinned maps of this machine
 * @src: result; free with source_close()
 *
 * Works without BPF too: then only /proc is read and snapshots say why.
 * Return: 0, or -ENOMEM.
 */
int source_live(struct nsw_source **src);

/**
 * source_replay() - read snapshots from a recording
 * @src: result; free with source_close()
 * @path: file, "-" for stdin
 *
 * Return: 0 or a negative errno, reported.
 */
int source_replay(struct nsw_source **src, const char *path);

/**
 * source_read() - take the next snapshot
 * @src: source
 * @snap: result, overwritten as a whole
 *
 * Live: reads the mapped maps only: no system call but clock_gettime (vDSO),
 * no allocation, by us or by the kernel for us.  The /proc numbers in it are
 * those of the last source_read_proc().
 *
 * Return: 1 if there is a snapshot, 0 at the end of a recording, or a
 * negative errno, reported.
 */
int source_read(struct nsw_source *src, struct nsw_snapshot *snap);

/**
 * source_read_proc() - refresh what needs system calls
 * @src: source
 *
 * /proc, the socket iterators, program statistics.  One-shot commands call
 * it before source_read(); netswap-top calls it from its helper thread:
 * it may block for as long as memory is short.  It and source_read() may
 * run at the same time.  Nothing on a replay.
 */
void source_read_proc(struct nsw_source *src);

/**
 * source_all_events() - begin with the oldest event that is still there
 *
 * Before the first source_read(); else the first snapshot has the newest
 * NSW_SNAP_EVENTS.  Later ones have what came since, either way.
 */
void source_all_events(struct nsw_source *src);

/** source_once() - one reading of this machine; of zeros without memory. */
void source_once(struct nsw_snapshot *snap);

/**
 * source_low_window() - how far back low-water marks look
 * @secs: seconds, at most 60; instead of since the previous source_read(), so
 *	that several readers of one reader each see every dip
 */
void source_low_window(struct nsw_source *src, double secs);

/**
 * source_keep() - never open the maps again
 *
 * For a caller that is about to give up the right to.  What needs that right
 * later is absent: sockets and drops of other network namespaces.
 */
void source_keep(struct nsw_source *src);

/** source_gone() - after source_keep(): other programs are loaded, or none. */
bool source_gone(const struct nsw_source *src);

/**
 * source_swap_safe() - what the audit found, for the snapshots to come
 * @safe: as audit_safe() returns it
 *
 * From any thread.
 */
void source_swap_safe(struct nsw_source *src, int safe);

/** source_live_p() - false for a recording. */
bool source_live_p(const struct nsw_source *src);

/** source_close() - release @src; NULL is allowed. */
void source_close(struct nsw_source *src);

#endif /* NETSWAP_COLLECT_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * record.h - recordings: JSON Lines, one snapshot document each.
 *
 * The line is the document of `netswap show --json` on one line, so other
 * tools read recordings as they read show.  A line that is cut off at the
 * end of the file loses only itself; unknown members are ignored.
 */
#ifndef NETSWAP_RECORD_H
#define NETSWAP_RECORD_H

#include <jansson.h>

#include "snapshot.h"

#define NSW_RECORD_VERSION	1
#define NSW_RECORD_LINE_MAX	(4 << 20)

struct replay;

/**
 * replay_open() - open a recording
 * @path: file, "-" for stdin
 * Return: 0 or a negative errno, reported.
 */
int replay_open(struct replay **r, const char *path);

/**
 * replay_next() - read the next snapshot
 *
 * A line that can't be used is reported with its number and why; a cut last
 * line is reported as a warning and ends the recording.
 *
 * Return: 1, 0 at the end, or a negative errno, reported.
 */
int replay_next(struct replay *r, struct nsw_snapshot *snap);

/**
 * replay_strict() - take what replay_next() only warns of for an error: a
 * cut last line, and a line that is not later than the one before
 */
void replay_strict(struct replay *r);

/** replay_close() - release; NULL is allowed. */
void replay_close(struct replay *r);

/**
 * snapshot_from_json() - the inverse of snapshot_to_json()
 * @snap: result, overwritten
 * @doc: one document
 * @where: it is from, for messages: "FILE:LINE"
 *
 * What is missing in @doc is absent in @snap; numbers out of range are
 * taken as absent too.  Return: 0, or -EPROTO if @doc is not a snapshot or
 * of a newer version (reported).
 */
int snapshot_from_json(struct nsw_snapshot *snap, const json_t *doc,
		       const char *where);

#endif /* NETSWAP_RECORD_H */

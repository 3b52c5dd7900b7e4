/* SPDX-License-Identifier: GPL-2.0 */
/*
 * run.h - a recording as one run, read from its first line to its last.
 */
#ifndef NETSWAP_RUN_H
#define NETSWAP_RUN_H

#include "snapshot.h"

/**
 * struct nsw_run - what is known of a run as a whole
 * @first, @last: its first and its last snapshot
 * @nr: snapshots
 * @skipped: snapshots left out, because they are not later than others
 */
struct nsw_run {
	const char *path;
	struct nsw_snapshot first;
	struct nsw_snapshot last;
	unsigned long nr;
	unsigned long skipped;
};

/** run_secs() - from the first snapshot to the last. */
double run_secs(const struct nsw_run *run);

/**
 * run_same() - are both of one recording, under whatever name
 *
 * Copies and what is left of one that was cut too: no two begin on one host in
 * the same nanosecond.
 */
bool run_same(const struct nsw_run *a, const struct nsw_run *b);

/**
 * run_read() - read a recording, one snapshot at a time
 * @run: result
 * @path: file; must outlive @run
 * @strict: refuse what can't be trusted to be whole: a cut last line, lines
 *	that are not later than those before, a command without its end,
 *	fewer than two snapshots
 * @each: called for every snapshot; @d is not valid for the first.  Before
 *	that, @run->last is the snapshot before; @d->now is this one
 * @arg: of @each
 *
 * What it needs does not grow with the recording.  Return: 0 or a negative
 * errno, reported.
 */
int run_read(struct nsw_run *run, const char *path, bool strict,
	     void (*each)(void *arg, const struct nsw_run *run,
			  const struct nsw_delta *d), void *arg);

#endif /* NETSWAP_RUN_H */

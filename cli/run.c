// SPDX-License-Identifier: GPL-2.0
/*
 * run.c - a recording as one run.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "record.h"
#include "run.h"

double run_secs(const struct nsw_run *run)
{
	return (run->last.mono_ns - run->first.mono_ns) / 1e9;
}

bool run_same(const struct nsw_run *a, const struct nsw_run *b)
{
	return a->first.mono_ns == b->first.mono_ns &&
	       a->first.wall_ms == b->first.wall_ms &&
	       !strcmp(a->first.host, b->first.host);
}

static int check_whole(const struct nsw_run *run)
{
	if (run->nr < 2)
		return log_err(-ENODATA, "%s: one snapshot: nothing to "
			       "compare it with", run->path);
	if (run->last.command.name[0] && !run->last.command.ended_ns)
		return log_err(-ENODATA, "%s: the end of '%s' is not in it: "
			       "the recording did not end", run->path,
			       run->last.command.name);
	return 0;
}

int run_read(struct nsw_run *run, const char *path, bool strict,
	     void (*each)(void *arg, const struct nsw_run *run,
			  const struct nsw_delta *d), void *arg)
{
	struct nsw_snapshot *now = malloc(sizeof(*now));
	struct nsw_delta delta;
	struct replay *replay;
	int got = now ? replay_open(&replay, path) :
			log_err(-ENOMEM, "%s: out of memory", path);

	if (got) {
		free(now);
		return got;
	}
	memset(run, 0, sizeof(*run));
	run->path = path;
	if (strict)
		replay_strict(replay);
	while ((got = replay_next(replay, now)) > 0) {
		if (run->nr && now->mono_ns <= run->last.mono_ns) {
			run->skipped++;
			continue;
		}
		delta_make(&delta, run->nr ? &run->last : NULL, now);
		each(arg, run, &delta);
		if (!run->nr++)
			run->first = *now;
		run->last = *now;
	}
	replay_close(replay);
	free(now);
	return got < 0 || !strict ? got : check_whole(run);
}

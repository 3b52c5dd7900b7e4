// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_record.c - netswap record: snapshots to a file.
 *
 * A recording is worth most when memory is gone, so like netswap-top this
 * leaves all that may wait for memory to the thread of steady.c: /proc, and
 * the names of stacks and cgroups, which a line takes as they are by then.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "audit.h"
#include "child.h"
#include "cmd.h"
#include "collect.h"
#include "json.h"
#include "log.h"
#include "names.h"
#include "steady.h"
#include "tick.h"
#include "util.h"
#include "view.h"

#define LAST_MS	5000	/* for the last reading of /proc */

static double interval;
static unsigned long count;
static bool no_lock;
static const char *output;

static struct nsw_source *source;
static struct nsw_audit_info audit;

/* What the thread has named, for the snapshot it last saw. */
static struct {
	pthread_mutex_t lock;
	struct nsw_snapshot seen;	/* the recorder's, then the thread's */
	struct nsw_snapshot work;	/* the thread's own */
} named = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Is there a stack in @snap that has no name yet? */
static bool stack_is_new(const struct nsw_snapshot *snap)
{
	__u32 i;

	for (i = 0; i < snap->nr_tops; i++) {
		const struct nsw_key *k = &snap->top[i].key;

		if (k->kind == NSW_K_TAKER && k->stack >= 0 &&
		    !stack_info(snap, k->stack))
			return snap->nr_stacks < NSW_SNAP_STACKS;
	}
	return false;
}

static void find_names(void)
{
	pthread_mutex_lock(&named.lock);
	named.work = named.seen;
	pthread_mutex_unlock(&named.lock);
	/* All symbols of the kernel are read for it: not more than need be. */
	if (stack_is_new(&named.work)) {
		named.work.nr_stacks = 0;
		memset(named.work.stack, 0, sizeof(named.work.stack));
		names_stacks(&named.work);
	}
	named.work.nr_cgroups = 0;
	names_cgroups(&named.work);
	pthread_mutex_lock(&named.lock);
	named.seen = named.work;
	pthread_mutex_unlock(&named.lock);
}

/* The lock is only ever held to copy, and by nobody who waits for memory. */
static void take_names(struct nsw_snapshot *snap)
{
	pthread_mutex_lock(&named.lock);
	snap->nr_stacks = named.seen.nr_stacks;
	memcpy(snap->stack, named.seen.stack, sizeof(snap->stack));
	snap->nr_cgroups = named.seen.nr_cgroups;
	memcpy(snap->cgroup, named.seen.cgroup, sizeof(snap->cgroup));
	named.seen = *snap;
	pthread_mutex_unlock(&named.lock);
}

static int write_line(FILE *out, const struct nsw_delta *delta)
{
	json_t *doc = snapshot_to_json(delta);
	int err;

	if (!doc)
		return -ENOMEM;
	errno = EIO;
	err = json_dumpf(doc, out, JSON_COMPACT | JSON_PRESERVE_ORDER) ||
	      fputc('\n', out) == EOF || fflush(out) ? -errno : 0;
	json_decref(doc);
	return err;
}

/* Two in turn: the one before is what rates are made of. */
static struct {
	struct nsw_snapshot snap[2];
	struct nsw_delta delta;
	unsigned long nr;
} series;

/* The next line. 0 or a negative errno; *@bpf: whether there was BPF. */
static int record_one(FILE *out, const struct nsw_command *command, bool *bpf)
{
	struct nsw_snapshot *now = &series.snap[series.nr & 1];
	int err = source_read(source, now);

	if (err < 0)
		return err;
	take_names(now);
	now->command = *command;
	if (!series.nr)
		now->audit = audit;
	delta_make(&series.delta, series.nr ? &series.snap[!(series.nr & 1)] :
		   NULL, now);
	series.nr++;
	*bpf = now->bpf;
	return write_line(out, &series.delta);
}

/* Until stopped, or @count lines. */
static int record_to(FILE *out, bool *bpf)
{
	const struct nsw_command none = {};
	__u64 start = now_mono_ns();
	int err = 0;

	while (!err && !tick_stopped && (!count || series.nr < count)) {
		if (series.nr)
			tick_wait(start, series.nr, interval);
		if (!tick_stopped || !series.nr)
			err = record_one(out, &none, bpf);
	}
	return err;
}

/*
 * A line before the command begins, and one after it ended, with a reading
 * of /proc that began after that.  *@status is that of the command, or why
 * it could not be run.
 */
static int record_around(FILE *out, const char *name, int *status, bool *bpf)
{
	struct nsw_command command = {};
	__u64 start = now_mono_ns();
	int err;

	str_copy(command.name, name, sizeof(command.name));
	err = record_one(out, &command, bpf);
	if (err)
		return err;
	*status = child_release();
	if (*status)
		return 0;
	while (!err && !child_wait(start + series.nr * interval * 1e9, status))
		err = record_one(out, &command, bpf);
	if (err) {
		child_wait(~0ULL, status);
		return err;
	}
	command.status = *status;
	command.ended_ns = now_ktime_ns();
	if (!steady_refresh(LAST_MS)) {
		log_warn("%s: /proc could not be read after the command: the "
			 "kernel's own numbers are from before its end", output);
		/* A reading that ran at its end is not one of after it. */
		command.ended_ns = now_ktime_ns();
	}
	return record_one(out, &command, bpf);
}

/* What a failure of ours is: not to be taken for one of the command. */
static int failed(char **command)
{
	return *command ? CHILD_FAILED : NSW_EXIT_FAILED;
}

static int usage_error(char **command)
{
	if (!output)
		return log_err(NSW_EXIT_USAGE, "record: give the file to "
			       "write with -o FILE ('-' for stdout)");
	if (*command && !strcmp(output, "-"))
		return log_err(NSW_EXIT_USAGE, "record: '-o -' and a command "
			       "share standard output: give a file");
	if (*command && count)
		return log_err(NSW_EXIT_USAGE, "record: -n and a command "
			       "exclude each other: its end is the end");
	return 0;
}

static int run_record(int argc, char **command)
{
	int err = usage_error(command), status = CHILD_FAILED;
	char note[160];
	bool bpf = false;
	FILE *out;

	(void)argc;
	if (err)
		return err;
	if (interval <= 0)
		interval = 1;
	out = strcmp(output, "-") ? fopen(output, "we") : stdout;
	if (!out)
		return log_err(failed(command), "%s: cannot write: %s", output,
			       strerror(errno));
	/* While what it needs can still be given back. */
	audit_summary(&audit);
	steady_malloc();
	if (*command && child_fork(command))
		return CHILD_FAILED;
	if (source_live(&source))
		return log_err(failed(command), "out of memory");
	if (!*command)
		tick_signals();
	if (steady_start(source, interval, find_names))
		return failed(command);
	if (!no_lock)
		steady_lock(note, sizeof(note));
	err = *command ? record_around(out, *command, &status, &bpf) :
			 record_to(out, &bpf);
	/* A thread that is stuck still uses the source; exit() takes both. */
	if (steady_stop())
		source_close(source);
	if (out != stdout && fclose(out) && !err)
		err = -errno;
	if (err < 0)
		log_err(0, "%s: cannot write: %s", output, strerror(-err));
	if (*command)
		return err && !status ? CHILD_FAILED : status;
	return err ? NSW_EXIT_FAILED : bpf ? NSW_EXIT_OK : NSW_EXIT_DEGRADED;
}

static const struct nsw_opt record_options[] = {
	{ 'o', "output", "FILE", NSW_OPT_STRING, &output,
	  "Write to FILE, one JSON document per line ('-' for stdout)" },
	{ 'i', "interval", "SECS", NSW_OPT_SECS, &interval,
	  "Every SECS seconds (default 1)" },
	{ 'n', "count", "COUNT", NSW_OPT_COUNT, &count,
	  "Stop after COUNT snapshots" },
	{ 0x103, "no-mlock", NULL, NSW_OPT_FLAG, &no_lock,
	  "don't lock in memory: it may then stop when memory is short" },
	{}
};

const struct nsw_cmd cmd_record = {
	.name = "record",
	.summary = "Write snapshots to a file, for replay",
	.args = "[[--] COMMAND [ARG...]]",
	.max_args = NSW_ANY_ARGS,
	.doc = "Each line is the document of 'netswap show --json'.  Stop "
	       "with Ctrl-C; a line cut off by a crash loses only itself.  "
	       "It is locked in memory and goes on while nothing can be "
	       "allocated, if FILE does: a pipe or a serial line does, a "
	       "file system may not.  Look at it with 'netswap-top --replay "
	       "FILE' or 'netswap show --replay FILE'.  With a COMMAND, that "
	       "is run, and recorded from before it begins until after it "
	       "ended; signals go to it, and the exit code is its own: 128 "
	       "and the number of the signal that killed it, 127 if it was "
	       "not found, 126 if it can't be run, 125 if netswap failed.",
	.options = record_options,
	.run = run_record,
};

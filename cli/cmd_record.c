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

#include "cmd.h"
#include "collect.h"
#include "json.h"
#include "log.h"
#include "names.h"
#include "steady.h"
#include "tick.h"
#include "util.h"
#include "view.h"

static double interval;
static unsigned long count;
static bool no_lock;
static const char *output;

static struct nsw_source *source;

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
	err = json_dumpf(doc, out, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(doc);
	return err || fputc('\n', out) == EOF || fflush(out) ? -EIO : 0;
}

/* 0 or a negative errno; *@bpf: whether there was BPF at the end. */
static int record_to(FILE *out, bool *bpf)
{
	/* Two in turn: the one before is what rates are made of. */
	static struct nsw_snapshot snap[2];
	static struct nsw_delta delta;
	__u64 start = now_mono_ns();
	unsigned long nr;
	int err;

	for (nr = 0; !tick_stopped && (!count || nr < count); nr++) {
		struct nsw_snapshot *now = &snap[nr & 1];

		if (nr)
			tick_wait(start, nr, interval);
		if (tick_stopped && nr)
			break;
		err = source_read(source, now);
		if (err < 0)
			return err;
		take_names(now);
		delta_make(&delta, nr ? &snap[!(nr & 1)] : NULL, now);
		err = write_line(out, &delta);
		if (err)
			return err;
		*bpf = now->bpf;
	}
	return 0;
}

static int run_record(int argc, char **argv)
{
	char note[160];
	bool bpf = false;
	FILE *out;
	int err;

	(void)argc, (void)argv;
	steady_malloc();
	if (!output)
		return log_err(NSW_EXIT_USAGE, "record: give the file to "
			       "write with -o FILE ('-' for stdout)");
	if (interval <= 0)
		interval = 1;
	out = strcmp(output, "-") ? fopen(output, "we") : stdout;
	if (!out)
		return log_err(NSW_EXIT_FAILED, "%s: cannot write: %s", output,
			       strerror(errno));
	if (source_live(&source))
		return log_err(NSW_EXIT_FAILED, "out of memory");
	tick_signals();
	if (steady_start(source, interval, find_names))
		return NSW_EXIT_FAILED;
	if (!no_lock)
		steady_lock(note, sizeof(note));
	err = record_to(out, &bpf);
	/* A thread that is stuck still uses the source; exit() takes both. */
	if (steady_stop())
		source_close(source);
	if (out != stdout && fclose(out) && !err)
		err = -errno;
	if (err < 0)
		return log_err(NSW_EXIT_FAILED, "%s: cannot write: %s", output,
			       strerror(-err));
	return bpf ? NSW_EXIT_OK : NSW_EXIT_DEGRADED;
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
	.args = "",
	.doc = "Each line is the document of 'netswap show --json'.  Stop "
	       "with Ctrl-C; a line cut off by a crash loses only itself.  "
	       "It is locked in memory and goes on while nothing can be "
	       "allocated, if FILE does: a pipe or a serial line does, a "
	       "file system may not.  Look at it with 'netswap-top --replay "
	       "FILE' or 'netswap show --replay FILE'.",
	.options = record_options,
	.run = run_record,
};

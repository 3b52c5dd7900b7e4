// SPDX-License-Identifier: GPL-2.0
/*
 * collect.c - from the pinned maps to a snapshot.
 *
 * The maps are mapped once; source_read() then only loads from memory.  The
 * slow readings have two places: the helper writes the one that is not
 * current and then flips, so a reader never waits for it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "collect.h"
#include "record.h"
#include "source.h"
#include "util.h"

int source_live(struct nsw_source **out)
{
	struct nsw_source *src = calloc(1, sizeof(*src));
	struct utsname uts;

	*out = src;
	if (!src)
		return -ENOMEM;
	if (!uname(&uts)) {
		str_copy(src->host, uts.nodename, sizeof(src->host));
		str_copy(src->kernel, uts.release, sizeof(src->kernel));
	}
	pthread_mutex_init(&src->lock, NULL);
	src->swap_safe = -1;
	maps_open(src);
	return 0;
}

/*
 * Programs were loaded, attached or unloaded since: go over to what is there
 * now.  Not while the helper reads; then at a later tick.
 */
static void reopen_maps(struct nsw_source *src)
{
	if (pthread_mutex_trylock(&src->lock))
		return;
	maps_close(src);
	src->last_ns = 0;
	maps_open(src);
	atomic_store(&src->stale, false);
	pthread_mutex_unlock(&src->lock);
}

int source_replay(struct nsw_source **out, const char *path)
{
	struct nsw_source *src = calloc(1, sizeof(*src));
	int err;

	*out = src;
	if (!src)
		return -ENOMEM;
	err = replay_open(&src->replay, path);
	if (err) {
		free(src);
		*out = NULL;
	}
	return err;
}

void source_once(struct nsw_snapshot *snap)
{
	struct nsw_source *src;

	memset(snap, 0, sizeof(*snap));
	if (source_live(&src))
		return;
	source_read_proc(src);
	source_read(src, snap);
	source_close(src);
}

void source_low_window(struct nsw_source *src, double secs)
{
	src->low_ns = secs * 1e9;
}

void source_keep(struct nsw_source *src)
{
	src->kept = true;
	maps_watch(src);
}

bool source_gone(const struct nsw_source *src)
{
	return src->kept && atomic_load(&src->stale);
}

void source_swap_safe(struct nsw_source *src, int safe)
{
	atomic_store(&src->swap_safe, safe);
}

void source_all_events(struct nsw_source *src)
{
	src->all_events = true;
}

bool source_live_p(const struct nsw_source *src)
{
	return !src->replay;
}

void source_close(struct nsw_source *src)
{
	if (!src)
		return;
	if (src->replay)
		replay_close(src->replay);
	else
		maps_close(src);
	free(src);
}

static void read_misses(const struct nsw_source *src, struct nsw_slow *slow)
{
	__u64 runs, ns, misses;
	int i;

	slow->misses = 0;
	for (i = 0; i < NSW_NR_HOOKS; i++)
		if (src->pins.prog[i] >= 0 &&
		    !hook_stats(src->pins.prog[i], &runs, &ns, &misses))
			slow->misses += misses;
}

/* memalloc_socks_key as of the last tick; 0 when it is not known. */
static __s64 key_read(const struct nsw_zones *z)
{
	return z && z->key_valid ? (__s64)z->key : 0;
}

/* The key as of a tick after @after_ns; 0 when none comes within 300 ms. */
static __s64 key_after(const struct nsw_source *src, __u64 after_ns)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	const struct nsw_zones *z = maps_zones(src);
	int tries;

	for (tries = 0; z && z->tick_ns <= after_ns; tries++) {
		if (tries == 30)
			return 0;
		nanosleep(&pause, NULL);
	}
	return key_read(z);
}

/* How often a socket was marked, or a mark taken off, as far as is known. */
static __u64 sock_changes(const struct nsw_source *src)
{
	return maps_counter(src, NSW_C_SK_SET) +
	       maps_counter(src, NSW_C_SK_CLEAR);
}

/*
 * A key that was positive before the sockets were looked at and still is after
 * it, and not one socket: leaked.  A swap area that goes on or off meanwhile
 * has the one without the other, too, but only at one end; one that goes off
 * and on again has it at both, and is seen by its changes.
 */
static void check_leak(const struct nsw_source *src, struct nsw_slow *slow,
		       __s64 key_before, __u64 changes_before)
{
	struct nsw_key args = {};
	int prog = src->pins.prog[NSW_HOOK_EV_LEAK];
	__s64 key;

	if (!slow->socks_valid || !slow->socks_all || slow->nr_socks ||
	    slow->more_socks || key_before <= 0)
		return;
	key = key_after(src, now_ktime_ns());
	slow->key_leaked = key > 0 && sock_changes(src) == changes_before;
	args.arg = key;
	/* Leaves an event, once. */
	if (slow->key_leaked && prog >= 0)
		hook_run(prog, &args, sizeof(args));
}

void source_read_proc(struct nsw_source *src)
{
	unsigned int seq = atomic_load(&src->slow_seq);
	struct nsw_slow *slow = &src->slow[(seq + 1) & 1];
	__u64 changes;
	__s64 key;

	if (src->replay)
		return;
	pthread_mutex_lock(&src->lock);
	memset(slow, 0, sizeof(*slow));
	slow_read_proc(slow);
	if (src->bpf) {
		read_misses(src, slow);
		changes = sock_changes(src);
		key = key_read(maps_zones(src));
		slow_read_socks(slow, src->pins.prog[NSW_HOOK_IT_TCP],
				src->pins.prog[NSW_HOOK_IT_UDP],
				src->pins.prog[NSW_HOOK_IT_FILE]);
		check_leak(src, slow, key, changes);
	}
	slow->proc_ns = now_ktime_ns();
	if (maps_changed(src))
		atomic_store(&src->stale, true);
	pthread_mutex_unlock(&src->lock);
	atomic_store(&src->slow_seq, seq + 1);
}

int source_read(struct nsw_source *src, struct nsw_snapshot *snap)
{
	if (src->replay)
		return replay_next(src->replay, snap);
	if (atomic_load(&src->stale) && !src->kept)
		reopen_maps(src);
	memset(snap, 0, sizeof(*snap));
	snap->mono_ns = now_ktime_ns();
	snap->wall_ms = now_wall_ms();
	snap->page_size = sysconf(_SC_PAGESIZE);
	snap->bpf = src->bpf;
	memcpy(snap->host, src->host, sizeof(snap->host));
	memcpy(snap->kernel, src->kernel, sizeof(snap->kernel));
	memcpy(snap->why, src->why, sizeof(snap->why));
	if (src->bpf)
		maps_read(src, snap);
	slow_copy(src, snap);
	src->last_ns = snap->mono_ns;
	return 1;
}

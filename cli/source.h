/* SPDX-License-Identifier: GPL-2.0 */
/*
 * source.h - what a live source is, for the files that read it: source_maps.c
 * opens the maps, source_read.c reads them, collect.c is the face.
 */
#ifndef NETSWAP_SOURCE_H
#define NETSWAP_SOURCE_H

#include <pthread.h>
#include <stdatomic.h>

#include "bpf.h"
#include "slow.h"
#include "tops.h"

#define NSW_MAX_MAPS	(NSW_NR_OBJECTS * NSW_NR_VARIANTS)

/* One pinned map, mapped read-only. */
struct mapped {
	const char *at;
	__u32 stride;
	__u32 entries;
	size_t len;
};

struct map_set {
	struct mapped map[NSW_MAX_MAPS];
	int nr;
};

struct nsw_source {
	struct replay *replay;		/* NULL = live */
	struct nsw_pins pins;
	struct map_set cpus, tops, rings, zones, waiters;
	struct map_set guard, policy, counts;	/* none: the guard is off */
	__u64 cursor[NSW_MAX_MAPS];		/* per ring: last event read */
	__u64 last_ns;			/* previous source_read() */
	char host[64], kernel[64], why[160];
	bool bpf;
	bool all_events;
	bool kept;			/* source_keep() */
	__u64 low_ns;			/* source_low_window(), 0 = last_ns */
	_Atomic int swap_safe;		/* audit_safe(), -1 until known */
	/* The helper holds it while it reads; the reader only tries it. */
	pthread_mutex_t lock;
	int links;			/* their directory, -1 = none */
	int watch;			/* maps_watch(), -1 = none */
	__u64 pin_stamp;		/* of that directory then */
	_Atomic bool stale;		/* pins changed: open them anew */
	bool hook[NSW_NR_HOOKS], group[NSW_NR_GROUPS];
	int progs;			/* attached */
	struct nsw_slow slow[2];
	_Atomic unsigned int slow_seq;	/* readings so far; & 1 = current */
	struct tops_work work;
};

/**
 * maps_open() - map what is pinned now
 *
 * Sets @src->bpf, and @src->why where it stays false.
 */
void maps_open(struct nsw_source *src);

/** maps_close() - unmap all. */
void maps_close(struct nsw_source *src);

/**
 * maps_watch() - see pins come even without the right to look for them
 *
 * While there still is one.
 */
void maps_watch(struct nsw_source *src);

/** maps_changed() - pins are others than those that were opened. */
bool maps_changed(const struct nsw_source *src);

/** maps_zones() - the zones that are ticking, or NULL. */
const struct nsw_zones *maps_zones(const struct nsw_source *src);

/** maps_counter() - counter @c (NSW_C_*) as it is now, of all CPUs. */
__u64 maps_counter(const struct nsw_source *src, int c);

/**
 * maps_read() - everything that is in the maps into @snap
 *
 * Loads from memory only.  Advances the event cursors.
 */
void maps_read(struct nsw_source *src, struct nsw_snapshot *snap);

/** slow_copy() - the last slow reading, and gauges made of both. */
void slow_copy(struct nsw_source *src, struct nsw_snapshot *snap);

#endif /* NETSWAP_SOURCE_H */

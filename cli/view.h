/* SPDX-License-Identifier: GPL-2.0 */
/*
 * view.h - a view turns snapshots into text: const in, bytes out.
 *
 * No view opens a map or a file or knows libbpf (`make lint` greps).  A new
 * one is a view_NAME.c with a const struct nsw_view view_NAME, and one line
 * in NSW_VIEWS; its option, --NAME, comes from that line.
 */
#ifndef NETSWAP_VIEW_H
#define NETSWAP_VIEW_H

#include <jansson.h>
#include <stdio.h>

#include "metric.h"

/**
 * struct nsw_view - one output format of `netswap show`
 * @begin: once, before the first snapshot; may be NULL
 * @snapshot: per snapshot; d->valid is false for the first
 */
struct nsw_view {
	void (*begin)(FILE *out);
	void (*snapshot)(FILE *out, const struct nsw_delta *d);
};

/* The views: V(name, "help of its option"); the first is the default. */
#define NSW_VIEWS(V)							\
	V(table, "Print tables for people (the default)")			\
	V(json, "Print one JSON document")					\
	V(csv, "Print comma-separated lines")				\
	V(openmetrics, "Print OpenMetrics text")				\
	V(prometheus, "Print Prometheus text, the older format")

enum nsw_view_id {
#define NSW_ROW(name, help) NSW_VIEW_##name,
	NSW_VIEWS(NSW_ROW)
#undef NSW_ROW
	NSW_NR_VIEWS
};

#define NSW_ROW(name, help) extern const struct nsw_view view_##name;
NSW_VIEWS(NSW_ROW)
#undef NSW_ROW

/**
 * snapshot_to_json() - the JSON document of a snapshot
 * @d: snapshot and, where valid, rates
 *
 * The same document is a line of a recording.  Return: a new reference, or
 * NULL without memory.
 */
json_t *snapshot_to_json(const struct nsw_delta *d);

/** guard_rules_json() - the guard's rules and what they did; new reference. */
json_t *guard_rules_json(const struct nsw_snapshot *s);

/** event_to_json() - one event; times as in @s. New reference. */
json_t *event_to_json(const struct nsw_snapshot *s, const struct nsw_event *e);

/** event_text() - one event as a line without its time. */
void event_text(const struct nsw_event *e, char *buf, size_t size);

/** guard_rules_text() - table of the guard's rules and what they did. */
void guard_rules_text(FILE *out, const struct nsw_snapshot *s);

/** time_text() - wall time of a CLOCK_MONOTONIC stamp, "HH:MM:SS.mmm". */
void time_text(const struct nsw_snapshot *s, __u64 mono_ns, char *buf,
	       size_t size);

#endif /* NETSWAP_VIEW_H */

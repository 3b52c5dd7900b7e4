/* SPDX-License-Identifier: GPL-2.0 */
/*
 * metric.h - the tables of include/netswap expanded for user space.
 */
#ifndef NETSWAP_METRIC_H
#define NETSWAP_METRIC_H

#include "snapshot.h"

enum nsw_unit {
#define NSW_ROW(id, ...) NSW_U_##id,
	NSW_UNITS(NSW_ROW)
#undef NSW_ROW
	NSW_NR_UNITS
};

/**
 * struct nsw_metric - one row of metrics.h
 * @label: family dimension or ""
 * @key: JSON key, name or name_value
 * @help: of the family: rows without one inherit that of the row before
 */
struct nsw_metric {
	enum nsw_group group;
	enum nsw_unit unit;
	const char *name;
	const char *label;
	const char *value;
	const char *key;
	const char *title;
	const char *help;
};

struct nsw_proc_metric {
	enum nsw_unit unit;
	const char *file;
	const char *key;
	const char *name;
	const char *title;
	const char *help;
};

struct nsw_unit_info {
	const char *suffix;
	double divisor;
};

struct nsw_group_info {
	const char *name;
	const char *proc;	/* /proc file that stands in, or "" */
	const char *absent;	/* what is unknown without it, and the remedy */
};

enum nsw_hook_type {
#define NSW_ROW(id, ...) NSW_T_##id,
	NSW_TYPES(NSW_ROW)
#undef NSW_ROW
	NSW_NR_TYPES
};

enum nsw_variant {
#define NSW_ROW(id, ...) NSW_V_##id,
	NSW_VARIANTS(NSW_ROW)
#undef NSW_ROW
	NSW_NR_VARIANTS
};

enum nsw_object {
#define NSW_ROW(id, ...) NSW_O_##id,
	NSW_OBJECTS(NSW_ROW)
#undef NSW_ROW
	NSW_NR_OBJECTS
};

struct nsw_hook_info {
	enum nsw_object object;
	enum nsw_group group;
	int rank;
	enum nsw_hook_type type;
	const char *target;
	const char *program;
};

extern const struct nsw_metric nsw_counters[NSW_NR_COUNTERS];
extern const struct nsw_metric nsw_hists[NSW_NR_HISTS];
extern const struct nsw_metric nsw_gauges[NSW_NR_GAUGES];
extern const struct nsw_proc_metric nsw_procs[NSW_NR_PROCS];
extern const struct nsw_unit_info nsw_units[NSW_NR_UNITS];
extern const struct nsw_group_info nsw_groups[NSW_NR_GROUPS];
extern const struct nsw_hook_info nsw_hooks[NSW_NR_HOOKS];
extern const char *const nsw_objects[NSW_NR_OBJECTS];
extern const char *const nsw_types[NSW_NR_TYPES];
extern const char *const nsw_variants[NSW_NR_VARIANTS];
extern const enum nsw_variant nsw_type_variant[NSW_NR_TYPES];
extern const char *const nsw_causes[NSW_NR_CAUSES];
extern const char *const nsw_wheres[NSW_NR_WHERES];
extern const char *const nsw_guard_causes[NSW_NR_GUARD_CAUSES];
extern const char *const nsw_kinds[NSW_NR_KINDS];
extern const char *const nsw_event_names[NSW_NR_EVENTS];

/**
 * nsw_counter_valid() - is this counter known in @s?
 *
 * False means absent: shown as "-", null or left out, never as 0.
 */
bool nsw_counter_valid(const struct nsw_snapshot *s, enum nsw_counter id);

/** nsw_hist_valid() - is this histogram known in @s? */
bool nsw_hist_valid(const struct nsw_snapshot *s, enum nsw_hist_id id);

/** nsw_guard_mode() - name of an enum nsw_guard_mode, "?" for any other. */
const char *nsw_guard_mode(__s64 mode);

/** nsw_proto_name() - "tcp", "udp", ... or a number; static buffer. */
const char *nsw_proto_name(unsigned int proto);

#endif /* NETSWAP_METRIC_H */

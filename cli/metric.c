// SPDX-License-Identifier: GPL-2.0
/*
 * metric.c - the tables of include/netswap expanded for user space.
 */
#include <stdio.h>

#include "metric.h"

#define NSW_ROW(id, grp, u, n, l, v, t, h)				\
	{ NSW_GRP_##grp, NSW_U_##u, n, l, v,				\
	  sizeof(v) > 1 ? n "_" v : n, t, h },
const struct nsw_metric nsw_counters[] = { NSW_COUNTERS(NSW_ROW) };
const struct nsw_metric nsw_hists[] = { NSW_HISTS(NSW_ROW) };
const struct nsw_metric nsw_gauges[] = { NSW_GAUGES(NSW_ROW) };
#undef NSW_ROW

#define NSW_ROW(id, u, f, k, n, t, h) { NSW_U_##u, f, k, n, t, h },
const struct nsw_proc_metric nsw_procs[] = { NSW_PROCS(NSW_ROW) };
#undef NSW_ROW

#define NSW_ROW(id, suffix, divisor) { suffix, divisor },
const struct nsw_unit_info nsw_units[] = { NSW_UNITS(NSW_ROW) };
#undef NSW_ROW

#define NSW_ROW(id, name, proc, absent) { name, proc, absent },
const struct nsw_group_info nsw_groups[] = { NSW_GROUPS(NSW_ROW) };
#undef NSW_ROW

#define NSW_ROW(id, obj, grp, rank, type, target, prog)			\
	{ NSW_O_##obj, NSW_GRP_##grp, rank, NSW_T_##type, target, prog },
const struct nsw_hook_info nsw_hooks[] = { NSW_HOOKS(NSW_ROW) };
#undef NSW_ROW

#define NSW_ROW(id, name) name,
const char *const nsw_objects[] = { NSW_OBJECTS(NSW_ROW) };
const char *const nsw_variants[] = { NSW_VARIANTS(NSW_ROW) };
#undef NSW_ROW

#define NSW_ROW(id, name, variant) name,
const char *const nsw_types[] = { NSW_TYPES(NSW_ROW) };
#undef NSW_ROW
#define NSW_ROW(id, name, variant) NSW_V_##variant,
const enum nsw_variant nsw_type_variant[] = { NSW_TYPES(NSW_ROW) };
#undef NSW_ROW

const char *const nsw_causes[NSW_NR_CAUSES] = {
	[NSW_CAUSE_KSWAPD] = "kswapd",
	[NSW_CAUSE_DIRECT] = "direct_reclaim",
	[NSW_CAUSE_SOFTIRQ] = "softirq",
	[NSW_CAUSE_TASK] = "pf_memalloc",
	[NSW_CAUSE_GFP] = "gfp_memalloc",
};

const char *const nsw_wheres[NSW_NR_WHERES] = {
	[NSW_WHERE_SK_FILTER] = "sk_filter",
	[NSW_WHERE_PROTOCOL] = "protocol",
	[NSW_WHERE_BACKLOG] = "backlog",
};

const char *const nsw_guard_causes[NSW_NR_GUARD_CAUSES] = {
	[NSW_GUARD_LEVEL] = "level",
	[NSW_GUARD_RESERVE] = "reserve",
	[NSW_GUARD_THROTTLE] = "throttle",
	[NSW_GUARD_MANUAL] = "manual",
};

const char *const nsw_kinds[NSW_NR_KINDS] = {
	[NSW_K_NONE] = "none",
	[NSW_K_TAKER] = "taker",
	[NSW_K_DROP] = "drop",
	[NSW_K_THROTTLE] = "throttle",
	[NSW_K_RECEIVED] = "received",
	[NSW_K_DELIVERED] = "delivered",
	[NSW_K_ZONE] = "zone",
	[NSW_K_LEAK] = "leak",
	[NSW_K_GUARD] = "guard",
};

const char *const nsw_event_names[NSW_NR_EVENTS] = {
	[NSW_EV_NONE] = "none",
	[NSW_EV_THROTTLE] = "throttle",
	[NSW_EV_LOW_WATER] = "low_water",
	[NSW_EV_DROP] = "drop",
	[NSW_EV_LEAK] = "leak",
	[NSW_EV_GUARD_ON] = "guard_on",
	[NSW_EV_GUARD_OFF] = "guard_off",
};

static bool group_valid(const struct nsw_snapshot *s, enum nsw_group group)
{
	/* SELF needs no hook of its own, only that something is loaded. */
	return group == NSW_GRP_SELF ? s->bpf : s->group[group];
}

bool nsw_counter_valid(const struct nsw_snapshot *s, enum nsw_counter id)
{
	if (id == NSW_C_RSV_SOFTIRQ && !s->softirq_known)
		return false;
	return group_valid(s, nsw_counters[id].group) && !s->counter_lacks[id];
}

bool nsw_hist_valid(const struct nsw_snapshot *s, enum nsw_hist_id id)
{
	return group_valid(s, nsw_hists[id].group) && !s->hist_lacks[id];
}

const char *nsw_guard_mode(__s64 mode)
{
	static const char *const names[NSW_NR_GUARD_MODES] = {
		[NSW_GUARD_OFF] = "off",
		[NSW_GUARD_MONITOR] = "monitor",
		[NSW_GUARD_ENFORCE] = "enforce",
	};

	return mode >= 0 && mode < NSW_NR_GUARD_MODES ? names[mode] : "?";
}

const char *nsw_proto_name(unsigned int proto)
{
	static _Thread_local char number[12];

	switch (proto) {
	case 0: return "-";
	case 1: return "icmp";
	case 6: return "tcp";
	case 17: return "udp";
	case 58: return "icmpv6";
	case 132: return "sctp";
	}
	snprintf(number, sizeof(number), "%u", proto);
	return number;
}

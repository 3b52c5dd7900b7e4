/* SPDX-License-Identifier: GPL-2.0 */
/*
 * snapshot.h - one reading of everything, and the difference of two.
 *
 * A snapshot is plain values: no pointers, no file descriptors, no maps.  It
 * comes from the live maps (collect.c) or from a recording (record.c); views
 * can't tell, which is what makes replay and golden tests cost nothing.
 */
#ifndef NETSWAP_SNAPSHOT_H
#define NETSWAP_SNAPSHOT_H

#include <stdbool.h>
#include <netswap/abi.h>
#include <netswap/guard.h>

enum nsw_gauge {
#define NSW_ROW(id, ...) NSW_G_##id,
	NSW_GAUGES(NSW_ROW)
#undef NSW_ROW
	NSW_NR_GAUGES
};

enum nsw_proc {
#define NSW_ROW(id, ...) NSW_P_##id,
	NSW_PROCS(NSW_ROW)
#undef NSW_ROW
	NSW_NR_PROCS
};

enum nsw_group {
#define NSW_ROW(id, ...) NSW_GRP_##id,
	NSW_GROUPS(NSW_ROW)
#undef NSW_ROW
	NSW_NR_GROUPS
};

enum nsw_hook {
#define NSW_ROW(id, ...) NSW_HOOK_##id,
	NSW_HOOKS(NSW_ROW)
#undef NSW_ROW
	NSW_NR_HOOKS
};

#define NSW_MAX_SOCKS		128
#define NSW_SNAP_EVENTS		64
#define NSW_SNAP_TOPS		256
#define NSW_OWNER_LEN		12
#define NSW_SNAP_STACKS		24
#define NSW_STACK_SHOWN		12
#define NSW_SYM_LEN		40
#define NSW_SNAP_CGROUPS	64
#define NSW_SNAP_FINDINGS	16

/**
 * struct nsw_zone_info - one zone, as views want it
 * @low_water_pages: lowest free-to-min distance since the reader's previous
 *	snapshot (the first: since load); negative = below min.  Only with
 *	@low_water_valid
 * @from_proc: read from /proc/zoneinfo, not by BPF
 * @lacks: a bit for each of NSW_ZONE_FIELDS, in their order, that a recording
 *	does not have
 */
struct nsw_zone_info {
	__u32 node;
	__u32 index;		/* zone_idx: at most 2 is lowmem, for throttling */
	char name[16];
	__u64 free_pages;
	__u64 min_pages;
	__u64 low_pages;
	__u64 high_pages;
	__u64 boost_pages;
	__u64 managed_pages;
	__s64 low_water_pages;
	__s64 low_ever_pages;	/* since load */
	bool low_water_valid;
	bool from_proc;
	__u32 lacks;
};

/**
 * struct nsw_sock_info - a memalloc socket and whose it is
 * @owner: "nbd", "nfs", "nvme-tcp", "iscsi", "wireguard" or "unknown"
 */
struct nsw_sock_info {
	struct nsw_sock sock;
	char owner[NSW_OWNER_LEN];
};

/**
 * struct nsw_stack_info - a kernel stack that takers' rows name by its id
 * @sym: functions, innermost first
 */
struct nsw_stack_info {
	__s32 id;
	__u32 nr;
	char sym[NSW_STACK_SHOWN][NSW_SYM_LEN];
};

/**
 * struct nsw_guard_rule - a rule of the guard's policy, and what it did
 * @line: of the policy file, 0 = the default
 */
struct nsw_guard_rule {
	__u32 line;
	char class_name[NSW_GUARD_NAME];
	char text[NSW_GUARD_TEXT];
	__u64 packets[NSW_NR_VERDICTS];
};

/** struct nsw_cgroup_info - path of a cgroup v2, below the root. */
struct nsw_cgroup_info {
	__u64 id;
	char path[120];
};

/**
 * struct nsw_command - the command that was recorded around
 * @name: "" = none
 * @ended_ns: when its end was seen; 0 = it was not over
 * @status: then: exit status, or 128 and the signal that killed it
 */
struct nsw_command {
	char name[64];
	__u64 ended_ns;
	int status;
};

/** struct nsw_finding_info - a finding of `netswap audit`; see audit.h */
struct nsw_finding_info {
	char severity[12];
	char id[32];
	char subject[64];
	char what[200];
};

/**
 * struct nsw_audit_info - what `netswap audit` said when a recording began
 * @valid: false = nobody asked
 * @safe: as audit_safe()
 */
struct nsw_audit_info {
	bool valid;
	int safe;
	__u32 nr;		/* worst first */
	struct nsw_finding_info finding[NSW_SNAP_FINDINGS];
};

/**
 * struct nsw_snapshot - everything at one moment
 * @mono_ns: CLOCK_MONOTONIC, the clock of every _ns time stamp inside
 * @wall_ms: CLOCK_REALTIME, ms since 1970
 * @proc_ns: when the /proc numbers (and sockets) were read; 0 = never
 * @counter: valid only where @group[group of that counter] is true; test
 *	with nsw_counter_valid() etc. in metric.h, never directly
 * @counter_lacks, @hist_lacks: a recording, perhaps of an older netswap, does
 *	not have it, whatever was attached
 * @group: hook groups whose programs are attached
 * @gauge_valid, @proc_valid: per entry; a false one is absent, not zero
 * @hook: per hook: attached
 * @tick_age_ns: age of the zone data; large when the timer stopped
 * @page_size: bytes per page on the machine of the reading
 * @bpf: false = nothing loaded, or not readable: see @why
 * @why: what is missing and the remedy, one line; "" if nothing is
 */
struct nsw_snapshot {
	__u64 mono_ns;
	__u64 wall_ms;
	__u64 proc_ns;
	__u64 tick_age_ns;
	__u32 page_size;
	bool bpf;
	bool group[NSW_NR_GROUPS];
	bool hook[NSW_NR_HOOKS];
	bool softirq_known;
	char host[64];
	char kernel[64];
	char why[160];
	struct nsw_command command;	/* record only */
	struct nsw_audit_info audit;	/* a recording's first line only */

	__u64 counter[NSW_NR_COUNTERS];
	bool counter_lacks[NSW_NR_COUNTERS];
	struct nsw_hist hist[NSW_NR_HISTS];
	bool hist_lacks[NSW_NR_HISTS];
	__s64 gauge[NSW_NR_GAUGES];
	bool gauge_valid[NSW_NR_GAUGES];
	__u64 proc[NSW_NR_PROCS];
	bool proc_valid[NSW_NR_PROCS];

	__u32 nr_zones;
	struct nsw_zone_info zone[NSW_MAX_ZONES];
	__u32 nr_waiters;
	struct nsw_waiter waiter[NSW_MAX_WAITERS];
	__u32 nr_tops;		/* sorted by kind, then amount, largest first */
	struct nsw_top top[NSW_SNAP_TOPS];
	__u32 nr_socks;
	__u32 more_socks;	/* found but without room */
	struct nsw_sock_info sock[NSW_MAX_SOCKS];
	__u32 nr_stacks;	/* names_stacks(): show and record only */
	struct nsw_stack_info stack[NSW_SNAP_STACKS];
	__u32 nr_cgroups;	/* names_cgroups(): likewise */
	struct nsw_cgroup_info cgroup[NSW_SNAP_CGROUPS];
	__u64 guard_until_ns;	/* end of the guard, 0 = none */
	__u32 nr_guard_rules;	/* 0 while the guard is off */
	struct nsw_guard_rule guard_rule[NSW_GUARD_RULES + 1];
	__u32 nr_events;	/* new since the previous snapshot, oldest first */
	__u64 lost_events;	/* overwritten before they were read */
	struct nsw_event event[NSW_SNAP_EVENTS];
};

/**
 * struct nsw_delta - what happened between two snapshots
 * @secs: time between them
 * @rate: per second, in the metric's own unit
 * @counter, @hist: plain differences, valid as in @now
 */
struct nsw_delta {
	const struct nsw_snapshot *now;
	double secs;
	bool valid;		/* false for the first snapshot of a series */
	__u64 counter[NSW_NR_COUNTERS];
	double rate[NSW_NR_COUNTERS];
	double proc_rate[NSW_NR_PROCS];
	bool proc_rate_valid[NSW_NR_PROCS];
	struct nsw_hist hist[NSW_NR_HISTS];
};

/**
 * delta_make() - difference of two snapshots
 * @d: result
 * @old: earlier snapshot, or NULL: then d->valid is false, rates are 0
 * @now: later snapshot; must outlive @d
 *
 * A counter that shrank (programs were loaded anew) counts from 0.
 */
void delta_make(struct nsw_delta *d, const struct nsw_snapshot *old,
		const struct nsw_snapshot *now);

/**
 * hist_quantile() - estimate a quantile of a log2 histogram
 * @h: histogram
 * @q: 0 < q <= 1
 *
 * Linear inside the slot that holds the quantile, so off by a factor of two
 * at most.  Return: ns, or NAN when the histogram is empty.
 */
double hist_quantile(const struct nsw_hist *h, double q);

/** hist_count() - number of values in @h. */
__u64 hist_count(const struct nsw_hist *h);

#endif /* NETSWAP_SNAPSHOT_H */

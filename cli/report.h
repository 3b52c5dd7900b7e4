/* SPDX-License-Identifier: GPL-2.0 */
/*
 * report.h - what is told of recordings: as a page, as text, as pictures.
 *
 * report_collect.c reads recordings into the structs below; view_report.c and
 * view_chart.c write them out and read nothing.  A curve is a row of
 * REPORT_SERIES and a line in report_collect.c; a number is a row of
 * REPORT_NUMBERS, asked for as a rule of `netswap gate` asks.
 */
#ifndef NETSWAP_REPORT_H
#define NETSWAP_REPORT_H

#include "gate.h"
#include "quantity.h"

#define REPORT_POINTS	400	/* most of a curve that are drawn */
#define REPORT_MAX_RUNS	16
#define REPORT_EVENTS	20
#define REPORT_TOPS	8	/* rows of each kind */

/* Numbers: N("what it is", "a rule about it, whose limit is of no use"). */
#define REPORT_NUMBERS(N)						\
	N("Times a task was throttled", "throttle >= 0")		\
	N("Time they slept, summed", "throttle_time sum >= 0s")		\
	N("Throttled for, 99 %", "throttle_time p99 >= 0s")		\
	N("Direct reclaims", "direct_reclaim >= 0")			\
	N("Time in direct reclaim, summed",				\
	  "direct_reclaim_time sum >= 0s")				\
	N("Pages taken from the reserve", "reserve_pages >= 0")		\
	N("Lowest free memory, pages from min",				\
	  "low_water_pages min >= 0")					\
	N("Packets received in the reserve",				\
	  "pfmemalloc_received >= 0")					\
	N("Dropped at sk_filter",					\
	  "pfmemalloc_drops{where=sk_filter} >= 0")			\
	N("of these TCP", "drops{proto=tcp} >= 0")			\
	N("of these UDP", "drops{proto=udp} >= 0")			\
	N("Pages swapped out (kernel)", "kernel_swapout_pages >= 0")	\
	N("Pages swapped in (kernel)", "kernel_swapin_pages >= 0")	\
	N("NBD swap-out, mean",						\
	  "swap_latency{path=nbd_out} mean >= 0s")			\
	N("NBD swap-out, 99 %",						\
	  "swap_latency{path=nbd_out} p99 >= 0s")			\
	N("NBD swap-in, mean",						\
	  "swap_latency{path=nbd_in} mean >= 0s")			\
	N("NBD swap-in, 99 %",						\
	  "swap_latency{path=nbd_in} p99 >= 0s")			\
	N("NFS swap-out, mean",						\
	  "swap_latency{path=nfs_out} mean >= 0s")			\
	N("NFS swap-in, mean",						\
	  "swap_latency{path=nfs_in} mean >= 0s")			\
	N("Swap requests that failed", "swap_errors >= 0")		\
	N("OOM kills (kernel)", "kernel_oom_kills >= 0")		\
	N("Times the guard saw pressure", "guard_engagements >= 0")	\
	N("Dropped by the guard",					\
	  "guard_packets{verdict=dropped} >= 0")			\
	N("The guard would have dropped",				\
	  "guard_packets{verdict=would_drop} >= 0")			\
	N("Not recorded: tables full", "lost >= 0")

#define NSW_ROW(what, rule) + 1
enum { REPORT_NR_NUMBERS = 0 REPORT_NUMBERS(NSW_ROW) };
#undef NSW_ROW

/*
 * Charts: C(ID, "title", "unit", always).  One that is not always there is
 * left out when no run has anything of it.
 */
#define REPORT_CHARTS(C)						\
	C(MEMORY, "Free memory of the largest zone", "MiB above the min "	\
	  "watermark; below 0 is the reserve; drawn up to 4 times high",	\
	  true)								\
	C(RESERVE, "Taken from the reserve", "pages/s", true)		\
	C(THROTTLE, "Tasks throttled", "tasks; times/s", true)		\
	C(DROPS, "Packets dropped for the reserve", "packets/s", true)	\
	C(SWAP, "Swap", "MiB/s", true)					\
	C(LATENCY, "Swap latency, 99 % estimated", "ms", true)		\
	C(LEASE, "The guard: pressure", "ms that it lasts if nothing "	\
	  "extends it; times/s", false)					\
	C(GUARD, "The guard: packets under pressure", "packets/s", false)

enum report_chart {
#define NSW_ROW(id, ...) REPORT_C_##id,
	REPORT_CHARTS(NSW_ROW)
#undef NSW_ROW
	REPORT_NR_CHARTS
};

enum report_merge { REPORT_MIN, REPORT_MAX, REPORT_MEAN };

/*
 * Curves: S(ID, chart, "label", how points are drawn together).  In a chart
 * each has a kind of line of its own: 1st, 2nd ...
 */
#define REPORT_SERIES(S)						\
	S(FREE, MEMORY, "free", REPORT_MIN)				\
	S(LOW_WATER, MEMORY, "lowest in between", REPORT_MIN)	\
	S(HIGH, MEMORY, "high watermark", REPORT_MEAN)			\
	S(LOW, MEMORY, "low watermark", REPORT_MEAN)			\
	S(TAKEN, RESERVE, "taken", REPORT_MEAN)				\
	S(SOFTIRQ, RESERVE, "of these in softirq", REPORT_MEAN)		\
	S(ASLEEP, THROTTLE, "asleep now", REPORT_MAX)			\
	S(THROTTLES, THROTTLE, "throttled/s", REPORT_MEAN)		\
	S(DROPPED, DROPS, "at sk_filter", REPORT_MEAN)			\
	S(RECEIVED, DROPS, "received in the reserve", REPORT_MEAN)	\
	S(OUT, SWAP, "out", REPORT_MEAN)				\
	S(IN, SWAP, "in", REPORT_MEAN)					\
	S(OUT_P99, LATENCY, "out", REPORT_MAX)				\
	S(IN_P99, LATENCY, "in", REPORT_MAX)				\
	S(LEASE, LEASE, "lease left", REPORT_MAX)			\
	S(EXTENDED, LEASE, "begun, extended/s", REPORT_MEAN)		\
	S(G_DROPPED, GUARD, "dropped", REPORT_MEAN)			\
	S(G_WOULD, GUARD, "would be dropped", REPORT_MEAN)		\
	S(G_PASSED, GUARD, "passed", REPORT_MEAN)

enum report_series {
#define NSW_ROW(id, ...) REPORT_S_##id,
	REPORT_SERIES(NSW_ROW)
#undef NSW_ROW
	REPORT_NR_SERIES
};

struct report_chart_info {
	const char *title;
	const char *unit;
	bool always;
};

struct report_series_info {
	enum report_chart chart;
	const char *label;
	enum report_merge merge;
};

extern const struct report_chart_info report_charts[REPORT_NR_CHARTS];
extern const struct report_series_info report_series[REPORT_NR_SERIES];
extern const char *const report_numbers[REPORT_NR_NUMBERS];

/**
 * struct report_point - an interval of a run, from the point before
 * @at: its end, seconds since the first snapshot
 * @secs: how long it is; the first has 0
 * @value: NAN where it is not known
 */
struct report_point {
	double at;
	double secs;
	double value[REPORT_NR_SERIES];
};

/**
 * struct report_guard - what the guard did in a run, while it was on
 * @mode: enum nsw_guard_mode, the last one that was not off; off: never on
 */
struct report_guard {
	__s64 mode;
	__u64 engagements;
	__u64 dropped;
	__u64 would_drop;
};

/**
 * struct report_run - one recording
 * @numbers: of the report
 * @point: pairs are drawn together whenever they fill the room
 * @gap: an interval longer than that had no snapshots when it should have
 * @zone: index of the zone that is drawn
 * @event: the first of them; @events counts all, by kind
 * @lost_events: overwritten before they were read
 * @top: who took, was dropped, slept during the run, largest first
 */
struct report_run {
	struct nsw_run run;
	const struct gate_rules *numbers;
	struct gate_measure number[REPORT_NR_NUMBERS];
	int nr_points;
	struct report_point point[2 * REPORT_POINTS];
	double gap;
	unsigned int zone;
	int nr_events;
	unsigned long events[NSW_NR_EVENTS];
	__u64 lost_events;
	struct nsw_event event[REPORT_EVENTS];
	struct report_guard guard;
	unsigned int nr_tops;
	struct nsw_top top[NSW_SNAP_TOPS];
};

/**
 * struct report - all that is told
 * @numbers: REPORT_NUMBERS as rules: which unit each has
 * @nr: runs; those from @nr_a on are the side compared with
 */
struct report {
	struct gate_rules numbers;
	int nr;
	int nr_a;
	struct report_run *run[REPORT_MAX_RUNS];
};

/* Verdicts: V(ID, "word", "what it means"), from bad to good. */
#define REPORT_VERDICTS(V)						\
	V(STUCK, "STUCK", "tasks were still asleep for want of memory when " \
	  "the recording ended")					\
	V(KILLED, "KILLED", "the kernel killed for want of memory")	\
	V(LOSSES, "LOSSES", "packets were dropped for the reserve")	\
	V(WAITS, "WAITS", "tasks were put to sleep until memory was freed") \
	V(DIPS, "DIPS", "the reserve was used")				\
	V(CALM, "CALM", "the reserve was not used")			\
	V(UNKNOWN, "UNKNOWN", "too little was measured to tell")

enum report_verdict {
#define NSW_ROW(id, ...) REPORT_V_##id,
	REPORT_VERDICTS(NSW_ROW)
#undef NSW_ROW
	REPORT_NR_VERDICTS
};

extern const char *const report_verdicts[REPORT_NR_VERDICTS][2];

/**
 * report_read() - read recordings
 * @r: result, zeroed before
 * @path: recordings; @nr of them, added to those that are there
 *
 * What it needs does not grow with them.  Return: 0 or a negative errno,
 * reported.
 */
int report_read(struct report *r, const char *const *path, int nr);

/** report_free() - release what report_read() made. */
void report_free(struct report *r);

/** report_verdict() - the worst that is known of a run. */
enum report_verdict report_verdict(const struct report_run *run);

/**
 * report_number() - a number of one side: the median and the range
 * @b: of the runs compared with
 *
 * Return: false if some run does not have it; @why says why.
 */
bool report_number(const struct report *r, int number, bool b,
		   struct gate_value *median, struct gate_value *range,
		   const char **why);

/** report_value() - a number with its unit. */
struct quantity_text report_value(const struct report *r, int number,
				  struct gate_value value);

struct report_text {
	char s[240];
};

/**
 * report_said() - what happened in a run, in words
 * @nr: sentence, from 0
 *
 * Return: an empty text after the last one.
 */
struct report_text report_said(const struct report_run *run, int nr);

/** report_top_text() - who a row of report_run.top is about. */
struct report_text report_top_text(const struct report_run *run,
				   const struct nsw_top *t);

/** report_top_amount() - how much of what. */
struct report_text report_top_amount(const struct nsw_top *t);

#define REPORT_CHART_WIDTH	900

/** report_chart_height() - of each chart; more where it tells whose it is. */
int report_chart_height(const struct report *r);

/** report_chart_shown() - is there anything to draw, or to miss? */
bool report_chart_shown(const struct report *r, enum report_chart chart);

/**
 * report_chart() - one chart of one run as SVG
 * @run: index of the run
 * @y: where in its parent it begins
 *
 * All runs of @r have the same scales, so that they can be compared.
 */
void report_chart(FILE *out, const struct report *r, int run,
		  enum report_chart chart, double y);

/* The formats. */
void report_html(FILE *out, const struct report *r);
void report_md(FILE *out, const struct report *r);
void report_svg(FILE *out, const struct report *r);

/** report_svg_height() - of the picture that report_svg() draws. */
int report_svg_height(const struct report *r);

#endif /* NETSWAP_REPORT_H */

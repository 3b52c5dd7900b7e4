/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rank.h - who took, waited or lost most: the top table of a snapshot summed
 * by one label, the largest and the rest (NSW_RANKS of metrics.h).
 */
#ifndef NETSWAP_RANK_H
#define NETSWAP_RANK_H

#include "metric.h"

#define NSW_RANK_SHOWN	10

enum nsw_rank_id {
#define NSW_ROW(id, ...) NSW_R_##id,
	NSW_RANKS(NSW_ROW)
#undef NSW_ROW
	NSW_NR_RANKS
};

enum nsw_rank_by { NSW_BY_COMM, NSW_BY_CGROUP, NSW_BY_SOCKET };

/** struct nsw_rank_info - one row of NSW_RANKS. */
struct nsw_rank_info {
	enum nsw_key_kind kind;
	enum nsw_rank_by by;
	enum nsw_unit unit;
	const char *name;
	const char *labels;
	const char *help;
};

extern const struct nsw_rank_info nsw_ranks[NSW_NR_RANKS];

/**
 * struct nsw_rank_row - one of the rows
 * @labels: 'comm="x"': printable ASCII, escaped as both text formats want it
 * @value: in the unit of the table's row
 */
struct nsw_rank_row {
	char labels[272];
	__u64 value;
};

/**
 * struct nsw_rank - the largest first, then "other"
 * @nr: at most NSW_RANK_SHOWN + 1 once made
 */
struct nsw_rank {
	__u32 nr;
	struct nsw_rank_row row[NSW_SNAP_TOPS + 1];
};

/**
 * rank_make() - sum the rows of a snapshot
 * @r: result
 *
 * The sum of all rows is the exact counter that the table belongs to.  No two
 * rows have the same labels, whatever tasks and cgroups call themselves.
 *
 * Return: false if it is not known: then @r is empty.
 */
bool rank_make(struct nsw_rank *r, const struct nsw_snapshot *s,
	       enum nsw_rank_id id);

#endif /* NETSWAP_RANK_H */

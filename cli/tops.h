/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tops.h - the rows of nsw_top, added up and sorted, without allocating
 * (the C library's qsort may).
 */
#ifndef NETSWAP_TOPS_H
#define NETSWAP_TOPS_H

#include <netswap/abi.h>

#define NSW_TOPS_WORK	(2 * NSW_TOP_ROWS)

/** struct tops_work - room for sorting; private to tops.c. */
struct tops_work {
	struct nsw_top row[NSW_TOPS_WORK];
	__u16 order[NSW_TOPS_WORK];
	__u32 nr;
};

/** tops_begin() - start anew. */
void tops_begin(struct tops_work *w);

/**
 * tops_add() - take the used rows of one map
 * @rows: the map's memory; written to by BPF meanwhile: a row that changes
 *	hands while it is copied is left out
 */
void tops_add(struct tops_work *w, const struct nsw_top *rows, __u32 nr);

/**
 * tops_end() - rows with equal keys added up, by kind, largest amount first
 * Return: number of rows written to @to.
 */
__u32 tops_end(struct tops_work *w, struct nsw_top *to, __u32 max);

#endif /* NETSWAP_TOPS_H */

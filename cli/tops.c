// SPDX-License-Identifier: GPL-2.0
/*
 * tops.c - the rows of nsw_top, added up and sorted.
 */
#include <stdbool.h>
#include <string.h>

#include "tops.h"

#define TOP_KINDS	5	/* taker, drop, throttle, received, delivered */

void tops_begin(struct tops_work *w)
{
	w->nr = 0;
}

void tops_add(struct tops_work *w, const struct nsw_top *rows, __u32 nr)
{
	__u32 i;

	for (i = 0; i < nr && w->nr < NSW_TOPS_WORK; i++) {
		__u64 tag = __atomic_load_n(&rows[i].tag, __ATOMIC_ACQUIRE);

		if (tag < 2)
			continue;
		w->row[w->nr] = rows[i];
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (__atomic_load_n(&rows[i].tag, __ATOMIC_RELAXED) == tag)
			w->nr++;
	}
}

/* Equal keys have equal tags, and nearly always only those have. */
static bool before_by_tag(const struct nsw_top *a, const struct nsw_top *b)
{
	if (a->tag != b->tag)
		return a->tag < b->tag;
	return memcmp(&a->key, &b->key, sizeof(a->key)) < 0;
}

static bool before_by_amount(const struct nsw_top *a, const struct nsw_top *b)
{
	if (a->key.kind != b->key.kind)
		return a->key.kind < b->key.kind;
	if (a->amount != b->amount)
		return a->amount > b->amount;
	return before_by_tag(a, b);
}

/* Shell sort, of indices: in place, no recursion, no moving of rows. */
static void sort(struct tops_work *w,
		 bool (*before)(const struct nsw_top *, const struct nsw_top *))
{
	static const __u32 gaps[] = { 701, 301, 132, 57, 23, 10, 4, 1 };
	__u32 g, i, j, gap;
	__u16 t;

	for (g = 0; g < sizeof(gaps) / sizeof(gaps[0]); g++) {
		gap = gaps[g];
		for (i = gap; i < w->nr; i++) {
			t = w->order[i];
			for (j = i; j >= gap &&
			     before(&w->row[t], &w->row[w->order[j - gap]]);
			     j -= gap)
				w->order[j] = w->order[j - gap];
			w->order[j] = t;
		}
	}
}

static void merge(struct tops_work *w)
{
	struct nsw_top *to = NULL, *row;
	__u32 i, nr = 0;

	for (i = 0; i < w->nr; i++) {
		row = &w->row[w->order[i]];
		if (!to || memcmp(&to->key, &row->key, sizeof(row->key))) {
			w->order[nr++] = w->order[i];
			to = row;
			continue;
		}
		to->count += row->count;
		to->amount += row->amount;
		if (row->first_ns < to->first_ns)
			to->first_ns = row->first_ns;
		if (row->last_ns > to->last_ns)
			to->last_ns = row->last_ns;
	}
	w->nr = nr;
}

__u32 tops_end(struct tops_work *w, struct nsw_top *to, __u32 max)
{
	__u32 used[NSW_NR_KINDS] = {}, i, n = 0;
	const struct nsw_top *row;

	for (i = 0; i < w->nr; i++)
		w->order[i] = i;
	sort(w, before_by_tag);
	merge(w);
	sort(w, before_by_amount);
	for (i = 0; i < w->nr && n < max; i++) {
		row = &w->row[w->order[i]];
		/* No kind may crowd out another. */
		if (row->key.kind >= NSW_NR_KINDS ||
		    used[row->key.kind]++ >= max / TOP_KINDS)
			continue;
		to[n++] = *row;
	}
	return n;
}

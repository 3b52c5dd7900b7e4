// SPDX-License-Identifier: GPL-2.0
/*
 * tops.c - the rows of nsw_top, added up and sorted.
 */
#include <stdbool.h>
#include <string.h>

#include "tops.h"

#define TOP_KINDS	3	/* taker, drop, throttle */

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

static int by_key(const struct nsw_top *a, const struct nsw_top *b)
{
	return memcmp(&a->key, &b->key, sizeof(a->key));
}

static int by_amount(const struct nsw_top *a, const struct nsw_top *b)
{
	if (a->key.kind != b->key.kind)
		return a->key.kind < b->key.kind ? -1 : 1;
	if (a->amount != b->amount)
		return a->amount > b->amount ? -1 : 1;
	return by_key(a, b);
}

/* Shell sort: in place, no recursion, good enough for two thousand. */
static void sort(struct nsw_top *row, __u32 nr,
		 int (*cmp)(const struct nsw_top *, const struct nsw_top *))
{
	static const __u32 gaps[] = { 701, 301, 132, 57, 23, 10, 4, 1 };
	struct nsw_top t;
	__u32 g, i, j;

	for (g = 0; g < sizeof(gaps) / sizeof(gaps[0]); g++) {
		for (i = gaps[g]; i < nr; i++) {
			t = row[i];
			for (j = i; j >= gaps[g] &&
			     cmp(&row[j - gaps[g]], &t) > 0; j -= gaps[g])
				row[j] = row[j - gaps[g]];
			row[j] = t;
		}
	}
}

static void merge(struct tops_work *w)
{
	__u32 i, nr = 0;

	for (i = 0; i < w->nr; i++) {
		struct nsw_top *to = nr ? &w->row[nr - 1] : NULL;

		if (!to || by_key(to, &w->row[i])) {
			w->row[nr++] = w->row[i];
			continue;
		}
		to->count += w->row[i].count;
		to->amount += w->row[i].amount;
		if (w->row[i].first_ns < to->first_ns)
			to->first_ns = w->row[i].first_ns;
		if (w->row[i].last_ns > to->last_ns)
			to->last_ns = w->row[i].last_ns;
	}
	w->nr = nr;
}

__u32 tops_end(struct tops_work *w, struct nsw_top *to, __u32 max)
{
	__u32 used[NSW_NR_KINDS] = {}, i, n = 0;
	unsigned int kind;

	sort(w->row, w->nr, by_key);
	merge(w);
	sort(w->row, w->nr, by_amount);
	for (i = 0; i < w->nr && n < max; i++) {
		kind = w->row[i].key.kind;
		/* No kind may crowd out another. */
		if (kind >= NSW_NR_KINDS || used[kind]++ >= max / TOP_KINDS)
			continue;
		to[n++] = w->row[i];
	}
	return n;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * rank.c - the top table of a snapshot summed by one label.
 */
#include <stdio.h>
#include <string.h>

#include "names.h"
#include "rank.h"
#include "util.h"

const struct nsw_rank_info nsw_ranks[NSW_NR_RANKS] = {
#define NSW_ROW(id, kind, by, unit, name, labels, help)			\
	{ NSW_K_##kind, NSW_BY_##by, NSW_U_##unit, name, labels, help },
	NSW_RANKS(NSW_ROW)
#undef NSW_ROW
};

static const char *const other[] = {
	[NSW_BY_COMM] = "comm=\"other\"",
	[NSW_BY_CGROUP] = "cgroup=\"other\"",
	[NSW_BY_SOCKET] = "proto=\"other\",port=\"\",netns=\"\"",
};

/* Any byte may be in a name; one that is not UTF-8 would spoil the scrape. */
static void put_label(char *to, size_t size, const char *label,
		      const char *from, size_t max)
{
	size_t n = snprintf(to, size, "%s=\"", label), i;

	for (i = 0; i < max && from[i] && n + 4 < size; i++) {
		if (from[i] == '"' || from[i] == '\\')
			to[n++] = '\\';
		to[n++] = from[i] >= ' ' && from[i] < 127 ? from[i] : '?';
	}
	snprintf(to + n, size - n, "\"");
}

static void put_cgroup(char *to, size_t size, const struct nsw_snapshot *s,
		       __u64 id)
{
	const char *path = cgroup_path(s, id);
	char number[24];

	snprintf(number, sizeof(number), "%llu", id);
	put_label(to, size, "cgroup", path ? path : number, 128);
}

static void put_labels(char *to, size_t size, const struct nsw_snapshot *s,
		       const struct nsw_key *k, enum nsw_rank_by by)
{
	snprintf(to, size, "%s", other[by]);
	if (by == NSW_BY_SOCKET)
		snprintf(to, size, "proto=\"%s\",port=\"%u\",netns=\"%u\"",
			 nsw_proto_name(k->proto), k->port, k->netns);
	else if (k->kind == NSW_K_TAKER && k->detail == NSW_CAUSE_SOFTIRQ &&
		 by == NSW_BY_COMM)
		put_label(to, size, "comm", "(softirq)", NSW_COMM_LEN);
	else if (by == NSW_BY_COMM && k->comm[0])
		put_label(to, size, "comm", k->comm, NSW_COMM_LEN);
	else if (by == NSW_BY_CGROUP && k->cgroup)
		put_cgroup(to, size, s, k->cgroup);
}

/* The exact number; false when it is not known. */
static bool total_of(const struct nsw_snapshot *s, enum nsw_key_kind kind,
		     __u64 *total)
{
	bool taker = kind == NSW_K_TAKER, known = false;
	int c = taker ? NSW_C_RSV_KSWAPD : NSW_C_PF_DROP_SKF;
	int last = taker ? NSW_C_RSV_GFP : NSW_C_PF_DROP_BACKLOG;

	*total = 0;
	if (kind == NSW_K_THROTTLE) {
		*total = s->hist[NSW_H_THROTTLE].sum;
		return nsw_hist_valid(s, NSW_H_THROTTLE);
	}
	for (; c <= last; c++) {
		if (!nsw_counter_valid(s, c))
			continue;
		*total += s->counter[c];
		known = true;
	}
	return known;
}

static struct nsw_rank_row *row_of(struct nsw_rank *r, const char *labels)
{
	__u32 i;

	for (i = 0; i < r->nr; i++)
		if (!strcmp(r->row[i].labels, labels))
			return &r->row[i];
	str_copy(r->row[r->nr].labels, labels, sizeof(r->row[0].labels));
	r->row[r->nr].value = 0;
	return &r->row[r->nr++];
}

static void add_rows(struct nsw_rank *r, const struct nsw_snapshot *s,
		     const struct nsw_rank_info *info)
{
	char labels[sizeof(r->row[0].labels)];
	__u32 i;

	for (i = 0; i < s->nr_tops; i++) {
		const struct nsw_top *t = &s->top[i];

		if (t->key.kind != info->kind)
			continue;
		put_labels(labels, sizeof(labels), s, &t->key, info->by);
		/* One that calls itself "other" is among the others, then. */
		if (strcmp(labels, other[info->by]))
			row_of(r, labels)->value +=
				info->kind == NSW_K_DROP ? t->count : t->amount;
	}
}

/* The largest NSW_RANK_SHOWN to the front; the rest in any order. */
static void sort_largest(struct nsw_rank *r)
{
	struct nsw_rank_row row;
	__u32 i, j, max;

	for (i = 0; i < r->nr && i < NSW_RANK_SHOWN; i++) {
		for (max = i, j = i + 1; j < r->nr; j++)
			if (r->row[j].value > r->row[max].value)
				max = j;
		row = r->row[i];
		r->row[i] = r->row[max];
		r->row[max] = row;
	}
}

bool rank_make(struct nsw_rank *r, const struct nsw_snapshot *s,
	       enum nsw_rank_id id)
{
	const struct nsw_rank_info *info = &nsw_ranks[id];
	__u64 total;
	__u32 i;

	r->nr = 0;
	if (!total_of(s, info->kind, &total))
		return false;
	add_rows(r, s, info);
	sort_largest(r);
	if (r->nr > NSW_RANK_SHOWN)
		r->nr = NSW_RANK_SHOWN;
	/* A row may have grown since the total was read. */
	for (i = 0; i < r->nr; i++)
		total -= r->row[i].value < total ? r->row[i].value : total;
	row_of(r, other[info->by])->value = total;
	return true;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * top_swap.c - swap I/O by path: rates of the last interval and latencies.
 */
#include <math.h>
#include <stdio.h>

#include "top_draw.h"

enum { W_PATH, W_OUT, W_IN, W_OUT_BYTES, W_IN_BYTES, W_OUT_P50, W_OUT_P99,
	W_IN_P50, W_IN_P99, W_NOTE };

static const struct top_col swap_cols[] = {
	[W_PATH] = { .title = "SWAP I/O", .width = 8 },
	[W_OUT] = { .title = "OUT/s", .width = 6, .right = true,
		    .numeric = true },
	[W_IN] = { .title = "IN/s", .width = 6, .right = true,
		   .numeric = true },
	[W_OUT_BYTES] = { .title = "OUTB/s", .width = 7, .right = true,
			  .numeric = true },
	[W_IN_BYTES] = { .title = "INB/s", .width = 6, .right = true,
			 .numeric = true },
	[W_OUT_P50] = { .title = "OUTp50", .width = 7, .min_cols = 76,
			.right = true },
	[W_OUT_P99] = { .title = "OUTp99", .width = 7, .min_cols = 60,
			.right = true },
	[W_IN_P50] = { .title = "INp50", .width = 6, .min_cols = 76,
		       .right = true },
	[W_IN_P99] = { .title = "INp99", .width = 6, .min_cols = 60,
		       .right = true },
	[W_NOTE] = { .title = "NOTE", .numeric = true },
};

static const struct {
	const char *name;
	enum nsw_counter out, in, out_bytes, in_bytes;
	enum nsw_hist_id out_ns, in_ns;
} paths[] = {
#define PATH(name, ID) { name, NSW_C_##ID##_OUT, NSW_C_##ID##_IN,	\
	NSW_C_##ID##_OUT_BYTES, NSW_C_##ID##_IN_BYTES,			\
	NSW_H_##ID##_OUT, NSW_H_##ID##_IN }
	PATH("nbd", NBD), PATH("net", NET), PATH("nfs", NFS), PATH("fs", FS),
	PATH("local", LOCAL),
};

#define KERNEL_ROW	((int)(sizeof(paths) / sizeof(*paths)))

static int swap_rows(const struct top_view *v)
{
	(void)v;
	return KERNEL_ROW + 1;
}

/* Paths that never had any traffic only take room. */
static bool swap_use(const struct top_view *v, int row)
{
	if (row == KERNEL_ROW)
		return true;
	return top_counter(v, paths[row].out) > 0 ||
	       top_counter(v, paths[row].in) > 0;
}

static __u64 swap_id(const struct top_view *v, int row)
{
	(void)v;
	return row + 1;
}

static double swap_value(const struct top_view *v, int row, int col)
{
	double page = v->now->page_size;
	bool kernel = row == KERNEL_ROW;

	switch (col) {
	case W_NOTE:	/* the order of the table, where rows don't jump */
		return -row;
	case W_OUT:
		return kernel ? NAN : top_rate(v, paths[row].out);
	case W_IN:
		return kernel ? NAN : top_rate(v, paths[row].in);
	case W_OUT_BYTES:
		return kernel ? top_proc_rate(v, NSW_P_PSWPOUT) * page :
		       top_rate(v, paths[row].out_bytes);
	default:
		return kernel ? top_proc_rate(v, NSW_P_PSWPIN) * page :
		       top_rate(v, paths[row].in_bytes);
	}
}

/* The kernel's row has no requests and latencies: blank, not unknown. */
static void kernel_text(const struct top_view *v, int col, char *buf,
			size_t size)
{
	buf[0] = '\0';
	if (col == W_PATH)
		snprintf(buf, size, "kernel");
	else if (col == W_OUT_BYTES || col == W_IN_BYTES)
		snprintf(buf, size, "%s",
			 fmt_size(swap_value(v, KERNEL_ROW, col)).s);
	else if (col == W_NOTE && v->now->proc_ns)
		snprintf(buf, size, "%s ago",
			 fmt_age(top_ago(v, v->now->proc_ns)).s);
}

static void swap_text(const struct top_view *v, int row, int col, char *buf,
		      size_t size)
{
	if (row == KERNEL_ROW) {
		kernel_text(v, col, buf, size);
		return;
	}
	switch (col) {
	case W_PATH:
		snprintf(buf, size, "%s", paths[row].name);
		break;
	case W_OUT:
	case W_IN:
		snprintf(buf, size, "%s", fmt_rate(swap_value(v, row, col)).s);
		break;
	case W_OUT_BYTES:
	case W_IN_BYTES:
		snprintf(buf, size, "%s", fmt_size(swap_value(v, row, col)).s);
		break;
	case W_NOTE:
		buf[0] = '\0';
		break;
	default:
		snprintf(buf, size, "%s",
			 fmt_quantile(v, col < W_IN_P50 ? paths[row].out_ns :
				      paths[row].in_ns,
				      col == W_OUT_P50 || col == W_IN_P50 ?
				      .5 : .99).s);
	}
}

static void swap_title(const struct top_view *v, char *buf, size_t size)
{
	double total = top_proc(v, NSW_P_SWAP_TOTAL);

	snprintf(buf, size, "used %s of %s",
		 fmt_size(total - top_proc(v, NSW_P_SWAP_FREE)).s,
		 fmt_size(total).s);
}

static enum top_attr swap_empty(const struct top_view *v, char *buf,
				 size_t size)
{
	(void)v;
	snprintf(buf, size, "no swap traffic");
	return TOP_A_NORMAL;
}

static void swap_detail(const struct top_view *v, int row, char *buf,
			size_t size)
{
	if (row == KERNEL_ROW)
		snprintf(buf, size, "since boot, all swap areas: %s pages out, "
			 "%s in", fmt_count(top_proc(v, NSW_P_PSWPOUT)).s,
			 fmt_count(top_proc(v, NSW_P_PSWPIN)).s);
	else
		snprintf(buf, size, "since load: %s requests out (%s), %s in "
			 "(%s)", fmt_count(top_counter(v, paths[row].out)).s,
			 fmt_size(top_counter(v, paths[row].out_bytes)).s,
			 fmt_count(top_counter(v, paths[row].in)).s,
			 fmt_size(top_counter(v, paths[row].in_bytes)).s);
}

const struct top_table top_swap = {
	.col = swap_cols, .nr_cols = W_NOTE + 1, .sort = W_NOTE,
	.no_filter = true,
	.rows = swap_rows, .use = swap_use, .id = swap_id, .text = swap_text,
	.value = swap_value, .title = swap_title, .empty = swap_empty,
	.detail = swap_detail,
};

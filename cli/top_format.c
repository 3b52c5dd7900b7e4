// SPDX-License-Identifier: GPL-2.0
/*
 * top_format.c - numbers in at most six characters; "-" is absent.
 */
#include <math.h>
#include <stdio.h>

#include "top_draw.h"

/* At most three digits and a unit: "1.0M", not "1000K". */
static struct top_num scaled(double x, double base, const char *units)
{
	struct top_num n;

	while (x >= 999.5 && units[1]) {
		x /= base;
		units++;
	}
	if (*units == ' ')
		snprintf(n.s, sizeof(n.s), "%.0f", x);
	else if (*units == 'B' || x > 99.95)
		snprintf(n.s, sizeof(n.s), "%.0f%c", x, *units);
	else
		snprintf(n.s, sizeof(n.s), "%.1f%c", x, *units);
	return n;
}

static struct top_num absent(void)
{
	return (struct top_num){ "-" };
}

struct top_num fmt_size(double bytes)
{
	if (isnan(bytes))
		return absent();
	return scaled(bytes, 1024, bytes < 0.5 ? " " : "BKMGTPE");
}

struct top_num fmt_margin(double bytes)
{
	struct top_num n, size;

	if (isnan(bytes))
		return absent();
	size = fmt_size(fabs(bytes));
	snprintf(n.s, sizeof(n.s), "%c%.20s", bytes < 0 ? '-' : '+', size.s);
	return n;
}

struct top_num fmt_count(double x)
{
	if (isnan(x))
		return absent();
	return scaled(x, 1000, x < 9999.5 ? " " : " kMGTPE");
}

struct top_num fmt_rate(double x)
{
	struct top_num n;

	if (isnan(x) || x >= 9.95 || x < 0.005)
		return fmt_count(x);
	snprintf(n.s, sizeof(n.s), x < 0.0995 ? "%.2f" : "%.1f", x);
	return n;
}

struct top_num fmt_ns(double ns)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	struct top_num n;
	int u = 0;

	if (isnan(ns))
		return absent();
	while (ns >= 999.5 && u < 3) {
		ns /= 1000;
		u++;
	}
	snprintf(n.s, sizeof(n.s), u && ns < 9.95 ? "%.1f%s" : "%.0f%s", ns,
		 units[u]);
	return n;
}

struct top_num fmt_age(double secs)
{
	struct top_num n;

	if (isnan(secs))
		return absent();
	if (secs < 9.95)
		snprintf(n.s, sizeof(n.s), "%.1fs", secs);
	else if (secs < 119.5)
		snprintf(n.s, sizeof(n.s), "%.0fs", secs);
	else if (secs < 7200)
		snprintf(n.s, sizeof(n.s), "%.0fm", secs / 60);
	else if (secs < 48 * 3600)
		snprintf(n.s, sizeof(n.s), "%.0fh", secs / 3600);
	else
		snprintf(n.s, sizeof(n.s), "%.0fd", secs / 86400);
	return n;
}

struct top_num fmt_quantile(const struct top_view *v, enum nsw_hist_id id,
			    double q)
{
	struct top_num n, value;
	double now, ever;

	if (!nsw_hist_valid(v->now, id))
		return absent();
	now = v->delta.valid ? hist_quantile(&v->delta.hist[id], q) : NAN;
	if (!isnan(now))
		return fmt_ns(now);
	ever = hist_quantile(&v->now->hist[id], q);
	value = fmt_ns(ever);
	snprintf(n.s, sizeof(n.s), "%.20s%s", value.s, isnan(ever) ? "" : "*");
	return n;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * delta.c - the difference of two snapshots, and quantiles.
 */
#include <math.h>
#include <string.h>

#include "metric.h"

static __u64 minus(__u64 now, __u64 old)
{
	return now >= old ? now - old : now;
}

static void hist_minus(struct nsw_hist *d, const struct nsw_hist *old,
		       const struct nsw_hist *now)
{
	int i;

	d->sum = minus(now->sum, old->sum);
	for (i = 0; i < NSW_HIST_SLOTS; i++)
		d->slot[i] = minus(now->slot[i], old->slot[i]);
}

void delta_make(struct nsw_delta *d, const struct nsw_snapshot *old,
		const struct nsw_snapshot *now)
{
	double proc_secs;
	int i;

	memset(d, 0, sizeof(*d));
	d->now = now;
	if (!old || now->mono_ns <= old->mono_ns)
		return;
	d->valid = true;
	d->secs = (now->mono_ns - old->mono_ns) / 1e9;
	for (i = 0; i < NSW_NR_COUNTERS; i++) {
		d->counter[i] = minus(now->counter[i], old->counter[i]);
		d->rate[i] = d->counter[i] / d->secs;
	}
	for (i = 0; i < NSW_NR_HISTS; i++)
		hist_minus(&d->hist[i], &old->hist[i], &now->hist[i]);
	/* /proc numbers have a clock of their own: the helper's. */
	if (!old->proc_ns || now->proc_ns <= old->proc_ns)
		return;
	proc_secs = (now->proc_ns - old->proc_ns) / 1e9;
	for (i = 0; i < NSW_NR_PROCS; i++) {
		if (!now->proc_valid[i] || !old->proc_valid[i])
			continue;
		d->proc_rate_valid[i] = true;
		d->proc_rate[i] = minus(now->proc[i], old->proc[i]) / proc_secs;
	}
}

__u64 hist_count(const struct nsw_hist *h)
{
	__u64 n = 0;
	int i;

	for (i = 0; i < NSW_HIST_SLOTS; i++)
		n += h->slot[i];
	return n;
}

double hist_quantile(const struct nsw_hist *h, double q)
{
	double want = q * hist_count(h), seen = 0, low, high;
	int i;

	if (!(want > 0))
		return NAN;
	for (i = 0; i < NSW_HIST_SLOTS - 1; i++) {
		if (seen + h->slot[i] >= want)
			break;
		seen += h->slot[i];
	}
	if (!i)
		return 0;
	low = ldexp(1, i - 1);
	high = ldexp(1, i);
	if (!h->slot[i])
		return low;
	return low + (high - low) * (want - seen) / h->slot[i];
}

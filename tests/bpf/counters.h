/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NETSWAP_TEST_COUNTERS_H
#define NETSWAP_TEST_COUNTERS_H

#include <netswap/abi.h>

/* One of enum nsw_counter, of all @nr CPUs. */
static inline __u64 counter_sum(const struct nsw_cpu *cpus, int nr, int id)
{
	__u64 sum = 0;

	while (nr--)
		sum += cpus[nr].counter[id];
	return sum;
}

#endif /* NETSWAP_TEST_COUNTERS_H */

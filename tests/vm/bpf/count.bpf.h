/* SPDX-License-Identifier: GPL-2.0 */
/* count.bpf.h - COUNTS numbers, in the map that bpfcount prints */
#ifndef NETSWAP_LAB_COUNT_BPF_H
#define NETSWAP_LAB_COUNT_BPF_H

#include "../../../bpf/kernel.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, COUNTS);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

/** count() - one more of @what, which is below COUNTS */
static __always_inline void count(u32 what)
{
	u64 *value = bpf_map_lookup_elem(&counts, &what);

	if (value)
		__sync_fetch_and_add(value, 1);
}

#endif

// SPDX-License-Identifier: GPL-2.0
/*
 * aging.bpf.c - a generation of pages that is late
 *
 * Who has to begin it when all page tables were walked (MGLRU's aging, see
 * try_to_inc_max_seq()) takes 100 ms for that, as if the host had taken the CPU
 * away.  Counts how often, and who begins to reclaim meanwhile.
 */
#define COUNTS 2
#include "count.bpf.h"

#define LATE_NS 100000000

enum { AGINGS, RECLAIMS };

static volatile u64 late;

static long wait(u32 i, u64 *until_ns)
{
	return bpf_ktime_get_ns() > *until_ns;
}

/* As Debian 12's compiler names it. */
SEC("kprobe/inc_max_seq.constprop.0")
int aging(void *ctx)
{
	u64 until_ns = bpf_ktime_get_ns() + LATE_NS;

	count(AGINGS);
	late = 1;
	bpf_loop(1 << 23, wait, &until_ns, 0);
	late = 0;
	return 0;
}

SEC("tp_btf/mm_vmscan_direct_reclaim_begin")
int reclaim(void *ctx)
{
	if (late)
		count(RECLAIMS);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

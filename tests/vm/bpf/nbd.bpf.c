// SPDX-License-Identifier: GPL-2.0
/*
 * nbd.bpf.c - replies of NBD that are looked at late
 *
 * Each 64th takes 400 ms between its head and its payload, so that a connection
 * which ends is likely to be replaced meanwhile.  Counts those.
 */
#define COUNTS 1
#include "count.bpf.h"

#define EACH 64
#define LATE_NS 400000000

static u64 replies;

static long wait(u32 i, u64 *until)
{
	return bpf_ktime_get_ns() > *until;
}

SEC("tp_btf/nbd_header_received")
int BPF_PROG(header_received)
{
	u64 until;

	if (__sync_fetch_and_add(&replies, 1) % EACH)
		return 0;
	until = bpf_ktime_get_ns() + LATE_NS;
	bpf_loop(1 << 23, wait, &until, 0);
	count(0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

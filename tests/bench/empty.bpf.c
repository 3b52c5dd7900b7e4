// SPDX-License-Identifier: GPL-2.0
/*
 * empty.bpf.c - what an XDP program costs that does nothing.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp.frags")
int bench_empty(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";

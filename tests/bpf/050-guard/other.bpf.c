// SPDX-License-Identifier: GPL-2.0
/*
 * other.bpf.c - a program that someone else has xdp-loader load.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int nswx_other(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";

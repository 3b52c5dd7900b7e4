// SPDX-License-Identifier: GPL-2.0
/*
 * dispatcher.bpf.c - a program of the name that libxdp's has.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int xdp_dispatcher(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";

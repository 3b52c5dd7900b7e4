// SPDX-License-Identifier: GPL-2.0
/*
 * xdpcount.bpf.c - someone else's XDP program: counts the ICMP that it sees
 */
#include "../../../bpf/kernel.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} seen SEC(".maps");

#define ETH_HEADER	14
#define PROTOCOL	(ETH_HEADER + 9)

SEC("xdp.frags")
int xdpcount(struct xdp_md *ctx)
{
	u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	u32 key = 0;
	u64 *value = bpf_map_lookup_elem(&seen, &key);

	if (value && data + ETH_HEADER + 20 <= end &&
	    data[12] == 8 && !data[13] && data[PROTOCOL] == IPPROTO_ICMP)
		__sync_fetch_and_add(value, 1);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";

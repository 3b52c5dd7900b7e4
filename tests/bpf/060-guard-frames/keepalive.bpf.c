// SPDX-License-Identifier: GPL-2.0
/*
 * keepalive.bpf.c - the guard, but for SO_KEEPALIVE instead of SOCK_MEMALLOC:
 * a flag in the same word of the same sockets, that a test can set.
 */
enum sock_flags___test { SOCK_KEEPOPEN };

#define NSW_GUARD_FLAG							\
	((int)bpf_core_enum_value(enum sock_flags___test, SOCK_KEEPOPEN))
#include "../../../bpf/guard.bpf.c"

/* What `make bench` holds the guard against: the kernel's own part of it. */
SEC("xdp")
int nsw_look_alone(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct nsw_flow f = {};
	struct bpf_sock_tuple t = {};

	if (data + NSW_PLAIN > end || !nsw_plain_ipv4(data, &f))
		return XDP_PASS;
	nsw_tuple(&f, &t);
	nsw_tcp_memalloc(ctx, 0, &t, sizeof(t.ipv4), BPF_F_CURRENT_NETNS,
			 false);
	return XDP_PASS;
}

/* What a call and its return cost here. */
#define NSW_CALLED(n)							\
static __noinline int nsw_called_##n(void *ctx)				\
{									\
	barrier_var(ctx);						\
	return ctx ? XDP_PASS : n;					\
}
NSW_CALLED(3)
NSW_CALLED(4)
NSW_CALLED(5)
NSW_CALLED(6)

SEC("xdp")
int nsw_four_calls(struct xdp_md *ctx)
{
	return nsw_called_3(ctx) | nsw_called_4(ctx) | nsw_called_5(ctx) |
	       nsw_called_6(ctx);
}

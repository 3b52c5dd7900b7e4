// SPDX-License-Identifier: GPL-2.0
/*
 * nbd.bpf.c - replies of NBD that are looked at late
 *
 * Each second to a READ takes 10 ms between its head and its payload, which is
 * most of the time of whoever receives them.  Should its connection end
 * meanwhile, it takes until the next one has brought a reply, or a second.
 * Counts both.
 */
#define COUNTS 2
#include "count.bpf.h"

#define EACH 2
#define LATE_NS 10000000
#define REPLACED_NS 1000000000
#define OP_BITS 0xff	/* REQ_OP_MASK; REQ_OP_READ is 0 */

enum { LATE, OVERTAKEN };

struct late {
	u64 start_ns, replies;
};

static u64 replies;
static u64 ended_ns;

static long wait(u32 i, struct late *late)
{
	u64 now = bpf_ktime_get_ns();

	if (ended_ns > late->start_ns)
		return replies != late->replies ||
		       now > ended_ns + REPLACED_NS;
	return now > late->start_ns + LATE_NS;
}

SEC("tp_btf/nbd_header_received")
int BPF_PROG(header_received, struct request *req)
{
	struct late late;

	late.replies = __sync_fetch_and_add(&replies, 1) + 1;
	if (req->cmd_flags & OP_BITS || late.replies % EACH)
		return 0;
	late.start_ns = bpf_ktime_get_ns();
	bpf_loop(1 << 23, wait, &late, 0);
	if (ended_ns < late.start_ns)
		count(LATE);
	else if (replies != late.replies)
		count(OVERTAKEN);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(set_state, const struct sock *sk, int from, int to)
{
	if (from == BPF_TCP_ESTABLISHED)
		ended_ns = bpf_ktime_get_ns();
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

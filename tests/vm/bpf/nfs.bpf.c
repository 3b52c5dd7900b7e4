// SPDX-License-Identifier: GPL-2.0
/*
 * nfs.bpf.c - does the state manager of NFSv4 run as PF_MEMALLOC, may requests
 * on a connection that is swapped over use the memory reserve, and is the
 * iov_iter of a request used when it may be complete?
 *
 * Counts the manager's turns, and those of them in which it does; requests that
 * got their buffer, but by tasks that may not; and requests that were queued,
 * but whose iov_iter was turned back after that.
 */
#define COUNTS 4
#include "count.bpf.h"

#define EIOCBQUEUED 529
#define RPC_TASK_SWAPPER 2

struct iov_iter {
	unsigned long count;
} __attribute__((preserve_access_index));

struct rpc_xprt {
	atomic_t swapper;
} __attribute__((preserve_access_index));

struct rpc_task {
	struct rpc_xprt *tk_xprt;
	unsigned short tk_flags;
} __attribute__((preserve_access_index));

enum { TURNS, MEMALLOC, WAITERS, REVERTS };

SEC("tp_btf/nfs4_state_mgr")
int BPF_PROG(state_mgr)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();

	count(TURNS);
	if (task->flags & PF_MEMALLOC)
		count(MEMALLOC);
	return 0;
}

SEC("tp_btf/rpc_buf_alloc")
int BPF_PROG(buf_alloc, struct rpc_task *task)
{
	struct rpc_xprt *xprt = task->tk_xprt;

	if (xprt && xprt->swapper.counter &&
	    !(task->tk_flags & RPC_TASK_SWAPPER))
		count(WAITERS);
	return 0;
}

/* An iov_iter that was used, and turned back, has bytes left. */
SEC("fexit/nfs_swap_rw")
int BPF_PROG(swap_rw, struct kiocb *iocb, struct iov_iter *iter, int ret)
{
	if (ret == -EIOCBQUEUED && iter->count)
		count(REVERTS);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

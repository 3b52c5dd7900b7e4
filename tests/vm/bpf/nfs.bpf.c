// SPDX-License-Identifier: GPL-2.0
/*
 * nfs.bpf.c - does the state manager of NFSv4 run as PF_MEMALLOC, and is the
 * iov_iter of a request used when it may be complete?
 *
 * Counts the manager's turns, and those of them in which it does; and requests
 * that were queued, but whose iov_iter was turned back after that.
 */
#define COUNTS 3
#include "count.bpf.h"

#define EIOCBQUEUED 529

struct iov_iter {
	unsigned long count;
} __attribute__((preserve_access_index));

enum { TURNS, MEMALLOC, REVERTS };

SEC("tp_btf/nfs4_state_mgr")
int BPF_PROG(state_mgr)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();

	count(TURNS);
	if (task->flags & PF_MEMALLOC)
		count(MEMALLOC);
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

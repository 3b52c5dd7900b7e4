// SPDX-License-Identifier: GPL-2.0
/*
 * manager.bpf.c - does the state manager of NFSv4 run as PF_MEMALLOC?
 *
 * Counts its turns, and those of them in which it does.
 */
#define COUNTS 2
#include "count.bpf.h"

enum { TURNS, MEMALLOC };

SEC("tp_btf/nfs4_state_mgr")
int BPF_PROG(state_mgr)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();

	count(TURNS);
	if (task->flags & PF_MEMALLOC)
		count(MEMALLOC);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

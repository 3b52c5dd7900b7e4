// SPDX-License-Identifier: GPL-2.0
/*
 * manager.bpf.c - does the state manager of NFSv4 run as PF_MEMALLOC?
 *
 * Counts its turns, and those of them in which it does.
 */
#include "../../../bpf/kernel.bpf.h"

enum { TURNS, MEMALLOC };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

static __always_inline void count(u32 what)
{
	u64 *value = bpf_map_lookup_elem(&counts, &what);

	if (value)
		__sync_fetch_and_add(value, 1);
}

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

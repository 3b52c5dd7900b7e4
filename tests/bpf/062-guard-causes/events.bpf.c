// SPDX-License-Identifier: GPL-2.0
/*
 * events.bpf.c - what runs when a task is put to sleep for memory, as a program
 * that BPF_PROG_RUN takes: of fexit and kprobe it takes none.  And memory of the
 * kernel that can be taken for a struct page.
 */
#include "../../../bpf/vmscan.bpf.c"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64[8]);
} nsw_test_page SEC(".maps");

/* Its first word is where it is. */
SEC("raw_tp")
int nsw_test_at(void *ctx)
{
	u64 *page = nsw_one(nsw_test_page);

	if (page)
		page[0] = (u64)page;
	return 0;
}

SEC("raw_tp")
int nsw_test_thr(void *ctx)
{
	thr_begin(0);
	thr_exit();
	return 0;
}

/* It asked, and need not sleep. */
SEC("raw_tp")
int nsw_test_go(void *ctx)
{
	thr_enter(0);
	thr_check(true);
	thr_exit();
	return 0;
}

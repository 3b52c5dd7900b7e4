// SPDX-License-Identifier: GPL-2.0
/*
 * page_alloc.bpf.c - who takes pages from below the min watermark.
 *
 * The allocator ignores the watermarks (ALLOC_NO_WATERMARKS) for an
 * allocation with __GFP_MEMALLOC or by a PF_MEMALLOC task, and marks each
 * page it serves that way: prep_new_page() sets bit 1 of page->lru.next
 * (set_page_pfmemalloc(), mm.h) just before trace_mm_page_alloc.  So the
 * tracepoint sees exactly the pages of the reserve; measured equal, event by
 * event, to get_page_from_freelist() being called with that flag.  The bulk
 * allocator fires no tracepoint, but it never marks either.
 *
 * Cost.  mm_page_alloc runs for every page fault.  While no zone is near
 * its watermarks and kswapd sleeps, the program is one load and a return
 * (nsw_gate, zone.bpf.h); so is a free while no reserve page is watched.
 *
 * Weakness.  The mark tells how a page was allocated, not that memory was
 * short when it was: a page that a PF_MEMALLOC task got because the normal
 * attempt had just failed counts although others freed memory meanwhile.
 * And it is lost when the page's owner reuses lru (slab, page_pool), so
 * frees are matched by address in nsw_pages, not by the mark.
 */
#include "zone.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, u32);
} nsw_pages SEC(".maps");

/* nsw_reserve_used, nsw_alloc_armed, the program, and bpf_trace_run4. */
#define NSW_OWN_FRAMES	4

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	/* A hash without chains: room keeps stacks from meeting in a slot. */
	__uint(max_entries, 4096);
	__uint(key_size, sizeof(u32));
	__uint(value_size, NSW_STACK_DEPTH * sizeof(u64));
} nsw_stacks SEC(".maps");

static __always_inline bool nsw_in_softirq(void)
{
	u32 cpu = bpf_get_smp_processor_id();
	void *at = nsw_preempt_count();
	u64 offset = 0;
	int count = 0;

	if (!at)
		return false;
	bpf_probe_read_kernel(&offset, sizeof(offset), (void *)
			      &__per_cpu_offset + cpu * sizeof(offset));
	bpf_probe_read_kernel(&count, sizeof(count), at + offset);
	return count & SOFTIRQ_OFFSET;
}

static __always_inline enum nsw_cause nsw_cause(struct task_struct *task)
{
	u32 flags = task->flags;

	if (nsw_in_softirq())
		return NSW_CAUSE_SOFTIRQ;
	if (flags & PF_KSWAPD)
		return NSW_CAUSE_KSWAPD;
	/* Set by try_to_free_pages(), not by other users of PF_MEMALLOC. */
	if (BPF_CORE_READ(task, reclaim_state))
		return NSW_CAUSE_DIRECT;
	if (flags & PF_MEMALLOC)
		return NSW_CAUSE_TASK;
	return NSW_CAUSE_GFP;
}

static __always_inline void nsw_track(struct nsw_cpu *row, u64 page, u32 order)
{
	if (bpf_map_update_elem(&nsw_pages, &page, &order, BPF_NOEXIST)) {
		nsw_add(row, NSW_C_RSV_UNTRACKED, 1ull << order);
		return;
	}
	__sync_fetch_and_add(&nsw_gate.tracked, 1);
	nsw_add(row, NSW_C_RSV_TRACKED, 1ull << order);
}

/* A page of the reserve was handed out. */
static __noinline int nsw_reserve_used(void *ctx, u64 page, u32 order)
{
	enum nsw_cause cause = nsw_cause(bpf_get_current_task_btf());
	struct nsw_cpu *row = nsw_cpu();
	struct nsw_key key = {};

	order &= 31;
	nsw_guard_event(NSW_GUARD_RESERVE);
	nsw_add(row, NSW_C_RSV_ALLOCS, 1);
	nsw_add(row, NSW_C_RSV_KSWAPD + cause, 1ull << order);
	nsw_add(row, NSW_C_RSV_ORDER0 + (order < 4 ? order : 4), 1);
	nsw_track(row, page, order);
	key.kind = NSW_K_TAKER;
	key.detail = cause;
	/* In softirq, current is whoever was interrupted: not the taker. */
	if (cause != NSW_CAUSE_SOFTIRQ)
		nsw_key_current(&key);
	/* From the allocator on: above it are only these programs. */
	key.stack = bpf_get_stackid(ctx, &nsw_stacks, NSW_OWN_FRAMES);
	if (key.stack < 0)
		nsw_add(row, NSW_C_LOST_STACK, 1);
	nsw_top_add(&key, bpf_ktime_get_ns(), 1ull << order);
	return 0;
}

/*
 * Memory is short: was this page of the reserve?  Not inlined, so that the
 * fast path saves no registers for it.  @args: page, order, gfp.
 */
static __noinline int nsw_alloc_armed(u64 *args)
{
	struct page *page = (void *)args[0];
	u64 mark = 0;

	/* Before all: an allocation that failed leaves the lowest mark. */
	nsw_zone_watch();
	if (!page)
		return 0;
	if (!((u32)args[2] & __GFP_MEMALLOC) &&
	    !(bpf_get_current_task_btf()->flags & PF_MEMALLOC))
		return 0;
	bpf_core_read(&mark, sizeof(mark), &page->lru.next);
	if (mark & 2)
		nsw_reserve_used(args, (u64)page, args[1]);
	return 0;
}

static __always_inline void pg_alloc(u64 *args)
{
	if (nsw_gate.armed)
		nsw_alloc_armed(args);
}

NSW_TP("mm_page_alloc", nsw_pg_alloc, pg_alloc(ctx), struct page *page)

/* A patched kernel tells of the pages of the reserve alone. */
static __always_inline void pg_reserve(u64 *args)
{
	nsw_zone_watch();
	nsw_reserve_used(args, args[0], args[1]);
}

NSW_TP_PATCHED("mm_page_alloc_reserve", nsw_pg_alloc, pg_reserve(ctx),
	       struct page *page)

/* Every page free comes here: leave at once while nothing is watched. */
static __always_inline void pg_free(u64 page)
{
	u32 *order, n;

	if (!nsw_gate.tracked)
		return;
	order = bpf_map_lookup_elem(&nsw_pages, &page);
	if (!order)
		return;
	n = *order & 31;
	if (bpf_map_delete_elem(&nsw_pages, &page))
		return;
	__sync_fetch_and_add(&nsw_gate.tracked, -1);
	nsw_count(NSW_C_RSV_FREED, 1ull << n);
}

NSW_TP("mm_page_free", nsw_pg_free, pg_free((u64)page), struct page *page)

/* An allocator found the low watermark crossed, or kswapd begins: watch. */
static __always_inline void arm(void)
{
	nsw_gate.armed = 1;
	nsw_zone_watch();
}

NSW_TP("mm_vmscan_wakeup_kswapd", nsw_arm, arm(), int nid)
NSW_TP("mm_vmscan_kswapd_wake", nsw_arm_ks, arm(), int nid)

#if NSW_VARIANT == NSW_BASE
struct nsw_timer {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct nsw_timer);
} nsw_timers SEC(".maps");

static int nsw_timer_cb(void *map, int *key, struct nsw_timer *t)
{
	nsw_zones_tick();
	nsw_guard_tick();
	nsw_zone_watch();	/* thresholds above the high watermark */
	bpf_timer_start(&t->timer, NSW_TICK_NS, 0);
	return 0;
}

/*
 * Run once, by attach, to start the timer; it then goes on by itself until
 * the map's last pin is removed, which cancels it.  Running it again is
 * harmless: bpf_timer_init() answers -EBUSY.
 */
SEC("syscall")
int nsw_tick(void *ctx)
{
	struct nsw_timer *t = nsw_one(nsw_timers);

	nsw_zones_tick();
	if (!t)
		return 1;
	bpf_timer_init(&t->timer, &nsw_timers, 1 /* CLOCK_MONOTONIC */);
	if (bpf_timer_set_callback(&t->timer, nsw_timer_cb))
		return 2;
	return bpf_timer_start(&t->timer, NSW_TICK_NS, 0) ? 3 : 0;
}
#endif

char _license[] SEC("license") = "GPL";

// SPDX-License-Identifier: GPL-2.0
/*
 * vmscan.bpf.c - who waits for memory, where and how long.
 *
 * throttle_direct_reclaim() (vmscan.c:6431 in 6.12) puts a task to sleep
 * when free pages fall below half the min watermarks of its node.  It has
 * no tracepoint, and it returns at once far more often than it throttles,
 * so entry and exit alone do not tell.  It asks allow_direct_reclaim()
 * exactly once before it counts PGSCAN_DIRECT_THROTTLE, and counts if the
 * answer was no; so "inside throttle_direct_reclaim and the first answer
 * was false" is that event, at that moment.  Later answers (the wait's
 * condition, asked again at each wake-up) are ignored.
 *
 * The rest are tracepoints: direct reclaim, reclaim_throttle() with its
 * reasons, kswapd.  All of them are slow paths already.
 */
#include "guard.bpf.h"

#define NSW_THROTTLE_EVENT_NS	(10 * 1000 * 1000ull)
#define NSW_WAITER_PROBES	16

struct nsw_throttle {
	u64 start_ns;		/* 0 until the first "no" */
	u32 gfp;
	u32 slot;		/* in nsw_waiters, or NSW_MAX_WAITERS */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, u32);
	__type(value, struct nsw_throttle);
} nsw_throttles SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, u32);
	__type(value, u64);
} nsw_reclaims SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct nsw_waiters);
} nsw_waiters SEC(".maps");

static __always_inline u32 nsw_tid(void)
{
	return bpf_get_current_pid_tgid();
}

/* Show the task in nsw_waiters; returns its slot. */
static __always_inline u32 nsw_wait_begin(u64 now, u32 gfp)
{
	struct nsw_waiters *all = nsw_one(nsw_waiters);
	u32 i, slot, tid = nsw_tid();
	struct nsw_waiter *w;

	if (!all)
		return NSW_MAX_WAITERS;
	for (i = 0; i < NSW_WAITER_PROBES; i++) {
		slot = (tid + i) & (NSW_MAX_WAITERS - 1);
		w = &all->waiter[slot];
		if (__sync_val_compare_and_swap(&w->start_ns, 0, now))
			continue;
		w->pid = tid;
		w->tgid = bpf_get_current_pid_tgid() >> 32;
		w->cgroup = bpf_get_current_cgroup_id();
		w->gfp = gfp;
		bpf_get_current_comm(w->comm, sizeof(w->comm));
		return slot;
	}
	/* Counted all the same, only not listed. */
	nsw_count(NSW_C_LOST_TASK, 1);
	return NSW_MAX_WAITERS;
}

static __always_inline void nsw_wait_end(u32 slot)
{
	struct nsw_waiters *all = nsw_one(nsw_waiters);

	if (all && slot < NSW_MAX_WAITERS)
		__sync_lock_test_and_set(&all->waiter[slot].start_ns, 0);
}

static __always_inline void thr_enter(u32 gfp)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct nsw_throttle t = { .gfp = gfp, .slot = NSW_MAX_WAITERS };
	u32 tid = nsw_tid();

	/* Kernel threads are never throttled. */
	if (BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return;
	if (bpf_map_update_elem(&nsw_throttles, &tid, &t, BPF_ANY))
		nsw_count(NSW_C_LOST_TASK, 1);
}

static __always_inline void thr_check(bool allowed)
{
	u32 tid = nsw_tid();
	struct nsw_throttle *t;

	if (allowed)
		return;
	/* kswapd asks too; it is not in the map. */
	t = bpf_map_lookup_elem(&nsw_throttles, &tid);
	if (!t || t->start_ns)
		return;
	t->start_ns = bpf_ktime_get_ns();
	t->slot = nsw_wait_begin(t->start_ns, t->gfp);
	nsw_count(NSW_C_THR_BEGIN, 1);
	nsw_guard_event(NSW_GUARD_THROTTLE);
}

static __always_inline void nsw_throttled(const struct nsw_throttle *t)
{
	struct nsw_conf *conf = nsw_one(nsw_conf);
	u64 now = bpf_ktime_get_ns(), ns = now - t->start_ns;
	u64 limit = NSW_THROTTLE_EVENT_NS;
	struct nsw_cpu *row = nsw_cpu();
	struct nsw_key key = {};

	nsw_wait_end(t->slot);
	nsw_add(row, NSW_C_THR_END, 1);
	nsw_hist(row, NSW_H_THROTTLE, ns);
	key.kind = NSW_K_THROTTLE;
	nsw_key_current(&key);
	nsw_top_add(&key, now, ns);
	if (conf && conf->throttle_event_ns)
		limit = conf->throttle_event_ns;
	if (ns >= limit)
		nsw_emit(NSW_EV_THROTTLE, now, ns, &key);
}

static __always_inline void thr_exit(void)
{
	u32 tid = nsw_tid();
	struct nsw_throttle *t = bpf_map_lookup_elem(&nsw_throttles, &tid);

	if (!t)
		return;
	if (t->start_ns)
		nsw_throttled(t);
	bpf_map_delete_elem(&nsw_throttles, &tid);
}

/* A patched kernel tells when it puts to sleep, and when that is over. */
static __always_inline void thr_begin(u32 gfp)
{
	thr_enter(gfp);
	thr_check(false);
}

NSW_TP_PATCHED("mm_vmscan_throttle_direct_begin", nsw_thr_enter,
	       thr_begin(gfp), int nid, u32 gfp)
NSW_TP_PATCHED("mm_vmscan_throttle_direct_end", nsw_thr_exit, thr_exit(),
	       int nid)
NSW_ON_ENTRY("throttle_direct_reclaim", nsw_thr_enter, thr_enter(gfp), u32 gfp)

#if NSW_VARIANT == NSW_FENTRY
/* A bool comes back in the low byte; the rest of the register is noise. */
NSW_PROG("fexit/allow_direct_reclaim", nsw_thr_check, thr_check((u8)ret),
	 void *pgdat, u64 ret)
NSW_PROG("fexit/throttle_direct_reclaim", nsw_thr_exit, thr_exit(), u32 gfp)
#elif NSW_VARIANT == NSW_KPROBE
SEC("kretprobe/allow_direct_reclaim")
int BPF_KRETPROBE(nsw_thr_check_k, u64 ret)
{
	thr_check((u8)ret);
	return 0;
}

SEC("kretprobe/throttle_direct_reclaim")
int BPF_KRETPROBE(nsw_thr_exit_k)
{
	thr_exit();
	return 0;
}
#endif

static __always_inline void dr_begin(void)
{
	u64 now = bpf_ktime_get_ns();
	u32 tid = nsw_tid();

	/*
	 * Reclaim begins where the throttle has ended.  A kretprobe has room
	 * for a few sleepers only and misses the return of the rest; with
	 * fexit nothing is left to end here.
	 */
	thr_exit();
	nsw_count(NSW_C_DR_BEGIN, 1);
	if (bpf_map_update_elem(&nsw_reclaims, &tid, &now, BPF_ANY))
		nsw_count(NSW_C_LOST_TASK, 1);
}

static __always_inline void dr_end(u64 pages)
{
	struct nsw_cpu *row = nsw_cpu();
	u32 tid = nsw_tid();
	u64 *start = bpf_map_lookup_elem(&nsw_reclaims, &tid);

	if (!start)	/* begun before we were attached */
		return;
	nsw_add(row, NSW_C_DR_END, 1);
	nsw_add(row, NSW_C_DR_PAGES, pages);
	nsw_hist(row, NSW_H_DIRECT, bpf_ktime_get_ns() - *start);
	bpf_map_delete_elem(&nsw_reclaims, &tid);
}

NSW_TP("mm_vmscan_direct_reclaim_begin", nsw_dr_begin, dr_begin(), int order)
NSW_TP("mm_vmscan_direct_reclaim_end", nsw_dr_end, dr_end(pages), u64 pages)

#define nsw_reason(name) \
	nsw_enum(vmscan_throttle_state, VMSCAN_THROTTLE_##name)

static __always_inline void rt(u64 usec, int reason)
{
	struct nsw_cpu *row = nsw_cpu();
	u32 i = reason == nsw_reason(WRITEBACK) ? 0 :
		reason == nsw_reason(ISOLATED) ? 1 :
		reason == nsw_reason(NOPROGRESS) ? 2 :
		reason == nsw_reason(CONGESTED) ? 3 : 4;

	nsw_add(row, NSW_C_RT_WRITEBACK + i, 1);
	nsw_add(row, NSW_C_RT_WRITEBACK_NS + i, usec * 1000);
}

NSW_TP("mm_vmscan_throttled", nsw_rt, rt((u32)delayed, reason),
       int nid, int timeout, int delayed, int reason)

static __always_inline u64 *nsw_kswapd(u32 nid)
{
	struct nsw_waiters *all = nsw_one(nsw_waiters);

	if (!all || nid >= NSW_MAX_NODES)
		return 0;
	/* The verifier does not see the bound through the spill. */
	return &all->kswapd_ns[nid & (NSW_MAX_NODES - 1)];
}

/* Fires for each round of kswapd, also when it did not sleep between. */
static __always_inline void ks_wake(u32 nid)
{
	u64 *since = nsw_kswapd(nid);

	nsw_count(NSW_C_KS_WAKES, 1);
	if (since && !*since)
		*since = bpf_ktime_get_ns();
}

static __always_inline void ks_sleep(u32 nid)
{
	u64 *since = nsw_kswapd(nid);

	nsw_count(NSW_C_KS_SLEEPS, 1);
	if (!since || !*since)
		return;
	nsw_count(NSW_C_KS_AWAKE_NS, bpf_ktime_get_ns() - *since);
	*since = 0;
}

NSW_TP("mm_vmscan_wakeup_kswapd", nsw_ks_call,
       nsw_count(NSW_C_KS_WAKEUPS, 1), int nid)
NSW_TP("mm_vmscan_kswapd_wake", nsw_ks_wake, ks_wake(nid), int nid)
NSW_TP("mm_vmscan_kswapd_sleep", nsw_ks_sleep, ks_sleep(nid), int nid)

char _license[] SEC("license") = "GPL";

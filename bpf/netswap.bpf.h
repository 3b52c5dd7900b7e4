/* SPDX-License-Identifier: GPL-2.0 */
/*
 * netswap.bpf.h - maps and small functions that all our programs share.
 *
 * `netswap load` makes one map of each name for all objects; loaded one by
 * one with bpftool each object has its own, and readers add them up.
 */
#ifndef NETSWAP_NETSWAP_BPF_H
#define NETSWAP_NETSWAP_BPF_H

#include "kernel.bpf.h"
#include <netswap/abi.h>

#define NSW_SEC_NS	1000000000ull
#define NSW_IDLE_NS	(60 * NSW_SEC_NS)

/* 0 if another CPU has written @then after @now was read here. */
static __always_inline u64 nsw_since(u64 now, u64 then)
{
	return now > then ? now - then : 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, NSW_CPU_ROWS);
	__type(key, u32);
	__type(value, struct nsw_cpu);
} nsw_cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, NSW_TOP_ROWS);
	__type(key, u32);
	__type(value, struct nsw_top);
} nsw_top SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct nsw_ring);
} nsw_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct nsw_conf);
} nsw_conf SEC(".maps");

/* The single value of a one-entry array; inlined by the verifier. */
#define nsw_one(map) ({ u32 __zero = 0; bpf_map_lookup_elem(&(map), &__zero); })

/* This CPU's row in a map that has one for each; those beyond share the last. */
static __always_inline u32 nsw_row(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return cpu < NSW_CPU_ROWS ? cpu : NSW_CPU_ROWS - 1;
}

static __always_inline struct nsw_cpu *nsw_cpu(void)
{
	u32 row = nsw_row();

	return bpf_map_lookup_elem(&nsw_cpus, &row);
}

static __always_inline void nsw_add(struct nsw_cpu *row, enum nsw_counter id,
				    u64 n)
{
	if (row && id < NSW_NR_COUNTERS)
		__sync_fetch_and_add(&row->counter[id], n);
}

static __always_inline void nsw_count(enum nsw_counter id, u64 n)
{
	nsw_add(nsw_cpu(), id, n);
}

/* Slot of @ns in a struct nsw_hist: 0 for 0, else 1 + floor(log2). */
static __always_inline u32 nsw_hist_slot(u64 ns)
{
	u32 slot = 0;

	if (ns >> 32) { slot += 32; ns >>= 32; }
	if (ns >> 16) { slot += 16; ns >>= 16; }
	if (ns >> 8) { slot += 8; ns >>= 8; }
	if (ns >> 4) { slot += 4; ns >>= 4; }
	if (ns >> 2) { slot += 2; ns >>= 2; }
	if (ns >> 1) { slot += 1; ns >>= 1; }
	slot += ns;
	return slot < NSW_HIST_SLOTS ? slot : NSW_HIST_SLOTS - 1;
}

static __always_inline void nsw_hist(struct nsw_cpu *row, enum nsw_hist_id id,
				     u64 ns)
{
	u32 slot = nsw_hist_slot(ns);

	if (!row || id >= NSW_NR_HISTS || slot >= NSW_HIST_SLOTS)
		return;
	__sync_fetch_and_add(&row->hist[id].slot[slot], 1);
	__sync_fetch_and_add(&row->hist[id].sum, ns);
}

static __always_inline void nsw_copy_key(struct nsw_key *to,
					 const struct nsw_key *from)
{
	__builtin_memcpy(to, from, sizeof(*to));
}

/*
 * Put one event into the ring.  fetch-and-add gives every writer a slot of
 * its own; seq 0 marks it as being written, the final seq publishes it.
 */
static __always_inline void nsw_emit(u32 type, u64 now, s64 value,
				     const struct nsw_key *key)
{
	struct nsw_ring *ring = nsw_one(nsw_events);
	struct nsw_event *ev;
	u64 seq;

	if (!ring)
		return;
	seq = __sync_fetch_and_add(&ring->head, 1) + 1;
	ev = &ring->ev[seq & (NSW_RING_SLOTS - 1)];
	__sync_lock_test_and_set(&ev->seq, 0);
	ev->ns = now;
	ev->type = type;
	ev->value = value;
	nsw_copy_key(&ev->key, key);
	__sync_lock_test_and_set(&ev->seq, seq);
	nsw_count(NSW_C_EVENTS, 1);
}

static __always_inline u64 nsw_key_hash(const struct nsw_key *key)
{
	const u64 *word = (const u64 *)key;
	u64 h = 0x9e3779b97f4a7c15ull;
	int i;

#pragma unroll
	for (i = 0; i < (int)(sizeof(*key) / 8); i++) {
		h ^= word[i];
		h *= 0xff51afd7ed558ccdull;
		h ^= h >> 32;
	}
	return h < 2 ? h + 2 : h;
}

static __always_inline struct nsw_top *nsw_top_row(u64 tag, u32 probe)
{
	u32 i = (tag + probe) & (NSW_TOP_ROWS - 1);

	return bpf_map_lookup_elem(&nsw_top, &i);
}

/*
 * Give row @t, whose tag was @old, to @key.  The tag says 1 while the key
 * is written, so readers skip it and other writers look further.
 */
static __always_inline bool nsw_top_claim(struct nsw_top *t, u64 old, u64 tag,
					  u64 now, const struct nsw_key *key)
{
	if (__sync_val_compare_and_swap(&t->tag, old, 1) != old)
		return false;
	t->count = 0;
	t->amount = 0;
	t->first_ns = now;
	t->last_ns = now;
	nsw_copy_key(&t->key, key);
	__sync_lock_test_and_set(&t->tag, tag);
	return true;
}

/*
 * Add to the row of @key.  Returns how long the row was idle before, ns;
 * ~0 for a new row.  Two CPUs that insert the same key at once may make two
 * rows; readers add up rows with equal keys.
 */
static __noinline u64 nsw_top_add(const struct nsw_key *key, u64 now,
				  u64 amount)
{
	struct nsw_top *t, *old = 0;
	u64 tag, idle = ~0ull, oldest = ~0ull, old_tag = 0;
	u32 i;

	if (!key)
		return 0;
	tag = nsw_key_hash(key);
	for (i = 0; i < NSW_TOP_PROBES; i++) {
		t = nsw_top_row(tag, i);
		if (!t)
			return 0;
		if (t->tag == tag) {
			idle = nsw_since(now, t->last_ns);
			goto found;
		}
		if (!t->tag && nsw_top_claim(t, 0, tag, now, key))
			goto found;
		if (t->last_ns < oldest) {
			oldest = t->last_ns;
			old_tag = t->tag;
			old = t;
		}
	}
	if (!old || old_tag < 2 || nsw_since(now, oldest) < NSW_IDLE_NS ||
	    !nsw_top_claim(old, old_tag, tag, now, key)) {
		nsw_count(NSW_C_LOST_TABLE, 1);
		return 0;
	}
	t = old;
found:
	__sync_fetch_and_add(&t->count, 1);
	__sync_fetch_and_add(&t->amount, amount);
	t->last_ns = now;
	return idle;
}

/* cgroup v2 id of the current task, as in /sys/fs/cgroup inode numbers. */
static __always_inline void nsw_key_current(struct nsw_key *key)
{
	key->pid = bpf_get_current_pid_tgid() >> 32;
	key->cgroup = bpf_get_current_cgroup_id();
	bpf_get_current_comm(key->comm, sizeof(key->comm));
}

/*
 * Entry points.  Each source is compiled once per variant (hooks.h); these
 * macros leave out the programs that are not of that variant, so that one
 * line declares a program and its fallback.  Tracing programs return 0.
 */
#define NSW_PROG(sec, name, call, args...)				\
	SEC(sec) int BPF_PROG(name, ##args) { call; return 0; }

#define NSW_BASE	0
#define NSW_RAW		1
#define NSW_FENTRY	2
#define NSW_KPROBE	3
#define NSW_PATCHED	4
#ifndef NSW_VARIANT
#define NSW_VARIANT	NSW_BASE
#endif

#if NSW_VARIANT == NSW_BASE
#define NSW_TP(tp, name, call, args...)					\
	NSW_PROG("tp_btf/" tp, name, call, ##args)
#elif NSW_VARIANT == NSW_RAW
#define NSW_TP(tp, name, call, args...)					\
	NSW_PROG("raw_tp/" tp, name##_r, call, ##args)
#else
#define NSW_TP(tp, name, call, args...)
#endif

#if NSW_VARIANT == NSW_PATCHED
#define NSW_TP_PATCHED(tp, name, call, args...)				\
	NSW_PROG("tp_btf/" tp, name##_p, call, ##args)
#else
#define NSW_TP_PATCHED(tp, name, call, args...)
#endif

#if NSW_VARIANT == NSW_FENTRY
#define NSW_ON_ENTRY(fn, name, call, args...)				\
	NSW_PROG("fentry/" fn, name, call, ##args)
#elif NSW_VARIANT == NSW_KPROBE
#define NSW_ON_ENTRY(fn, name, call, args...)				\
	SEC("kprobe/" fn) int BPF_KPROBE(name##_k, ##args)		\
	{ call; return 0; }
#else
#define NSW_ON_ENTRY(fn, name, call, args...)
#endif

#endif /* NETSWAP_NETSWAP_BPF_H */

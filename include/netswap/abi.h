/* SPDX-License-Identifier: GPL-2.0 */
/*
 * abi.h - what BPF programs write and user space reads: map values, limits.
 *
 * Everything here is reached through pinned maps, possibly by a netswap
 * newer than the programs, so any change of order or size below or in
 * metrics.h must raise NSW_ABI_VERSION (tests/unit/abi.out notices).
 *
 * The maps are plain BPF_F_MMAPABLE arrays.  A reader maps them once,
 * read-only, and from then on reads without a system call: a monitor must
 * go on while the kernel can't allocate, and even reading /proc/vmstat
 * allocates.  Every field is an aligned 64-bit word, or is published by one.
 */
#ifndef NETSWAP_ABI_H
#define NETSWAP_ABI_H

#include <linux/types.h>

#include "hooks.h"
#include "metrics.h"

#define NSW_ABI_VERSION		3

#define NSW_C_ID(id, ...)	NSW_C_##id,
#define NSW_H_ID(id, ...)	NSW_H_##id,

enum nsw_counter { NSW_COUNTERS(NSW_C_ID) NSW_NR_COUNTERS };
enum nsw_hist_id { NSW_HISTS(NSW_H_ID) NSW_NR_HISTS };

#define NSW_CPU_ROWS		64	/* CPUs beyond share the last */
#define NSW_HIST_SLOTS		44	/* slot i: [2^(i-1), 2^i) ns; 0: 0 ns */
#define NSW_MAX_ZONES		32
#define NSW_MAX_NODES		16
#define NSW_LOW_SLOTS		64	/* seconds of low-water history */
#define NSW_MAX_WAITERS		64
#define NSW_TOP_ROWS		1024	/* power of two */
#define NSW_TOP_PROBES		8
#define NSW_RING_SLOTS		1024	/* power of two */
#define NSW_COMM_LEN		16
#define NSW_STACK_DEPTH		32

/**
 * struct nsw_hist - log2 histogram of nanoseconds
 * @sum: sum of all values, ns
 * @slot: how many values fell into [2^(i-1), 2^i)
 */
struct nsw_hist {
	__u64 sum;
	__u64 slot[NSW_HIST_SLOTS];
};

/**
 * struct nsw_cpu - one CPU's row of map nsw_cpus
 *
 * Written with atomic adds although the row is per CPU: a softirq may
 * interrupt a program between its load and its store, and a lost count
 * would break the agreement with the kernel's counters that tests assert.
 */
struct nsw_cpu {
	__u64 counter[NSW_NR_COUNTERS];
	struct nsw_hist hist[NSW_NR_HISTS];
	__u64 pad[7 - (NSW_NR_COUNTERS +
		       NSW_NR_HISTS * (NSW_HIST_SLOTS + 1) + 7) % 8];
} __attribute__((aligned(64)));

/**
 * struct nsw_zone - one zone as the last tick saw it
 * @low: lowest free-to-min distance in each of the last NSW_LOW_SLOTS
 *	seconds; slot = CLOCK_MONOTONIC second % NSW_LOW_SLOTS, content
 *	= second << 32 | (u32)distance in pages.  Kept by time and not "since
 *	the last read" so that any number of readers, none of which can
 *	write, each get the lowest point since their own last read
 * @low_ever: the lowest since load, in the same form
 * @event_ns: when a low-water event was last sent
 *
 * Pages; watermarks as zone_watermark_ok() compares them, boost included,
 * that is, as /proc/zoneinfo shows them.
 */
struct nsw_zone {
	__u64 zone;		/* kernel address: the zone's identity */
	__u64 node;
	__u64 index;
	char name[16];
	__u64 free_pages;
	__u64 min_pages;
	__u64 low_pages;
	__u64 high_pages;
	__u64 boost_pages;
	__u64 managed_pages;
	__u64 event_ns;
	__u64 low_ever;
	__u64 low[NSW_LOW_SLOTS];
};

/**
 * struct nsw_zones - the single value of map nsw_zones
 * @tick_ns: CLOCK_MONOTONIC of the last refresh; old means the timer died
 * @armed: not 0 while every page allocation looks at the zones
 * @key: memalloc_socks_key; only when @key_valid
 * @abi: NSW_ABI_VERSION of the writing program
 */
struct nsw_zones {
	__u64 tick_ns;
	__u64 armed;
	__u64 key;
	__u64 key_valid;
	__u64 abi;
	__u64 nr;
	__u64 tracked;		/* entries in nsw_pages right now */
	__u64 softirq_known;	/* cause softirq can be told from others */
	__u64 pgdat[NSW_MAX_NODES];
	struct nsw_zone zone[NSW_MAX_ZONES];
};

/**
 * struct nsw_waiter - a task asleep in throttle_direct_reclaim
 * @start_ns: since when, CLOCK_MONOTONIC; 0 = slot free
 */
struct nsw_waiter {
	__u64 start_ns;
	__u64 cgroup;
	__u32 pid;
	__u32 tgid;
	__u32 gfp;
	__u32 pad;
	char comm[NSW_COMM_LEN];
};

/**
 * struct nsw_waiters - the single value of map nsw_waiters
 * @kswapd_ns: per node, since when kswapd is awake; 0 = asleep
 */
struct nsw_waiters {
	__u64 kswapd_ns[NSW_MAX_NODES];
	struct nsw_waiter waiter[NSW_MAX_WAITERS];
};

enum nsw_key_kind {
	NSW_K_NONE,
	NSW_K_TAKER,	/* who takes reserve pages: cause, tgid, stack */
	NSW_K_DROP,	/* what is dropped: where, proto, port, netns, sock */
	NSW_K_THROTTLE,	/* who is throttled: tgid, cgroup */
	NSW_K_RECEIVED,	/* what arrives in the reserve: proto, port, netns */
	NSW_K_DELIVERED, /* what memalloc sockets get: as NSW_K_DROP */
	NSW_K_ZONE,	/* events only: netns = node, detail = zone index */
	NSW_K_LEAK,	/* events only */
	NSW_K_GUARD,	/* events only: detail = enum nsw_guard_cause */
	NSW_NR_KINDS,
};

enum nsw_cause {
	NSW_CAUSE_KSWAPD,
	NSW_CAUSE_DIRECT,
	NSW_CAUSE_SOFTIRQ,
	NSW_CAUSE_TASK,
	NSW_CAUSE_GFP,
	NSW_NR_CAUSES,
};

enum nsw_where {
	NSW_WHERE_SK_FILTER,
	NSW_WHERE_PROTOCOL,
	NSW_WHERE_BACKLOG,
	NSW_NR_WHERES,
};

/**
 * struct nsw_key - who or what a row of nsw_top, or an event, is about
 * @detail: enum nsw_cause (TAKER), enum nsw_where (DROP)
 * @cgroup: cgroup v2 id, 0 unknown
 * @sock: socket cookie, 0 unknown
 * @netns: inode number of the network namespace, 0 unknown
 * @stack: id in nsw_stacks, or negative errno
 * @port: local port, host order
 * @arg: events only; GUARD: packets dropped, or that would have been
 *
 * Compared as eight words, so it must be zeroed before it is filled.
 */
struct nsw_key {
	__u8 kind;
	__u8 detail;
	__u8 proto;
	__u8 family;
	__u16 port;
	__u16 pad;
	__u32 pid;
	__u32 netns;
	__u64 cgroup;
	__u64 sock;
	__s32 stack;
	__u32 pad2;
	char comm[NSW_COMM_LEN];
	__u64 arg;
};

/**
 * struct nsw_top - one row of the table of top users
 * @tag: hash of @key, never below 2; 0 = free, 1 = being written
 * @amount: pages (TAKER), ns (THROTTLE), bytes (the others)
 *
 * An open hash table in a plain array: it can be mapped, and a full
 * neighbourhood gives up its oldest row when that has been idle for a
 * minute.  What finds no row is counted in NSW_C_LOST_TABLE; totals live in
 * the counters and are never lost.
 */
struct nsw_top {
	__u64 tag;
	__u64 first_ns;
	__u64 last_ns;
	__u64 count;
	__u64 amount;
	struct nsw_key key;
	__u64 pad[3];
};

enum nsw_event_type {
	NSW_EV_NONE,
	NSW_EV_THROTTLE,	/* value = ns slept, over the threshold */
	NSW_EV_LOW_WATER,	/* value = pages below min (new record) */
	NSW_EV_DROP,		/* first drop of a burst; value = bytes */
	NSW_EV_LEAK,		/* value = memalloc_socks_key */
	NSW_EV_GUARD_ON,	/* pressure began while the guard is on */
	NSW_EV_GUARD_OFF,	/* it is over; value = ns it lasted */
	NSW_NR_EVENTS,
};

/**
 * struct nsw_event - one slot of the ring
 * @seq: number of the event, from 1; written last.  A reader that finds
 *	another number than it expects has been overtaken
 */
struct nsw_event {
	__u64 seq;
	__u64 ns;
	__u32 type;
	__u32 pad;
	__s64 value;
	struct nsw_key key;
	__u64 pad2[4];
};

/**
 * struct nsw_ring - the single value of map nsw_events
 * @head: number of the newest event
 * @drop_ns: when the last packet was dropped: a burst begins after a second
 * @leak_ns: when the last leak was reported
 *
 * Not a BPF_MAP_TYPE_RINGBUF: that has one consumer position, so two
 * readers would steal each other's events, and readers would need write
 * access.  Here readers only read, each with its own cursor, and notice
 * by @seq when they lost some.
 */
struct nsw_ring {
	__u64 head;
	__u64 drop_ns;
	__u64 leak_ns;
	__u64 pad[13];
	struct nsw_event ev[NSW_RING_SLOTS];
};

/**
 * struct nsw_conf - settings, written by the loader; all 0 = defaults
 * @build: hash of the objects it loaded, 0 when bpftool loaded them
 * @throttle_event_ns: sleep from which a throttle is an event, 0 = 10 ms
 */
struct nsw_conf {
	__u64 abi;
	__u64 build;
	__u64 throttle_event_ns;
	__u64 pad[5];
};

enum nsw_sock_cb {
	NSW_CB_DATA_READY,	/* sk->sk_data_ready */
	NSW_CB_ENCAP_RCV,	/* udp_sk(sk)->encap_rcv */
	NSW_NR_CBS,
};

/**
 * struct nsw_sock - one memalloc socket, as the iterators write it
 * @cb: addresses of callbacks, by which user space tells the owner
 * @gfp: sk->sk_allocation
 * @memcg: cgroup id of the memory cgroup it is charged to, 0 = none
 */
struct nsw_sock {
	__u64 cookie;
	__u64 sk;
	__u64 cb[NSW_NR_CBS];
	__u64 memcg;
	__u64 cgroup;
	__u32 netns;
	__u32 gfp;
	__u32 rcvbuf;
	__u32 sndbuf;
	__u32 rmem;
	__u32 wmem;
	__u32 retrans;		/* tcp total_retrans */
	__u16 family;
	__u8 proto;
	__u8 state;
	__u16 lport;		/* host order */
	__u16 rport;
	__u8 laddr[16];
	__u8 raddr[16];
	__u8 user_data;		/* sk_user_data set */
	__u8 pad[7];
};

/* Block device classes for map nsw_devs (dev_t -> class). */
enum nsw_dev_class {
	NSW_DEV_LOCAL,
	NSW_DEV_NBD,
	NSW_DEV_NET,
	NSW_NR_DEV_CLASSES,
};

#endif /* NETSWAP_ABI_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guard.h - the guard: its lease, its policy, and what becomes of a packet.
 *
 * Pressure is a lease: a deadline that pressure events extend.  While it
 * lasts, a packet is taken apart (bpf/match.h); what always passes and what
 * saves memory passes, the rest is for the policy's rules, in their order.
 * Every surprise passes, and is counted by its reason.
 */
#ifndef NETSWAP_GUARD_H
#define NETSWAP_GUARD_H

#include <linux/types.h>

#define NSW_GUARD_RULES		64
#define NSW_GUARD_CLASSES	16
#define NSW_GUARD_NETNS		4
#define NSW_GUARD_TEXT		80
#define NSW_GUARD_NAME		16
#define NSW_GUARD_FLOWS		4096	/* power of two */
#define NSW_GUARD_PEERS		256	/* power of two */
#define NSW_GUARD_LEASE_MAX_NS	10000000000ull

enum nsw_guard_mode {
	NSW_GUARD_OFF,		/* all pass, nothing is looked at */
	NSW_GUARD_MONITOR,	/* all pass, drops are counted as would-have */
	NSW_GUARD_ENFORCE,
	NSW_NR_GUARD_MODES,
};

/* What extends the lease; also the order of the counters G_EXT_*. */
enum nsw_guard_cause {
	NSW_GUARD_LEVEL,	/* free pages of a node below the threshold */
	NSW_GUARD_RESERVE,	/* a page was taken from the reserve */
	NSW_GUARD_THROTTLE,	/* a task was put to sleep */
	NSW_GUARD_MANUAL,	/* nsw_guard_press was run */
	NSW_NR_GUARD_CAUSES,
};

/**
 * struct nsw_guard - the single value of map nsw_guard
 * @deadline: jiffies64 up to which there is pressure, 0 = none.  Jiffies and
 *	not ns: reading them is one load, where any clock is a function call
 *	for each packet
 * @mode: enum nsw_guard_mode
 * @active: which of the two policies is in force
 * @seed: keys the hashes of the flow cache
 * @tick_ns: length of a jiffy
 * @lease_ns: how long an event keeps up the pressure; 0 = no events wanted
 * @enter_percent, @leave_percent: free pages of a node, as a share of its
 *	min watermarks, below which pressure begins, and goes on
 * @causes: bit set of enum nsw_guard_cause that count
 * @until_ns: the guard's own end (guard on --for), 0 = none
 *
 * The first cache line is all that a packet looks at while there is no
 * pressure; user space writes it.  The second is written by those events.
 * @since_ns: when this pressure began
 * @deadline_ns: @deadline, for readers
 * @cause: enum nsw_guard_cause that began it
 * @dropped: packets dropped (or that would have been) before it began
 * All _ns are CLOCK_MONOTONIC.
 */
struct nsw_guard {
	__u64 deadline;
	__u32 mode;
	__u32 active;
	__u64 seed;
	__u64 tick_ns;
	__u64 lease_ns;
	__u32 enter_percent;
	__u32 leave_percent;
	__u64 causes;
	__u64 until_ns;

	__u64 since_ns;
	__u64 deadline_ns;
	__u64 cause;
	__u64 dropped;
	__u64 pad[4];
};

/*
 * Why a packet passes before any rule; the order of the counters G_WHY_*
 * from NSW_WHY_ARP on.  The second half was not understood.
 */
enum nsw_why {
	NSW_WHY_RULES,		/* none: rules decide */
	NSW_WHY_ARP,
	NSW_WHY_ND,		/* neighbour discovery, multicast listeners */
	NSW_WHY_ICMP_ERROR,
	NSW_WHY_DHCP,
	NSW_WHY_TRUNCATED,
	NSW_WHY_ETHERTYPE,
	NSW_WHY_HEADER,		/* IP version, length, or extension header */
	NSW_WHY_DEEP,		/* more headers than we look at */
	NSW_WHY_FRAGMENT,	/* a later fragment whose first was not seen */
	NSW_WHY_PROTOCOL,	/* unknown one, and no rule names it */
	NSW_WHY_POLICY,		/* the policy can't be read */
	NSW_NR_WHYS,
};

/* What became of a packet that rules were for; also the order in counts. */
enum nsw_verdict {
	NSW_V_PASS,
	NSW_V_DROP,
	NSW_V_WOULD,		/* monitor mode: passed, not dropped */
	NSW_NR_VERDICTS,
};

enum nsw_class_id {
	NSW_CLASS_DROP,
	NSW_CLASS_ALLOW,
	NSW_CLASS_BUDGET,	/* the first that has a budget */
};

/**
 * struct nsw_flow - what rules and the flow cache see of a packet
 * @saddr, @daddr: network order, IPv4 in word 0
 * @sport, @dport: host order, 0 where there is none
 * @family: AF_INET, AF_INET6
 * @frag: enum nsw_frag
 * @ports: 1 if it has ports
 * @known: 1 if we know what the protocol is for (TCP, UDP, ICMP).  Others may
 *	carry anything, swap included, so only a rule that names one is for it
 * @frag_id: of a fragment, else 0
 * @ifindex: interface of arrival
 * @word: the same, to be compared and hashed
 */
struct nsw_flow {
	union {
		struct {
			__u32 saddr[4];
			__u32 daddr[4];
			__u16 sport;
			__u16 dport;
			__u8 family;
			__u8 proto;
			__u8 ports : 1;
			__u8 known : 1;
			__u8 frag;
			__u32 frag_id;
			__u32 ifindex;
		};
		__u64 word[6];
	};
};

enum nsw_frag {
	NSW_FRAG_NONE,
	NSW_FRAG_FIRST,
	NSW_FRAG_LATER,
};

/**
 * struct nsw_class - a budget
 * @packet_ns: time that one packet pays for, 0 = packets are not limited
 * @byte_ns: the same of one byte, in 1/65536 ns
 * @burst_ns: how far ahead of the clock the payments may run
 */
struct nsw_class {
	__u64 packet_ns;
	__u64 byte_ns;
	__u64 burst_ns;
	char name[NSW_GUARD_NAME];
	__u64 pad[3];
};

/**
 * struct nsw_rule - one rule; all that it names must hold
 * @want, @mask: the bits of struct nsw_flow that must be equal
 * @sport, @dport: first and last
 * @cgroup: cgroup v2 id of the receiving socket's cgroup, or of one above
 *	it; 0 = any
 * @class: enum nsw_class_id, or a class with a budget
 * @line: of the policy file
 */
struct nsw_rule {
	struct nsw_flow want;
	struct nsw_flow mask;
	__u16 sport[2];
	__u16 dport[2];
	__u64 cgroup;
	__u32 class;
	__u32 line;
};

/**
 * struct nsw_policy - one of the two values of map nsw_g_policy
 * @nr_rules: rules in force; the one of that index is the default's number
 * @default_class: for packets that no rule fits
 * @by_cgroup: 1 if some rule asks for the socket's cgroup
 * @netns: ids of the network namespaces, beside that of the interface, in
 *	which sockets are looked up; the first @nr_netns
 * @text: of each rule, for people
 *
 * The one that nsw_guard.active names is in force; a change is written to
 * the other.  All zero is a policy too: what is not saving memory is dropped.
 */
struct nsw_policy {
	__u32 nr_rules;
	__u32 default_class;
	__u32 by_cgroup;
	__u32 nr_netns;
	__s32 netns[NSW_GUARD_NETNS];
	struct nsw_class class[NSW_GUARD_CLASSES];
	struct nsw_rule rule[NSW_GUARD_RULES];
	char text[NSW_GUARD_RULES][NSW_GUARD_TEXT];
};

/**
 * struct nsw_bucket - how far a class's payments have run
 * @packets_ns, @bytes_ns: time up to which is paid; below now: nothing owed
 */
struct nsw_bucket {
	__u64 packets_ns;
	__u64 bytes_ns;
	__u64 pad[6];
};

/**
 * struct nsw_guard_cpu - one CPU's row of map nsw_g_counts, by rule; the
 * last of each policy is its default
 */
struct nsw_guard_cpu {
	__u64 packets[2][NSW_GUARD_RULES + 1][NSW_NR_VERDICTS];
} __attribute__((aligned(64)));

/** struct nsw_flow_slot - flow cache: a hash, and until when it is good. */
struct nsw_flow_slot {
	__u64 tag;		/* 0 = free */
	__u64 until;		/* (jiffies64 << 1 | 1 if it passes) ^ tag */
};

#endif /* NETSWAP_GUARD_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * match.h - takes a packet apart, and finds its rule.
 *
 * Compiled for BPF and for user space: the guard's programs, `netswap guard
 * test` and the fuzzer run the same lines.  Pure functions over bytes and
 * tables.  A packet is looked at through a window, a copy of its first bytes
 * at a fixed place: packets come as XDP frames, as skbs that may be in pieces,
 * and as plain bytes, and one way of reading serves all of them.
 */
#ifndef NETSWAP_MATCH_H
#define NETSWAP_MATCH_H

#include <linux/in.h>
#include <netswap/guard.h>

#define NSW_WINDOW		128	/* bytes we look at, at most */
#define NSW_VLAN_TAGS		3
#define NSW_EXT_HEADERS		6
#define NSW_CGROUP_LEVELS	8

#define NSW_ETH_ARP		0x0806
#define NSW_ETH_IP		0x0800
#define NSW_ETH_IPV6		0x86dd
#define NSW_ETH_8021Q		0x8100
#define NSW_ETH_8021AD		0x88a8
#define NSW_AF_INET		2
#define NSW_AF_INET6		10

/**
 * struct nsw_window - the first bytes of a packet
 * @len: how many are there
 * @whole: length of the packet
 */
struct nsw_window {
	__u8 b[NSW_WINDOW];
	__u32 len;
	__u32 whole;
};

/**
 * struct nsw_cgroups - of the receiving socket
 * @id: its cgroup v2 and those above it; 0 where there is none, or where no
 *	rule asks
 */
struct nsw_cgroups {
	__u64 id[NSW_CGROUP_LEVELS];
};

/* A pure function in user space must not read what is not aligned. */
#ifdef __bpf__
#define nsw_get32(p)	(*(const __u32 *)(p))
#else
static inline __u32 nsw_get32(const __u8 *p)
{
	__u32 v;

	__builtin_memcpy(&v, p, sizeof(v));
	return v;
}
#endif

static inline __attribute__((always_inline)) __u32 nsw_get16(const __u8 *p)
{
	return p[0] << 8 | p[1];
}

/*
 * Is there room for @n bytes at @off?  If not, leave the function: either the
 * packet ends there, or the window does.
 */
#define NSW_NEED(w, off, n) do {					\
	if ((off) > NSW_WINDOW - (n))					\
		return NSW_WHY_DEEP;					\
	if ((off) + (n) > (w)->len)					\
		return (w)->whole > (w)->len ? NSW_WHY_DEEP :		\
					       NSW_WHY_TRUNCATED;	\
} while (0)

/* ICMP and ICMPv6: errors (PMTU among them), and what finds neighbours. */
static inline __attribute__((always_inline)) enum nsw_why
nsw_match_icmp(const struct nsw_window *w, __u32 off, const struct nsw_flow *f)
{
	__u8 type;

	NSW_NEED(w, off, 1);
	type = w->b[off];
	if (f->family == NSW_AF_INET)
		return type == 3 || type == 4 || type == 5 || type == 11 ||
		       type == 12 ? NSW_WHY_ICMP_ERROR : NSW_WHY_RULES;
	if (type < 128)
		return NSW_WHY_ICMP_ERROR;
	/* Multicast listeners and neighbours; 143 is MLDv2's report. */
	return (type >= 130 && type <= 137) || type == 143 ? NSW_WHY_ND :
							    NSW_WHY_RULES;
}

/** nsw_dhcp() - is this DHCP, that passes before rules? */
static inline __attribute__((always_inline)) int
nsw_dhcp(const struct nsw_flow *f)
{
	if (f->proto != IPPROTO_UDP)
		return 0;
	return f->family == NSW_AF_INET ?
	       (f->sport == 67 || f->sport == 68) &&
	       (f->dport == 67 || f->dport == 68) :
	       f->dport == 546 || f->dport == 547;
}

static inline __attribute__((always_inline)) enum nsw_why
nsw_match_transport(const struct nsw_window *w, __u32 off, struct nsw_flow *f)
{
	__u8 proto = f->proto;

	f->known = proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
		   proto == (f->family == NSW_AF_INET ? IPPROTO_ICMP : 58);
	NSW_NEED(w, off, 0);
	if (f->frag == NSW_FRAG_LATER)
		return NSW_WHY_RULES;
	if (f->known && proto != IPPROTO_TCP && proto != IPPROTO_UDP)
		return nsw_match_icmp(w, off, f);
	if (!f->known && proto != IPPROTO_SCTP && proto != IPPROTO_UDPLITE &&
	    proto != IPPROTO_DCCP)
		return NSW_WHY_RULES;
	NSW_NEED(w, off, 4);
	f->sport = nsw_get16(&w->b[off]);
	f->dport = nsw_get16(&w->b[off + 2]);
	f->ports = 1;
	return nsw_dhcp(f) ? NSW_WHY_DHCP : NSW_WHY_RULES;
}

static inline __attribute__((always_inline)) enum nsw_why
nsw_match_ipv4(const struct nsw_window *w, __u32 off, struct nsw_flow *f)
{
	__u32 hlen, frag;

	NSW_NEED(w, off, 20);
	hlen = (w->b[off] & 15) * 4;
	if (w->b[off] >> 4 != 4 || hlen < 20)
		return NSW_WHY_HEADER;
	f->family = NSW_AF_INET;
	f->proto = w->b[off + 9];
	f->saddr[0] = nsw_get32(&w->b[off + 12]);
	f->daddr[0] = nsw_get32(&w->b[off + 16]);
	frag = nsw_get16(&w->b[off + 6]);
	if (frag & 0x3fff) {	/* more fragments, or an offset */
		f->frag = frag & 0x1fff ? NSW_FRAG_LATER : NSW_FRAG_FIRST;
		f->frag_id = nsw_get16(&w->b[off + 4]);
	}
	return nsw_match_transport(w, off + hlen, f);
}

static inline __attribute__((always_inline)) enum nsw_why
nsw_match_ipv6(const struct nsw_window *w, __u32 off, struct nsw_flow *f)
{
	__u32 next, ext, size, frag;
	int i;

	NSW_NEED(w, off, 40);
	if (w->b[off] >> 4 != 6)
		return NSW_WHY_HEADER;
	f->family = NSW_AF_INET6;
	for (i = 0; i < 4; i++) {
		f->saddr[i] = nsw_get32(&w->b[off + 8 + 4 * i]);
		f->daddr[i] = nsw_get32(&w->b[off + 24 + 4 * i]);
	}
	next = w->b[off + 6];
	off += 40;
	for (i = 0; i < NSW_EXT_HEADERS; i++) {
		if (next != 0 && next != 43 && next != 44 && next != 51 &&
		    next != 60) {
			f->proto = next;
			return nsw_match_transport(w, off, f);
		}
		NSW_NEED(w, off, 8);
		ext = next;
		next = w->b[off];
		if (ext != 44) {
			size = w->b[off + 1];
			/* The authentication header counts in words. */
			off += ext == 51 ? (size + 2) * 4 : (size + 1) * 8;
			continue;
		}
		frag = nsw_get16(&w->b[off + 2]);
		if (frag & 0xfff9) {	/* else an atomic fragment */
			f->frag = frag & 0xfff8 ? NSW_FRAG_LATER :
						  NSW_FRAG_FIRST;
			f->frag_id = nsw_get32(&w->b[off + 4]);
		}
		off += 8;
		if (f->frag == NSW_FRAG_LATER)
			return nsw_match_transport(w, off, f);
	}
	return NSW_WHY_DEEP;
}

/**
 * nsw_match() - what is this packet?
 * @w: its first bytes
 * @type: EtherType if @w begins with the network header, 0 if with Ethernet's
 * @f: result, to be zero but for ifindex
 *
 * Return: NSW_WHY_RULES if @f tells all there is to know; else why the packet
 * must pass.  NSW_WHY_DEEP while @w is shorter than NSW_WINDOW and than the
 * packet: try again with more.
 */
static inline __attribute__((always_inline)) enum nsw_why
nsw_match(const struct nsw_window *w, __u32 type, struct nsw_flow *f)
{
	__u32 off = 0;
	int i;

	if (!type) {
		NSW_NEED(w, 0, 14);
		type = nsw_get16(&w->b[12]);
		off = 14;
		for (i = 0; i < NSW_VLAN_TAGS; i++) {
			if (type != NSW_ETH_8021Q && type != NSW_ETH_8021AD)
				break;
			NSW_NEED(w, off, 4);
			type = nsw_get16(&w->b[off + 2]);
			off += 4;
		}
	}
	if (type == NSW_ETH_IP)
		return nsw_match_ipv4(w, off, f);
	if (type == NSW_ETH_IPV6)
		return nsw_match_ipv6(w, off, f);
	if (type == NSW_ETH_8021Q || type == NSW_ETH_8021AD)
		return NSW_WHY_DEEP;
	return type == NSW_ETH_ARP ? NSW_WHY_ARP : NSW_WHY_ETHERTYPE;
}

#define NSW_PLAIN	60	/* bytes that nsw_plain_*() look at */

static inline __attribute__((always_inline)) int
nsw_plain_ports(const __u8 *p, __u8 proto, struct nsw_flow *f)
{
	f->proto = proto;
	f->sport = nsw_get16(&p[0]);
	f->dport = nsw_get16(&p[2]);
	f->ports = 1;
	f->known = 1;
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP;
}

/**
 * nsw_plain_ipv4() - the flow of a packet that has nothing odd
 * @p: NSW_PLAIN bytes of an Ethernet frame, whose EtherType is IPv4
 * @f: result, to be zero but for ifindex; as nsw_match() makes it
 *
 * Return: 1 for TCP and UDP without options and fragments; 0 where nsw_match()
 * is needed.  It may call such a packet one that passes before rules (DHCP).
 */
static inline __attribute__((always_inline)) int
nsw_plain_ipv4(const __u8 *p, struct nsw_flow *f)
{
	if (p[14] != 0x45 || nsw_get16(&p[20]) & 0x3fff)
		return 0;
	f->family = NSW_AF_INET;
	f->saddr[0] = nsw_get32(&p[26]);
	f->daddr[0] = nsw_get32(&p[30]);
	return nsw_plain_ports(&p[34], p[23], f);
}

/** nsw_plain_ipv6() - the same of IPv6: without extension headers. */
static inline __attribute__((always_inline)) int
nsw_plain_ipv6(const __u8 *p, struct nsw_flow *f)
{
	int i;

	if (p[14] >> 4 != 6)
		return 0;
	f->family = NSW_AF_INET6;
	for (i = 0; i < 4; i++) {
		f->saddr[i] = nsw_get32(&p[22 + 4 * i]);
		f->daddr[i] = nsw_get32(&p[38 + 4 * i]);
	}
	return nsw_plain_ports(&p[54], p[20], f);
}

/* 0 if @v is within @range, without a branch. */
static inline __attribute__((always_inline)) __u64
nsw_outside(const __u16 range[2], __s64 v)
{
	return (__u64)((range[1] - v) | (v - range[0])) >> 63;
}

/** nsw_rule_words() - is this rule for this packet, cgroups aside? */
static inline __attribute__((always_inline)) int
nsw_rule_words(const struct nsw_rule *r, const struct nsw_flow *f)
{
	__u64 miss = 0;
	int i;

	for (i = 0; i < 6; i++)
		miss |= (f->word[i] ^ r->want.word[i]) & r->mask.word[i];
	miss |= nsw_outside(r->sport, f->sport);
	miss |= nsw_outside(r->dport, f->dport);
	return !miss;
}

/**
 * nsw_rule_fits() - is this rule for this packet?
 */
static inline __attribute__((always_inline)) int
nsw_rule_fits(const struct nsw_rule *r, const struct nsw_flow *f,
	      const struct nsw_cgroups *cgroups)
{
	int i;

	if (!nsw_rule_words(r, f))
		return 0;
	if (!r->cgroup)
		return 1;
	for (i = 0; i < NSW_CGROUP_LEVELS; i++)
		if (cgroups->id[i] == r->cgroup)
			return 1;
	return 0;
}

/**
 * nsw_rule_find() - the first rule for this packet
 * @class: result: its class
 *
 * Return: its index, p->nr_rules for the default, or -1 if nothing is said of
 * this protocol.
 */
static inline __attribute__((always_inline)) int
nsw_rule_find(const struct nsw_policy *p, const struct nsw_flow *f,
	      const struct nsw_cgroups *cgroups, __u32 *class)
{
	__u32 i;

	for (i = 0; i < NSW_GUARD_RULES; i++) {
		if (i >= p->nr_rules)
			break;
		if (!nsw_rule_fits(&p->rule[i], f, cgroups))
			continue;
		*class = p->rule[i].class;
		return i;
	}
	*class = p->default_class;
	return f->known ? (int)i : -1;
}

/**
 * nsw_frag_key() - what all fragments of a packet have in common
 * @f: first or later fragment; changed into the key
 */
static inline __attribute__((always_inline)) void
nsw_frag_key(struct nsw_flow *f)
{
	f->sport = 0;
	f->dport = 0;
	f->ports = 0;
	f->known = 0;
	f->frag = NSW_FRAG_LATER;
	/* In IPv6 the header after it may be another extension header. */
	if (f->family == NSW_AF_INET6)
		f->proto = 0;
}

static inline __attribute__((always_inline)) __u64 nsw_hash_end(__u64 a)
{
	a *= 0x9e3779b97f4a7c15ull;
	a ^= a >> 32;
	return a ? a : 1;
}

/** nsw_peer_hash() - tag of who has sent it, whatever it is for; never 0. */
static inline __attribute__((always_inline)) __u64
nsw_peer_hash(const struct nsw_flow *f, __u64 seed)
{
	__u64 a = (seed ^ f->word[0]) * 0xff51afd7ed558ccdull;
	__u64 b = (~seed ^ f->word[1]) * 0xc4ceb9fe1a85ec53ull;

	a ^= a >> 32;
	b ^= b >> 29;
	return nsw_hash_end(a ^ b ^ ((__u64)f->sport << 16 | f->proto << 8 |
				     f->family));
}

/** nsw_flow_hash() - tag of a flow in the cache; never 0. */
static inline __attribute__((always_inline)) __u64
nsw_flow_hash(const struct nsw_flow *f, __u64 seed)
{
	__u64 a = seed, b = ~seed;
	int i;

	/* Two chains, that a CPU goes through at once. */
	for (i = 0; i < 6; i += 2) {
		a = (a ^ f->word[i]) * 0xff51afd7ed558ccdull;
		b = (b ^ f->word[i + 1]) * 0xc4ceb9fe1a85ec53ull;
		a ^= a >> 32;
		b ^= b >> 29;
	}
	return nsw_hash_end(a ^ b);
}

#endif /* NETSWAP_MATCH_H */

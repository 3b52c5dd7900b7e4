/* SPDX-License-Identifier: GPL-2.0 */
/*
 * frame.h - makes frames, and knows by how it made them what must become of
 * them: not by looking at the bytes, as the matcher does.
 */
#ifndef NETSWAP_TEST_FRAME_H
#define NETSWAP_TEST_FRAME_H

#include <arpa/inet.h>
#include <string.h>

#include "../../../bpf/match.h"

enum frame_net { NET_ARP, NET_LLDP, NET_V4, NET_V6, NR_NETS };
enum frame_l4 {
	L4_TCP, L4_UDP, L4_ECHO, L4_ERROR, L4_ND, L4_DHCP, L4_GRE, L4_SCTP,
	NR_L4
};
enum frame_frag { FRAG_NONE, FRAG_ATOMIC, FRAG_FIRST, FRAG_LATER, NR_FRAGS };

/**
 * struct frame - what to make
 * @vlans: tags
 * @extra: IPv4: words of options; IPv6: bit set of extension headers, 1
 *	hop-by-hop, 2 routing, 4 destination options, 8 authentication
 * @need: result: bytes that must be there for anything to be known
 * @why: result: what the whole frame is; NSW_WHY_RULES for the rules
 */
struct frame {
	enum frame_net net;
	enum frame_l4 l4;
	enum frame_frag frag;
	int vlans;
	int extra;
	__u32 id;
	__u16 sport, dport;
	__u8 saddr[16], daddr[16];
	unsigned char b[256];
	int len;
	int need;
	enum nsw_why why;
};

static inline void put8(struct frame *f, int v)
{
	f->b[f->len++] = v;
}

static inline void put16(struct frame *f, int v)
{
	put8(f, v >> 8);
	put8(f, v & 255);
}

static inline void put_bytes(struct frame *f, const void *p, int n)
{
	memcpy(&f->b[f->len], p, n);
	f->len += n;
}

static inline int frame_proto(const struct frame *f)
{
	switch (f->l4) {
	case L4_TCP: return 6;
	case L4_UDP: case L4_DHCP: return 17;
	case L4_GRE: return 47;
	case L4_SCTP: return 132;
	default: return f->net == NET_V4 ? 1 : 58;
	}
}

static inline void frame_l4(struct frame *f)
{
	bool v4 = f->net == NET_V4;
	int at = f->len;

	switch (f->l4) {
	case L4_ECHO:
		put8(f, v4 ? 8 : 128);
		break;
	case L4_ERROR:		/* fragmentation needed, packet too big */
		put8(f, v4 ? 3 : 2);
		f->why = NSW_WHY_ICMP_ERROR;
		break;
	case L4_ND:		/* there is none in IPv4: redirect */
		put8(f, v4 ? 5 : 135);
		f->why = v4 ? NSW_WHY_ICMP_ERROR : NSW_WHY_ND;
		break;
	case L4_DHCP:
		put16(f, v4 ? 67 : 547);
		put16(f, v4 ? 68 : 546);
		f->why = NSW_WHY_DHCP;
		break;
	case L4_GRE:
		f->why = NSW_WHY_PROTOCOL;
		break;
	case L4_SCTP:
		f->why = NSW_WHY_PROTOCOL;
		/* fall through */
	default:
		put16(f, f->sport);
		put16(f, f->dport);
	}
	f->need = f->len;
	/* No frame is shorter than 60 bytes. */
	while (f->len < at + 26)
		put8(f, 0);
}

static inline void frame_v4(struct frame *f)
{
	int i;

	put8(f, 0x45 + f->extra);
	put8(f, 0);
	put16(f, 100);
	put16(f, f->id & 0xffff);
	put16(f, f->frag == FRAG_FIRST ? 0x2000 :
		 f->frag == FRAG_LATER ? 0x2001 : 0x4000);
	put8(f, 64);
	put8(f, frame_proto(f));
	put16(f, 0);
	put_bytes(f, f->saddr, 4);
	put_bytes(f, f->daddr, 4);
	for (i = 0; i < f->extra * 4; i++)
		put8(f, 1);
}

/* Header @bit, whose "next header" is @next. */
static inline void frame_ext(struct frame *f, int bit, int next)
{
	int i, size = bit == 8 ? 24 : 8;

	put8(f, next);
	put8(f, bit == 8 ? size / 4 - 2 : size / 8 - 1);
	for (i = 2; i < size; i++)
		put8(f, 0);
}

static inline void frame_v6(struct frame *f)
{
	static const int numbers[] = { 0, 43, 60, 51 };
	int chain[6], n = 0, i, last = frame_proto(f);

	for (i = 0; i < 4; i++)
		if (f->extra >> i & 1)
			chain[n++] = 1 << i;
	if (f->frag != FRAG_NONE)
		chain[n++] = 0;		/* the fragment header comes last */
	put16(f, 0x6000);
	put16(f, 0);
	put16(f, 60);
#define NUMBER(bit) ((bit) ? numbers[__builtin_ctz(bit)] : 44)
	put8(f, n ? NUMBER(chain[0]) : last);
	put8(f, 64);
	put_bytes(f, f->saddr, 16);
	put_bytes(f, f->daddr, 16);
	for (i = 0; i < n; i++) {
		int next = i + 1 < n ? NUMBER(chain[i + 1]) : last;

		if (chain[i]) {
			frame_ext(f, chain[i], next);
			continue;
		}
		put8(f, next);
		put8(f, 0);
		put16(f, f->frag == FRAG_FIRST ? 1 :
			 f->frag == FRAG_LATER ? 9 : 0);
		put16(f, f->id >> 16);
		put16(f, f->id & 0xffff);
	}
#undef NUMBER
}

static inline void frame_make(struct frame *f)
{
	static const int types[NR_NETS] = {
		[NET_ARP] = 0x0806, [NET_LLDP] = 0x88cc, [NET_V4] = 0x0800,
		[NET_V6] = 0x86dd,
	};
	int i;

	f->len = 0;
	f->why = NSW_WHY_RULES;
	for (i = 0; i < 12; i++)
		put8(f, 2);
	for (i = 0; i < f->vlans; i++) {
		put16(f, i ? 0x8100 : 0x88a8);
		put16(f, i + 1);
	}
	put16(f, types[f->net]);
	f->need = f->len;
	if (f->net == NET_ARP || f->net == NET_LLDP) {
		f->why = f->net == NET_ARP ? NSW_WHY_ARP : NSW_WHY_ETHERTYPE;
		for (i = 0; i < 28; i++)
			put8(f, 0);
	} else {
		if (f->net == NET_V4)
			frame_v4(f);
		else
			frame_v6(f);
		i = f->len;
		frame_l4(f);
	}
	if (f->vlans > NSW_VLAN_TAGS) {
		f->why = NSW_WHY_DEEP;
		f->need = 14 + 4 * NSW_VLAN_TAGS;
		return;
	}
	if (f->frag == FRAG_LATER)
		f->why = NSW_WHY_FRAGMENT;
	/* Nothing is asked of what these carry. */
	if (f->frag == FRAG_LATER || f->l4 == L4_GRE)
		f->need = i;
}

#endif /* NETSWAP_TEST_FRAME_H */

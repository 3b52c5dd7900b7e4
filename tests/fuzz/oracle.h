/* SPDX-License-Identifier: GPL-2.0 */
/*
 * oracle.h - which frames must pass whatever the policy says, found out in
 * another way than bpf/match.h does: on the whole frame, without a window, a
 * limit on headers, or anything remembered.
 *
 * It is for those that are whole.  ORACLE_NONE says nothing.
 */
#ifndef NETSWAP_FUZZ_ORACLE_H
#define NETSWAP_FUZZ_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Why a frame must pass. */
enum oracle {
	ORACLE_NONE,
	ORACLE_ARP,
	ORACLE_ND,		/* neighbours, multicast listeners */
	ORACLE_ICMP_ERROR,	/* path MTU among them */
	ORACLE_DHCP,
	NR_ORACLES,
};

static inline bool oracle_in(unsigned int v, const char *list)
{
	return v && v < 256 && strchr(list, (int)v);
}

/* @proto: of what is left, behind all headers of IPv4 or IPv6. */
static inline enum oracle oracle_payload(const uint8_t *p, size_t n, int proto,
					 bool v6)
{
	if (proto == 17 && n >= 4) {
		unsigned int from = p[0] * 256 + p[1], to = p[2] * 256 + p[3];

		if (v6 ? to == 546 || to == 547 :
			 (from == 67 || from == 68) && (to == 67 || to == 68))
			return ORACLE_DHCP;
	}
	/* unreachable, quench, redirect, time exceeded, parameter */
	if (proto == 1 && !v6 && n && oracle_in(p[0], "\3\4\5\13\14"))
		return ORACLE_ICMP_ERROR;
	if (proto == 58 && v6 && n) {
		if (p[0] < 128)
			return ORACLE_ICMP_ERROR;
		/* listeners 130-132 and 143, neighbours 133-137 */
		if (oracle_in(p[0], "\202\203\204\205\206\207\210\211\217"))
			return ORACLE_ND;
	}
	return ORACLE_NONE;
}

static inline enum oracle oracle_ip4(const uint8_t *p, size_t n)
{
	size_t head;

	if (n < 20 || p[0] < 0x45 || p[0] > 0x4f)
		return ORACLE_NONE;
	head = (p[0] & 15) * 4;
	/* A later fragment has no header of its payload. */
	if (n < head || (p[6] & 0x1f) || p[7])
		return ORACLE_NONE;
	return oracle_payload(p + head, n - head, p[9], false);
}

static inline enum oracle oracle_ip6(const uint8_t *p, size_t n)
{
	int next;
	size_t size;

	if (n < 40 || p[0] >> 4 != 6)
		return ORACLE_NONE;
	next = p[6];
	p += 40;
	n -= 40;
	while (next == 0 || next == 43 || next == 44 || next == 51 ||
	       next == 60) {
		if (n < 8)
			return ORACLE_NONE;
		size = 8;
		if (next == 44 && (p[2] || p[3] & 0xf8))
			return ORACLE_NONE;
		if (next == 51)
			size = 8 + 4 * (size_t)p[1];
		else if (next != 44)
			size = 8 + 8 * (size_t)p[1];
		if (n < size)
			return ORACLE_NONE;
		next = p[0];
		p += size;
		n -= size;
	}
	return oracle_payload(p, n, next, true);
}

/* Other than ORACLE_NONE: whatever the policy says. */
static inline enum oracle oracle_must_pass(const uint8_t *p, size_t n)
{
	unsigned int type;

	if (n < 14)
		return ORACLE_NONE;
	for (p += 12, n -= 12; n >= 2; p += 4, n -= 4) {
		type = p[0] * 256 + p[1];
		if (type == 0x0806)
			return ORACLE_ARP;
		if (type == 0x0800)
			return oracle_ip4(p + 2, n - 2);
		if (type == 0x86dd)
			return oracle_ip6(p + 2, n - 2);
		if ((type != 0x8100 && type != 0x88a8) || n < 4)
			return ORACLE_NONE;
	}
	return ORACLE_NONE;
}

#endif /* NETSWAP_FUZZ_ORACLE_H */

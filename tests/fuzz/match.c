// SPDX-License-Identifier: GPL-2.0
/*
 * match.c - libFuzzer on the guard's matcher: any bytes as a packet.
 *
 * Beside crashes it looks for an answer that depends on how much of the packet
 * is in the window: the guard tries with few bytes first.  What a short window
 * decides, a longer one must decide as well, or packets that must pass would
 * be dropped by chance of their place in memory.  What oracle.h knows must pass
 * may never come to the rules, and of rules made of the same bytes the first
 * that fits is the one that a plain comparison finds.
 */
#include <stdlib.h>

#include "../../bpf/match.h"
#include "oracle.h"

static enum nsw_why look(const uint8_t *data, size_t size, size_t window,
			 __u32 type, struct nsw_flow *f)
{
	struct nsw_window *w = malloc(sizeof(*w));
	enum nsw_why why;

	memset(f, 0, sizeof(*f));
	w->whole = size;
	w->len = size < window ? size : window;
	memcpy(w->b, data, w->len);
	why = nsw_match(w, type, f);
	free(w);
	return why;
}

/* Byte by byte, where the matcher compares words. */
static bool fits(const struct nsw_rule *r, const struct nsw_flow *f)
{
	const uint8_t *want = (const void *)&r->want, *is = (const void *)f;
	const uint8_t *mask = (const void *)&r->mask;
	size_t i;

	for (i = 0; i < sizeof(*f); i++)
		if ((want[i] & mask[i]) != (is[i] & mask[i]))
			return false;
	return f->sport >= r->sport[0] && f->sport <= r->sport[1] &&
	       f->dport >= r->dport[0] && f->dport <= r->dport[1];
}

/* Rules that fit some packets: each is for a part of what this one is. */
static void make_rules(struct nsw_policy *p, const struct nsw_flow *f,
		       const uint8_t *data, size_t size)
{
	struct nsw_rule *r;
	size_t at, i;

	p->nr_rules = data[size - 1] & 7;
	p->default_class = data[size - 1] >> 6;
	for (r = p->rule; r < p->rule + p->nr_rules; r++) {
		at = (size_t)(r - p->rule) * 7;
#define BYTE	(data[at++ % size])
		r->want = *f;
		for (i = 0; i < 4; i++)
			((uint8_t *)&r->mask)[BYTE % sizeof(r->mask)] = BYTE;
		((uint8_t *)&r->want)[BYTE % sizeof(r->want)] ^= BYTE & 3;
		r->sport[0] = BYTE & 1 ? f->sport : 0;
		r->sport[1] = BYTE & 1 ? f->sport : 65535;
		r->dport[0] = BYTE & 1 ? f->dport + (BYTE & 1) : 0;
		r->dport[1] = BYTE & 1 ? f->dport : 65535;
		r->class = BYTE & 15;
#undef BYTE
	}
}

static void check_rules(const struct nsw_flow *f, const uint8_t *data,
			size_t size)
{
	static const struct nsw_cgroups none;
	struct nsw_policy *p = calloc(1, sizeof(*p));
	__u32 i = 0, class, want;
	int found;

	make_rules(p, f, data, size);
	while (i < p->nr_rules && !fits(&p->rule[i], f))
		i++;
	want = i < p->nr_rules ? p->rule[i].class : p->default_class;
	found = nsw_rule_find(p, f, &none, &class);
	if (class != want ||
	    found != (i < p->nr_rules || f->known ? (int)i : -1))
		abort();
	free(p);
}

/* The short way through the program must be to the same flow. */
static void check_plain(const uint8_t *data, const struct nsw_flow *full,
			enum nsw_why why)
{
	unsigned int type = data[12] << 8 | data[13];
	struct nsw_flow f = {};
	int plain = type == NSW_ETH_IP ? nsw_plain_ipv4(data, &f) :
		    type == NSW_ETH_IPV6 && nsw_plain_ipv6(data, &f);

	if (plain && (memcmp(&f, full, sizeof(f)) ||
	    (why != NSW_WHY_RULES && why != NSW_WHY_DHCP)))
		abort();
}

/* The first byte says what the rest begins with, and how short a window is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const __u32 types[] = { 0, 0, NSW_ETH_IP, NSW_ETH_IPV6 };
	struct nsw_flow full, cut;
	enum nsw_why why, early;
	__u32 type;

	if (!size)
		return 0;
	type = types[data[0] & 3];
	why = look(data + 1, size - 1, NSW_WINDOW, type, &full);
	if ((unsigned int)why >= NSW_NR_WHYS)
		abort();
	if (why == NSW_WHY_RULES && full.family != NSW_AF_INET &&
	    full.family != NSW_AF_INET6)
		abort();
	if (!type && size > NSW_PLAIN)
		check_plain(data + 1, &full, why);
	if (!type && why == NSW_WHY_RULES &&
	    oracle_must_pass(data + 1, size - 1))
		abort();
	if (why == NSW_WHY_RULES)
		check_rules(&full, data, size);
	early = look(data + 1, size - 1, data[0] >> 1, type, &cut);
	if (early != NSW_WHY_DEEP &&
	    (early != why || memcmp(&cut, &full, sizeof(cut))))
		abort();
	return 0;
}

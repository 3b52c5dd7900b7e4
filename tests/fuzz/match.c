// SPDX-License-Identifier: GPL-2.0
/*
 * match.c - libFuzzer on the guard's matcher: any bytes as a packet.
 *
 * Beside crashes it looks for an answer that depends on how much of the packet
 * is in the window: the guard tries with few bytes first.  What a short window
 * decides, a longer one must decide as well, or packets that must pass would
 * be dropped by chance of their place in memory.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../bpf/match.h"

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
	early = look(data + 1, size - 1, data[0] >> 1, type, &cut);
	if (early != NSW_WHY_DEEP &&
	    (early != why || memcmp(&cut, &full, sizeof(cut))))
		abort();
	return 0;
}

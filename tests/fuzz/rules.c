// SPDX-License-Identifier: GPL-2.0
/*
 * rules.c - any bytes as rules of `netswap gate`.
 */
#include <stdint.h>
#include <stdlib.h>

#include "gate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gate_rules rules;
	int i, k, picks;

	if (gate_parse(&rules, "fuzz", (const char *)data, size))
		return 0;
	/* What was accepted can be measured. */
	for (i = 0; i < rules.nr; i++) {
		for (k = picks = 0; k < GATE_MAX_PICKS; k++)
			picks += rules.rule[i].pick[k];
		if (!picks || rules.rule[i].stat >= GATE_NR_STATS)
			abort();
	}
	return 0;
}

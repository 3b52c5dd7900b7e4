// SPDX-License-Identifier: GPL-2.0
/*
 * policy.c - libFuzzer on the guard's policy file: any text.
 *
 * What is taken must be whole: rules within bounds, of classes that there
 * are, and thresholds in order.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"

static void check_class(const struct policy *p, __u32 class)
{
	if (class >= NSW_GUARD_CLASSES ||
	    (class >= NSW_CLASS_BUDGET && !p->rules.class[class].name[0]))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct policy p;
	char *text = malloc(size + 1);
	__u32 i;

	memcpy(text, data, size);
	text[size] = '\0';
	if (!policy_parse(&p, "fuzz", text)) {
		if (p.rules.nr_rules > NSW_GUARD_RULES ||
		    p.leave_percent < p.enter_percent ||
		    p.lease_ns > NSW_GUARD_LEASE_MAX_NS)
			abort();
		check_class(&p, p.rules.default_class);
		for (i = 0; i < p.rules.nr_rules; i++)
			check_class(&p, p.rules.rule[i].class);
	}
	free(text);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * quantity.c - numbers with units.
 */
#include <math.h>
#include <stdio.h>

#include "quantity.h"

const struct quantity_unit quantity_units[QUANTITY_NR_UNITS] = {
	{ "ns", NSW_U_NS, 1 }, { "us", NSW_U_NS, 1e3 },
	{ "ms", NSW_U_NS, 1e6 }, { "s", NSW_U_NS, 1e9 },
	{ "B", NSW_U_BYTES, 1 }, { "KiB", NSW_U_BYTES, 1024 },
	{ "MiB", NSW_U_BYTES, 1 << 20 }, { "GiB", NSW_U_BYTES, 1 << 30 },
};

struct quantity_text quantity(enum nsw_unit unit, double value)
{
	const struct quantity_unit *best = NULL;
	struct quantity_text t = { "-" };
	int i;

	if (isnan(value))
		return t;
	for (i = 0; i < QUANTITY_NR_UNITS; i++)
		if (quantity_units[i].unit == unit &&
		    (!best || fabs(value) >= quantity_units[i].factor))
			best = &quantity_units[i];
	if (best && value)
		snprintf(t.s, sizeof(t.s), "%.4g%s", value / best->factor,
			 best->name);
	else
		snprintf(t.s, sizeof(t.s), value == rint(value) ? "%.15g" :
			 "%.4g", value);
	return t;
}

struct quantity_text quantity_range(enum nsw_unit unit, double low,
				    double high)
{
	struct quantity_text a = quantity(unit, low), b, t;

	if (low == high || isnan(low))
		return a;
	b = quantity(unit, high);
	snprintf(t.s, sizeof(t.s), isinf(high) ? "%.30s or more" :
		 "%.30s to %.30s", a.s, b.s);
	return t;
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * quantity.h - numbers with units, as people write and read them.
 */
#ifndef NETSWAP_QUANTITY_H
#define NETSWAP_QUANTITY_H

#include "metric.h"

/** struct quantity_unit - @factor: in the metric's own unit (ns, bytes) */
struct quantity_unit {
	const char *name;
	enum nsw_unit unit;
	double factor;
};

#define QUANTITY_NR_UNITS	8

/* Of one kind next to each other, smallest first. */
extern const struct quantity_unit quantity_units[QUANTITY_NR_UNITS];

/* With room behind the text for what the caller adds to the unit. */
struct quantity_text {
	char s[80];
};

/**
 * quantity_range() - a value that lies from @low to @high, to four digits
 *
 * "16.78ms to 33.55ms"; "45" for a count; "-" if @low is NAN.
 */
struct quantity_text quantity_range(enum nsw_unit unit, double low,
				    double high);

/** quantity() - a value that is known exactly. */
struct quantity_text quantity(enum nsw_unit unit, double value);

#endif /* NETSWAP_QUANTITY_H */

// SPDX-License-Identifier: GPL-2.0
/*
 * objects.c - the table of the objects that blobs.S holds.
 */
#include "bpf.h"

struct object_range {
	const char *name;
	const char *start, *end;
};

#define NSW_OBJECT(n, file) extern const char nsw_obj_##n[], nsw_obj_end_##n[];
#include "objects.inc"
#undef NSW_OBJECT

#define NSW_OBJECT(n, file) { #n, nsw_obj_##n, nsw_obj_end_##n },
static const struct object_range ranges[] = {
#include "objects.inc"
};
#undef NSW_OBJECT

int build_count(void)
{
	return sizeof(ranges) / sizeof(ranges[0]);
}

struct nsw_build build_get(int i)
{
	return (struct nsw_build){ ranges[i].name, ranges[i].start,
				   ranges[i].end - ranges[i].start };
}

__u64 build_hash(void)
{
	__u64 h = 0xcbf29ce484222325ull;
	const char *p;
	int i;

	for (i = 0; i < build_count(); i++)
		for (p = ranges[i].start; p < ranges[i].end; p++)
			h = (h ^ (unsigned char)*p) * 0x100000001b3ull;
	return h ? h : 1;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * audit_guard.c - where `netswap guard` is, for the audit.
 */
#include "audit.h"
#include "guard.h"

void audit_places(struct audit_input *in)
{
	struct guard_place place[AUDIT_MAX_PLACES];
	struct audit_place *to;
	int i, n = place_list(place, AUDIT_MAX_PLACES);

	for (i = 0; i < n; i++) {
		to = &in->place[in->nr_places++];
		audit_copy(to->name, sizeof(to->name), place[i].name);
		to->cgroup = place[i].hook == NSW_HOOK_GUARD_CG;
		to->there = place[i].there;
	}
}

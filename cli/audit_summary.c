// SPDX-License-Identifier: GPL-2.0
/*
 * audit_summary.c - an audit as a recording keeps it.
 */
#include <stdlib.h>

#include "audit.h"
#include "collect.h"

static void take_findings(struct nsw_audit_info *info,
			  const struct audit_report *r)
{
	size_t i;

	info->valid = true;
	info->safe = audit_safe(r);
	for (i = 0; i < r->nr && i < NSW_SNAP_FINDINGS; i++) {
		const struct audit_finding *from = &r->finding[i];
		struct nsw_finding_info *to = &info->finding[info->nr++];

		audit_copy(to->severity, sizeof(to->severity),
			   audit_severities[from->severity]);
		audit_copy(to->id, sizeof(to->id), from->rule->id);
		audit_copy(to->subject, sizeof(to->subject), from->subject);
		audit_copy(to->what, sizeof(to->what), from->what);
	}
}

void audit_summary(struct nsw_audit_info *info)
{
	struct nsw_snapshot *snap = calloc(1, sizeof(*snap));
	struct audit_input *in = calloc(1, sizeof(*in));
	struct audit_report r = {};

	if (snap && in) {
		source_once(snap);
		if (!audit_collect(in, "", snap) && !audit_judge(&r, in, NULL))
			take_findings(info, &r);
	}
	audit_free(&r);
	free(in);
	free(snap);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * view_text.c - words that several views share: events and times.
 */
#include <time.h>

#include "view.h"

void event_text(const struct nsw_event *e, char *buf, size_t size)
{
	const struct nsw_key *k = &e->key;
	const char *where = k->detail < NSW_NR_WHERES ?
			    nsw_wheres[k->detail] : "?";

	switch (e->type) {
	case NSW_EV_THROTTLE:
		snprintf(buf, size, "%.16s[%u] slept %.1f ms in "
			 "throttle_direct_reclaim", k->comm, k->pid,
			 e->value / 1e6);
		return;
	case NSW_EV_LOW_WATER:
		snprintf(buf, size, "node %u zone %u: new low, %lld pages "
			 "below min (%.16s[%u])", k->netns, k->detail,
			 (long long)e->value, k->comm, k->pid);
		return;
	case NSW_EV_DROP:
		snprintf(buf, size, "first drop of a burst: %s port %u, %s, "
			 "%lld bytes", nsw_proto_name(k->proto), k->port,
			 where, (long long)e->value);
		return;
	case NSW_EV_LEAK:
		snprintf(buf, size, "memalloc_socks_key is %lld, but no "
			 "memalloc socket exists: leaked until reboot",
			 (long long)e->value);
		return;
	case NSW_EV_GUARD_ON:
		snprintf(buf, size, "pressure begins: the guard is engaged by "
			 "%s", k->detail < NSW_NR_GUARD_CAUSES ?
			 nsw_guard_causes[k->detail] : "?");
		return;
	case NSW_EV_GUARD_OFF:
		snprintf(buf, size, "pressure is over after %.0f ms: the guard "
			 "dropped %llu packets, or would have", e->value / 1e6,
			 k->arg);
		return;
	}
	snprintf(buf, size, "unknown event %u", e->type);
}

void guard_rules_text(FILE *out, const struct nsw_snapshot *s)
{
	__u32 i;

	if (s->nr_guard_rules)
		fprintf(out, "guard\n  %-4s %-15s %12s %12s %12s  %s\n", "line",
			"class", "passed", "dropped", "would-drop", "rule");
	for (i = 0; i < s->nr_guard_rules; i++) {
		const struct nsw_guard_rule *r = &s->guard_rule[i];

		fprintf(out, "  %-4u %-15s %12llu %12llu %12llu  %s\n",
			r->line, r->class_name, r->packets[NSW_V_PASS],
			r->packets[NSW_V_DROP], r->packets[NSW_V_WOULD],
			r->text);
	}
}

void time_text(const struct nsw_snapshot *s, __u64 mono_ns, char *buf,
	       size_t size)
{
	__s64 ago_ms = ((__s64)s->mono_ns - (__s64)mono_ns) / 1000000;
	__u64 ms = s->wall_ms - ago_ms;
	time_t t = ms / 1000;
	struct tm tm;
	size_t n;

	localtime_r(&t, &tm);
	n = strftime(buf, size, "%H:%M:%S", &tm);
	snprintf(buf + n, size - n, ".%03u", (unsigned int)(ms % 1000));
}

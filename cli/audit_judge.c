// SPDX-License-Identifier: GPL-2.0
/*
 * audit_judge.c - run the rules, sum up.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "snapshot.h"

const char *const audit_severities[AUDIT_NR_SEVERITIES] = {
	[AUDIT_OK] = "ok", [AUDIT_INFO] = "info", [AUDIT_WARN] = "warn",
	[AUDIT_UNKNOWN] = "unknown", [AUDIT_BAD] = "bad",
};

const struct audit_transport_info audit_transports[AUDIT_NR_TRANSPORTS] = {
#define AUDIT_ROW(id, name, protect, title) { name, protect, title },
	AUDIT_TRANSPORTS(AUDIT_ROW)
#undef AUDIT_ROW
};

bool audit_socks_known(const struct audit_input *in)
{
	return in->snap && in->snap->group[NSW_GRP_SOCKETS] &&
	       !in->snap->more_socks;
}

int audit_nr_leaves(const struct audit_input *in)
{
	int i, n = 0;

	for (i = 0; i < in->nr_areas; i++)
		n += in->area[i].nr_leaves;
	return n;
}

int audit_nr_socket_leaves(const struct audit_input *in)
{
	int a, l, n = 0;

	for (a = 0; a < in->nr_areas; a++)
		for (l = 0; l < in->area[a].nr_leaves; l++)
			n += audit_transports[in->area[a].leaf[l].transport]
			     .protect == 1;
	return n;
}

bool audit_is_local(const struct audit_input *in, const char *addr)
{
	int i;

	if (!strncmp(addr, "::ffff:", 7) && strchr(addr, '.'))
		addr += 7;
	if (!strncmp(addr, "127.", 4) || !strcmp(addr, "::1"))
		return true;
	for (i = 0; i < in->nr_addrs && addr[0]; i++)
		if (!strcmp(in->addr[i], addr))
			return true;
	return false;
}

static void leaf_subject(const struct audit_report *r, int area, int leaf,
			 char *buf, size_t len)
{
	const struct audit_area *a = &r->in->area[area];
	const char *name = leaf < 0 ? "" : a->leaf[leaf].name;

	if (!name[0] || !strcmp(audit_base(a->path), name))
		snprintf(buf, len, "%s", a->path);
	else
		snprintf(buf, len, "%.250s via %.250s", a->path, name);
}

void audit_add(struct audit_report *r, enum audit_severity severity,
	       int area, int leaf, const char *subject, const char *fmt, ...)
{
	struct audit_finding *f;
	va_list ap;

	if (r->nr == r->room) {
		size_t room = r->room ? 2 * r->room : 16;

		f = realloc(r->finding, room * sizeof(*f));
		if (!f) {
			r->failed = true;
			return;
		}
		r->finding = f;
		r->room = room;
	}
	f = &r->finding[r->nr];
	f->order = r->nr++;
	f->rule = r->now;
	f->severity = severity;
	if (area >= 0)
		leaf_subject(r, area, leaf, f->subject, sizeof(f->subject));
	else
		audit_copy(f->subject, sizeof(f->subject), subject);
	va_start(ap, fmt);
	vsnprintf(f->what, sizeof(f->what), fmt, ap);
	va_end(ap);
	if (area >= 0 && leaf >= 0 && severity > r->worst[area][leaf])
		r->worst[area][leaf] = severity;
}

static void run(struct audit_report *r, const struct audit_rule *rule,
		const char *skip)
{
	int a, l;

	for (; rule->id; rule++) {
		if (skip && !strcmp(rule->id, skip))
			continue;
		r->now = rule;
		for (a = 0; rule->leaf && a < r->in->nr_areas; a++)
			for (l = 0; l < r->in->area[a].nr_leaves; l++)
				rule->leaf(r, a, l);
		if (rule->host)
			rule->host(r);
	}
}

/* Worst first; among equals the order of the rules. */
static int cmp_finding(const void *a, const void *b)
{
	const struct audit_finding *x = a, *y = b;

	if (x->severity != y->severity)
		return x->severity < y->severity ? 1 : -1;
	return x->order < y->order ? -1 : 1;
}

int audit_judge(struct audit_report *r, const struct audit_input *in,
		const char *skip)
{
	memset(r, 0, sizeof(*r));
	r->in = in;
	run(r, audit_rules_leaf, skip);
	run(r, audit_rules_host, skip);
	run(r, audit_rules_guard, skip);
	run(r, audit_rules_sum, skip);
	if (r->nr)
		qsort(r->finding, r->nr, sizeof(*r->finding), cmp_finding);
	return r->failed ? -ENOMEM : 0;
}

void audit_free(struct audit_report *r)
{
	free(r->finding);
	r->finding = NULL;
	r->nr = r->room = 0;
}

int audit_safe(const struct audit_report *r)
{
	int safe = 1;
	size_t i;

	for (i = 0; i < r->nr; i++) {
		if (r->finding[i].severity == AUDIT_BAD)
			return 0;
		if (r->finding[i].severity == AUDIT_UNKNOWN)
			safe = -1;
	}
	return safe;
}

int audit_leaf_protected(const struct audit_report *r, int area, int leaf)
{
	const struct audit_leaf *l = &r->in->area[area].leaf[leaf];

	if (r->worst[area][leaf] == AUDIT_BAD)
		return 0;
	if (r->worst[area][leaf] == AUDIT_UNKNOWN ||
	    (audit_transports[l->transport].protect == 1 &&
	     !audit_socks_known(r->in)))
		return -1;
	return audit_transports[l->transport].protect;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * record.c - read recordings back.
 *
 * Recordings come from other machines: every value is checked, every list
 * has its limit, and nothing of the file is used as a size or an index
 * unchecked.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "metric.h"
#include "record.h"
#include "util.h"

struct replay {
	FILE *file;
	char *path;
	char *line;
	size_t size;
	unsigned long nr;
	__u64 last_ns;
	bool strict;
	bool warned;	/* of a line that is earlier; once, there may be many */
};

static bool get_u64(const json_t *o, const char *key, __u64 *to)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return false;
	*to = json_integer_value(v);
	return true;
}

static __s64 get_s64(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static __u64 get_limited(const json_t *o, const char *key, __u64 max)
{
	__u64 v = 0;

	return get_u64(o, key, &v) && v <= max ? v : 0;
}

static void copy_text(const json_t *value, char *to, size_t size)
{
	const char *text = json_string_value(value);

	str_copy(to, text ? text : "", size);
	str_clean(to);
}

static void get_text(const json_t *o, const char *key, char *to, size_t size)
{
	copy_text(json_object_get(o, key), to, size);
}

static unsigned int name_index(const json_t *o, const char *key,
			       const char *const *names, unsigned int nr)
{
	const char *text = json_string_value(json_object_get(o, key));
	unsigned int i;

	for (i = 0; text && i < nr; i++)
		if (!strcmp(names[i], text))
			return i;
	return 0;
}

/* False if there is none. */
static bool get_hist(const json_t *o, struct nsw_hist *h)
{
	const json_t *slots = json_object_get(o, "log2_slots");
	size_t i;

	if (!get_u64(o, "sum_ns", &h->sum) || !json_is_array(slots))
		return false;
	for (i = 0; i < NSW_HIST_SLOTS && i < json_array_size(slots); i++) {
		json_int_t n = json_integer_value(json_array_get(slots, i));

		h->slot[i] = n > 0 ? n : 0;
	}
	return true;
}

static void get_metrics(struct nsw_snapshot *s, const json_t *doc)
{
	const json_t *o = json_object_get(doc, "counters");
	int i;

	for (i = 0; i < NSW_NR_COUNTERS; i++)
		s->counter_lacks[i] = !get_u64(o, nsw_counters[i].key,
					       &s->counter[i]);
	o = json_object_get(doc, "gauges");
	for (i = 0; i < NSW_NR_GAUGES; i++) {
		s->gauge_valid[i] = json_is_integer(
				    json_object_get(o, nsw_gauges[i].key));
		s->gauge[i] = get_s64(o, nsw_gauges[i].key);
	}
	o = json_object_get(doc, "kernel_counters");
	for (i = 0; i < NSW_NR_PROCS; i++)
		s->proc_valid[i] = get_u64(o, nsw_procs[i].name, &s->proc[i]);
	o = json_object_get(doc, "histograms");
	for (i = 0; i < NSW_NR_HISTS; i++)
		s->hist_lacks[i] = !get_hist(json_object_get(o,
					     nsw_hists[i].key), &s->hist[i]);
}

static void get_zone(struct nsw_zone_info *z, const json_t *o)
{
	int field = 0;
	size_t i;

	z->node = get_limited(o, "node", 1023);
	z->index = get_limited(o, "index", 15);
	get_text(o, "zone", z->name, sizeof(z->name));
	/* It becomes a label of Prometheus, which ends at a quote. */
	for (i = 0; z->name[i]; i++)
		if (!isalnum((unsigned char)z->name[i]))
			z->name[i] = '?';
#define NSW_ROW(member, name, title, help)				\
	z->member = get_limited(o, name, 1ull << 52);			\
	z->lacks |= !json_is_integer(json_object_get(o, name)) << field++;
	NSW_ZONE_FIELDS(NSW_ROW)
#undef NSW_ROW
	z->low_water_valid = json_is_integer(json_object_get(o,
						"low_water_pages"));
	z->low_water_pages = get_s64(o, "low_water_pages");
	z->low_ever_pages = get_s64(o, "low_ever_pages");
	z->from_proc = name_index(o, "source",
				  (const char *const []){ "bpf", "proc" }, 2);
}

static void get_key(struct nsw_key *k, const json_t *o)
{
	char comm[NSW_COMM_LEN] = {};

	k->kind = name_index(o, "kind", nsw_kinds, NSW_NR_KINDS);
	k->detail = get_limited(o, "detail", 255);
	k->proto = get_limited(o, "protocol_number", 255);
	k->family = get_limited(o, "family", 255);
	k->port = get_limited(o, "port", 65535);
	k->pid = get_limited(o, "pid", 0x7fffffff);
	k->netns = get_limited(o, "netns", 0xffffffff);
	get_u64(o, "cgroup", &k->cgroup);
	get_u64(o, "socket", &k->sock);
	k->stack = get_s64(o, "stack");
	get_text(o, "comm", comm, sizeof(comm));
	memcpy(k->comm, comm, sizeof(comm));
}

static void get_top(struct nsw_top *t, const json_t *o)
{
	get_key(&t->key, o);
	get_u64(o, "count", &t->count);
	get_u64(o, "amount", &t->amount);
	get_u64(o, "first_ns", &t->first_ns);
	get_u64(o, "last_ns", &t->last_ns);
}

static void get_waiter(struct nsw_waiter *w, const json_t *o)
{
	char comm[NSW_COMM_LEN] = {};

	get_u64(o, "start_ns", &w->start_ns);
	get_u64(o, "cgroup", &w->cgroup);
	w->pid = get_limited(o, "pid", 0x7fffffff);
	w->tgid = get_limited(o, "tgid", 0x7fffffff);
	w->gfp = get_limited(o, "gfp", 0xffffffff);
	get_text(o, "comm", comm, sizeof(comm));
	memcpy(w->comm, comm, sizeof(comm));
}

static void get_addr(const json_t *o, const char *key, int family, __u8 *to)
{
	const char *text = json_string_value(json_object_get(o, key));

	if (text)
		inet_pton(family == AF_INET6 ? AF_INET6 : AF_INET, text, to);
}

static void get_sock(struct nsw_sock_info *i, const json_t *o)
{
	struct nsw_sock *k = &i->sock;

	get_text(o, "owner", i->owner, sizeof(i->owner));
	k->proto = get_limited(o, "protocol_number", 255);
	k->family = get_limited(o, "family", 255);
	k->state = get_limited(o, "state", 255);
	k->lport = get_limited(o, "local_port", 65535);
	k->rport = get_limited(o, "remote_port", 65535);
	get_addr(o, "local_address", k->family, k->laddr);
	get_addr(o, "remote_address", k->family, k->raddr);
	k->netns = get_limited(o, "netns", 0xffffffff);
	get_u64(o, "cgroup", &k->cgroup);
	get_u64(o, "memcg", &k->memcg);
	get_u64(o, "cookie", &k->cookie);
	k->rmem = get_limited(o, "receive_queue_bytes", 0xffffffff);
	k->wmem = get_limited(o, "send_queue_bytes", 0xffffffff);
	k->rcvbuf = get_limited(o, "rcvbuf_bytes", 0xffffffff);
	k->sndbuf = get_limited(o, "sndbuf_bytes", 0xffffffff);
	k->retrans = get_limited(o, "retransmits", 0xffffffff);
	k->user_data = json_is_true(json_object_get(o, "user_data"));
}

static void get_stack(struct nsw_stack_info *info, const json_t *o)
{
	const json_t *a = json_object_get(o, "functions");
	size_t i;

	info->id = get_s64(o, "stack");
	for (i = 0; i < NSW_STACK_SHOWN && i < json_array_size(a); i++)
		copy_text(json_array_get(a, i), info->sym[info->nr++],
			  NSW_SYM_LEN);
}

static void get_cgroup(struct nsw_cgroup_info *info, const json_t *o)
{
	get_u64(o, "cgroup", &info->id);
	get_text(o, "path", info->path, sizeof(info->path));
}

static void get_guard_rule(struct nsw_guard_rule *r, const json_t *o)
{
	r->line = get_limited(o, "line", 0xffffffff);
	get_text(o, "class", r->class_name, sizeof(r->class_name));
	get_text(o, "rule", r->text, sizeof(r->text));
	get_u64(o, "passed", &r->packets[NSW_V_PASS]);
	get_u64(o, "dropped", &r->packets[NSW_V_DROP]);
	get_u64(o, "would_drop", &r->packets[NSW_V_WOULD]);
}

static void get_event(struct nsw_event *e, const json_t *o)
{
	get_key(&e->key, o);
	e->type = name_index(o, "event", nsw_event_names, NSW_NR_EVENTS);
	get_u64(o, "sequence", &e->seq);
	get_u64(o, "mono_ns", &e->ns);
	e->value = get_s64(o, "value");
	get_u64(o, "packets", &e->key.arg);
}

static void get_lists(struct nsw_snapshot *s, const json_t *doc)
{
	const json_t *a;
	size_t i;

#define LIST(name, nr, max, get, to)					\
	do {								\
		a = json_object_get(doc, name);				\
		for (i = 0; i < json_array_size(a) && i < (max); i++)	\
			get(&(to)[i], json_array_get(a, i));		\
		(nr) = i;						\
	} while (0)
	LIST("zones", s->nr_zones, NSW_MAX_ZONES, get_zone, s->zone);
	LIST("throttled", s->nr_waiters, NSW_MAX_WAITERS, get_waiter,
	     s->waiter);
	LIST("top", s->nr_tops, NSW_SNAP_TOPS, get_top, s->top);
	LIST("sockets", s->nr_socks, NSW_MAX_SOCKS, get_sock, s->sock);
	LIST("stacks", s->nr_stacks, NSW_SNAP_STACKS, get_stack, s->stack);
	LIST("cgroups", s->nr_cgroups, NSW_SNAP_CGROUPS, get_cgroup,
	     s->cgroup);
	LIST("guard_rules", s->nr_guard_rules, NSW_GUARD_RULES + 1,
	     get_guard_rule, s->guard_rule);
	LIST("events", s->nr_events, NSW_SNAP_EVENTS, get_event, s->event);
#undef LIST
}

static void get_command(struct nsw_command *c, const json_t *o)
{
	get_text(o, "name", c->name, sizeof(c->name));
	get_u64(o, "ended_ns", &c->ended_ns);
	c->status = get_limited(o, "status", 255);
}

static void get_finding(struct nsw_finding_info *f, const json_t *o)
{
	get_text(o, "severity", f->severity, sizeof(f->severity));
	get_text(o, "id", f->id, sizeof(f->id));
	get_text(o, "subject", f->subject, sizeof(f->subject));
	get_text(o, "what", f->what, sizeof(f->what));
}

static void get_audit(struct nsw_audit_info *audit, const json_t *o)
{
	const json_t *a = json_object_get(o, "findings");
	const json_t *safe = json_object_get(o, "safe");

	audit->valid = json_is_object(o);
	audit->safe = json_is_boolean(safe) ? json_is_true(safe) : -1;
	for (; audit->nr < NSW_SNAP_FINDINGS &&
	     audit->nr < json_array_size(a); audit->nr++)
		get_finding(&audit->finding[audit->nr],
			    json_array_get(a, audit->nr));
}

static void get_hooks(struct nsw_snapshot *s, const json_t *doc)
{
	const json_t *o = json_object_get(doc, "hooks");
	const json_t *a = json_object_get(doc, "programs");
	size_t n;
	int i;

	for (i = 0; i < NSW_NR_GROUPS; i++)
		s->group[i] = json_is_true(json_object_get(o,
						nsw_groups[i].name));
	for (n = 0; n < json_array_size(a); n++) {
		const char *name = json_string_value(json_array_get(a, n));

		for (i = 0; name && i < NSW_NR_HOOKS; i++)
			if (!strcmp(name, nsw_hooks[i].program))
				s->hook[i] = true;
	}
}

int snapshot_from_json(struct nsw_snapshot *s, const json_t *doc,
		       const char *where)
{
	json_int_t version = json_integer_value(json_object_get(doc,
								"netswap"));

	memset(s, 0, sizeof(*s));
	if (version < 1)
		return log_err(-EPROTO, "%s: not a netswap snapshot (no member "
			       "\"netswap\"): record with 'netswap record'",
			       where);
	if (version > NSW_RECORD_VERSION)
		return log_err(-EPROTO, "%s: snapshot of version %lld, this "
			       "netswap reads up to %d: use a newer one", where,
			       (long long)version, NSW_RECORD_VERSION);
	if (!get_u64(doc, "mono_ns", &s->mono_ns) ||
	    !get_u64(doc, "wall_ms", &s->wall_ms))
		return log_err(-EPROTO, "%s: snapshot without its time (members "
			       "\"mono_ns\", \"wall_ms\"): not a recording",
			       where);
	get_u64(doc, "proc_ns", &s->proc_ns);
	get_u64(doc, "tick_age_ns", &s->tick_age_ns);
	get_u64(doc, "lost_events", &s->lost_events);
	get_u64(doc, "guard_until_ns", &s->guard_until_ns);
	s->page_size = get_limited(doc, "page_bytes", 1 << 20);
	if (!s->page_size)
		s->page_size = 4096;
	s->more_socks = get_limited(doc, "more_sockets", 0xffffffff);
	s->bpf = json_is_true(json_object_get(doc, "bpf"));
	s->softirq_known = json_is_true(json_object_get(doc, "softirq_known"));
	get_text(doc, "host", s->host, sizeof(s->host));
	get_text(doc, "kernel", s->kernel, sizeof(s->kernel));
	get_text(doc, "why", s->why, sizeof(s->why));
	get_command(&s->command, json_object_get(doc, "command"));
	get_audit(&s->audit, json_object_get(doc, "audit"));
	get_hooks(s, doc);
	get_metrics(s, doc);
	get_lists(s, doc);
	return 0;
}

int replay_open(struct replay **out, const char *path)
{
	struct replay *r = calloc(1, sizeof(*r));

	if (r)
		r->path = strdup(path);
	if (!r || !r->path) {
		free(r);
		return log_err(-ENOMEM, "%s: out of memory", path);
	}
	r->file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	if (!r->file) {
		int err = -errno;

		replay_close(r);
		return log_err(err, "%s: cannot open: %s", path,
			       strerror(-err));
	}
	*out = r;
	return 0;
}

void replay_strict(struct replay *r)
{
	r->strict = true;
}

void replay_close(struct replay *r)
{
	if (!r)
		return;
	if (r->file && r->file != stdin)
		fclose(r->file);
	free(r->line);
	free(r->path);
	free(r);
}

/* One line into r->line. 1, 0 at the end, or a negative errno, reported. */
static int next_line(struct replay *r)
{
	size_t len = 0;
	int c;

	while ((c = getc_unlocked(r->file)) != EOF && c != '\n') {
		if (len + 2 > r->size) {
			size_t size = r->size ? r->size * 2 : 1 << 16;
			char *line = size > NSW_RECORD_LINE_MAX ? NULL :
				     realloc(r->line, size);

			if (!line)
				return log_err(-EFBIG, "%s:%lu: line is longer "
					       "than %d bytes: not a recording",
					       r->path, r->nr + 1,
					       NSW_RECORD_LINE_MAX);
			r->line = line;
			r->size = size;
		}
		r->line[len++] = c;
	}
	if (c == EOF && ferror(r->file))
		return log_err(-EIO, "%s: cannot read: %s", r->path,
			       strerror(errno));
	if (c == EOF && !len)
		return 0;
	if (!len)
		return log_err(-EPROTO, "%s:%lu: empty line: not a recording",
			       r->path, r->nr + 1);
	r->line[len] = '\0';
	r->nr++;
	return 1 + (c == EOF);
}

int replay_next(struct replay *r, struct nsw_snapshot *snap)
{
	int got = next_line(r), err;
	char where[300];
	json_error_t why;
	json_t *doc;

	if (got <= 0) {
		if (!got && !r->nr)
			return log_err(-ENODATA, "%s: empty: record with "
				       "'netswap record -o FILE'", r->path);
		return got;
	}
	doc = json_loads(r->line, 0, &why);
	if (!doc && got == 2 && r->nr > 1) {
		if (r->strict)
			return log_err(-EPROTO, "%s:%lu: last line is cut off: "
				       "the recording did not end", r->path,
				       r->nr);
		log_warn("%s:%lu: last line is cut off, left out", r->path,
			 r->nr);
		return 0;
	}
	if (!doc)
		return log_err(-EPROTO, "%s:%lu: not JSON (%s): not a "
			       "recording", r->path, r->nr, why.text);
	snprintf(where, sizeof(where), "%.270s:%lu", r->path, r->nr);
	err = snapshot_from_json(snap, doc, where);
	json_decref(doc);
	if (err)
		return err;
	if (r->strict && snap->mono_ns <= r->last_ns)
		return log_err(-EPROTO, "%s:%lu: not later than the line "
			       "before: doubled, out of order, or of another "
			       "boot", r->path, r->nr);
	if (snap->mono_ns < r->last_ns && !r->warned) {
		log_warn("%s:%lu: earlier than the line before: from another "
			 "boot, or out of order", r->path, r->nr);
		r->warned = true;
	}
	r->last_ns = snap->mono_ns;
	return 1;
}

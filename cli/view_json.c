// SPDX-License-Identifier: GPL-2.0
/*
 * view_json.c - a snapshot as a JSON document; docs/json.md describes it.
 *
 * Everything of the snapshot is in it, so that a recording loses nothing;
 * what is derived (quantiles, rates) is there for readers and is not read
 * back.  Absent numbers are null.
 */
#include <arpa/inet.h>
#include <math.h>
#include <string.h>

#include "record.h"
#include "view.h"

static json_t *number(bool valid, __u64 value)
{
	return valid ? json_integer(value) : json_null();
}

static json_t *real(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *counters_json(const struct nsw_snapshot *s)
{
	json_t *o = json_object();
	int i;

	for (i = 0; i < NSW_NR_COUNTERS; i++)
		json_object_set_new(o, nsw_counters[i].key,
				    number(nsw_counter_valid(s, i),
					   s->counter[i]));
	return o;
}

static json_t *gauges_json(const struct nsw_snapshot *s)
{
	json_t *o = json_object();
	int i;

	for (i = 0; i < NSW_NR_GAUGES; i++)
		json_object_set_new(o, nsw_gauges[i].key,
				    number(s->gauge_valid[i], s->gauge[i]));
	return o;
}

static json_t *procs_json(const struct nsw_snapshot *s)
{
	json_t *o = json_object();
	int i;

	for (i = 0; i < NSW_NR_PROCS; i++)
		json_object_set_new(o, nsw_procs[i].name,
				    number(s->proc_valid[i], s->proc[i]));
	return o;
}

static json_t *hist_json(const struct nsw_hist *h)
{
	json_t *slots = json_array();
	int i;

	for (i = 0; i < NSW_HIST_SLOTS; i++)
		json_array_append_new(slots, json_integer(h->slot[i]));
	return json_pack("{s:I, s:I, s:o, s:o, s:o}",
			 "count", (json_int_t)hist_count(h),
			 "sum_ns", (json_int_t)h->sum,
			 "p50_ns", real(hist_quantile(h, 0.50)),
			 "p99_ns", real(hist_quantile(h, 0.99)),
			 "log2_slots", slots);
}

static json_t *hists_json(const struct nsw_snapshot *s)
{
	json_t *o = json_object();
	int i;

	for (i = 0; i < NSW_NR_HISTS; i++)
		json_object_set_new(o, nsw_hists[i].key,
				    nsw_hist_valid(s, i) ?
				    hist_json(&s->hist[i]) : json_null());
	return o;
}

static json_t *zone_json(const struct nsw_zone_info *z)
{
	json_t *o = json_pack("{s:i, s:i, s:s, s:s}", "node", z->node,
			      "index", z->index, "zone", z->name,
			      "source", z->from_proc ? "proc" : "bpf");

#define NSW_ROW(member, name, title, help)				\
	json_object_set_new(o, name, json_integer(z->member));
	NSW_ZONE_FIELDS(NSW_ROW)
#undef NSW_ROW
	json_object_set_new(o, "low_water_pages", z->low_water_valid ?
			    json_integer(z->low_water_pages) : json_null());
	json_object_set_new(o, "low_ever_pages", z->low_water_valid ?
			    json_integer(z->low_ever_pages) : json_null());
	return o;
}

/* Names from the kernel may hold any byte; JSON wants UTF-8. */
static json_t *comm_json(const char *comm)
{
	char clean[NSW_COMM_LEN + 1];
	int i;

	for (i = 0; i < NSW_COMM_LEN && comm[i]; i++)
		clean[i] = comm[i] >= ' ' && comm[i] < 127 ? comm[i] : '?';
	clean[i] = '\0';
	return json_string(clean);
}

static json_t *key_json(const struct nsw_key *k)
{
	const char *detail = "";

	if (k->kind == NSW_K_TAKER && k->detail < NSW_NR_CAUSES)
		detail = nsw_causes[k->detail];
	else if (k->kind == NSW_K_DROP && k->detail < NSW_NR_WHERES)
		detail = nsw_wheres[k->detail];
	else if (k->kind == NSW_K_GUARD && k->detail < NSW_NR_GUARD_CAUSES)
		detail = nsw_guard_causes[k->detail];
	return json_pack("{s:s, s:s, s:i, s:s, s:i, s:i, s:i, s:i, s:I, s:I, "
			 "s:i, s:o}",
			 "kind", nsw_kinds[k->kind < NSW_NR_KINDS ? k->kind : 0],
			 "what", detail, "detail", k->detail,
			 "protocol", nsw_proto_name(k->proto),
			 "protocol_number", k->proto, "family", k->family,
			 "port", k->port, "pid", k->pid,
			 "netns", (json_int_t)k->netns, "cgroup",
			 (json_int_t)k->cgroup, "stack", k->stack,
			 "comm", comm_json(k->comm));
}

static json_t *top_json(const struct nsw_top *t)
{
	json_t *o = key_json(&t->key);

	json_object_set_new(o, "socket", json_integer(t->key.sock));
	json_object_set_new(o, "count", json_integer(t->count));
	json_object_set_new(o, "amount", json_integer(t->amount));
	json_object_set_new(o, "first_ns", json_integer(t->first_ns));
	json_object_set_new(o, "last_ns", json_integer(t->last_ns));
	return o;
}

static json_t *waiter_json(const struct nsw_snapshot *s,
			   const struct nsw_waiter *w)
{
	return json_pack("{s:o, s:i, s:i, s:I, s:i, s:I, s:I}", "comm",
			 comm_json(w->comm), "pid", w->pid, "tgid", w->tgid,
			 "cgroup", (json_int_t)w->cgroup, "gfp", w->gfp,
			 "start_ns", (json_int_t)w->start_ns, "waited_ns",
			 (json_int_t)(s->mono_ns > w->start_ns ?
				      s->mono_ns - w->start_ns : 0));
}

static json_t *addr_json(const struct nsw_sock *k, const __u8 *addr)
{
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(k->family == AF_INET6 ? AF_INET6 : AF_INET, addr, text,
		  sizeof(text));
	return json_string(text);
}

static json_t *sock_json(const struct nsw_sock_info *i)
{
	const struct nsw_sock *k = &i->sock;
	json_t *o = json_pack("{s:s, s:s, s:i, s:i, s:i, s:o, s:i, s:o, s:i}",
			      "owner", i->owner, "protocol",
			      nsw_proto_name(k->proto), "protocol_number",
			      k->proto, "family", k->family, "state", k->state,
			      "local_address", addr_json(k, k->laddr),
			      "local_port", k->lport, "remote_address",
			      addr_json(k, k->raddr), "remote_port", k->rport);

	json_object_update_new(o, json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b}",
		"netns", (json_int_t)k->netns, "cgroup",
		(json_int_t)k->cgroup, "memcg", (json_int_t)k->memcg,
		"receive_queue_bytes", (json_int_t)k->rmem,
		"send_queue_bytes", (json_int_t)k->wmem, "rcvbuf_bytes",
		(json_int_t)k->rcvbuf, "sndbuf_bytes", (json_int_t)k->sndbuf,
		"retransmits", (json_int_t)k->retrans, "cookie",
		(json_int_t)k->cookie, "user_data", k->user_data));
	return o;
}

json_t *event_to_json(const struct nsw_snapshot *s, const struct nsw_event *e)
{
	json_t *o = key_json(&e->key);
	char text[160];

	event_text(e, text, sizeof(text));
	json_object_set_new(o, "event", json_string(nsw_event_names[
			    e->type < NSW_NR_EVENTS ? e->type : 0]));
	json_object_set_new(o, "sequence", json_integer(e->seq));
	json_object_set_new(o, "mono_ns", json_integer(e->ns));
	json_object_set_new(o, "wall_ms", json_integer(
			    s->wall_ms - (s->mono_ns - e->ns) / 1000000));
	json_object_set_new(o, "value", json_integer(e->value));
	json_object_set_new(o, "packets", number(e->type == NSW_EV_GUARD_OFF,
						 e->key.arg));
	json_object_set_new(o, "text", json_string(text));
	return o;
}

static json_t *hooks_json(const struct nsw_snapshot *s)
{
	json_t *o = json_object();
	int i;

	for (i = 0; i < NSW_NR_GROUPS; i++)
		json_object_set_new(o, nsw_groups[i].name,
				    json_boolean(s->group[i]));
	return o;
}

static json_t *programs_json(const struct nsw_snapshot *s)
{
	json_t *a = json_array();
	int i;

	for (i = 0; i < NSW_NR_HOOKS; i++)
		if (s->hook[i])
			json_array_append_new(a, json_string(
					      nsw_hooks[i].program));
	return a;
}

static json_t *rates_json(const struct nsw_delta *d)
{
	json_t *o = json_object();
	int i;

	for (i = 0; i < NSW_NR_COUNTERS; i++)
		json_object_set_new(o, nsw_counters[i].key,
				    nsw_counter_valid(d->now, i) ?
				    real(d->rate[i]) : json_null());
	for (i = 0; i < NSW_NR_PROCS; i++)
		if (d->proc_rate_valid[i])
			json_object_set_new(o, nsw_procs[i].name,
					    real(d->proc_rate[i]));
	return o;
}

static json_t *stack_json(const struct nsw_stack_info *info)
{
	json_t *a = json_array();
	__u32 i;

	for (i = 0; i < info->nr; i++)
		json_array_append_new(a, json_string(info->sym[i]));
	return json_pack("{s:i, s:o}", "stack", info->id, "functions", a);
}

/* The name of a file may be any bytes; json_string() wants UTF-8. */
static json_t *bytes_json(const char *name)
{
	json_t *text = json_string(name);

	return text ? text : json_string("?");
}

static json_t *cgroup_json(const struct nsw_cgroup_info *info)
{
	return json_pack("{s:I, s:o}", "cgroup", (json_int_t)info->id, "path",
			 bytes_json(info->path));
}

static json_t *guard_rule_json(const struct nsw_guard_rule *r)
{
	return json_pack("{s:i, s:s, s:s, s:I, s:I, s:I}", "line", r->line,
			 "class", r->class_name, "rule", r->text,
			 "passed", (json_int_t)r->packets[NSW_V_PASS],
			 "dropped", (json_int_t)r->packets[NSW_V_DROP],
			 "would_drop", (json_int_t)r->packets[NSW_V_WOULD]);
}

json_t *guard_rules_json(const struct nsw_snapshot *s)
{
	json_t *a = json_array();
	__u32 i;

	for (i = 0; i < s->nr_guard_rules; i++)
		json_array_append_new(a, guard_rule_json(&s->guard_rule[i]));
	return a;
}

static void lists_json(json_t *doc, const struct nsw_snapshot *s)
{
	json_t *a;
	__u32 i;

#define LIST(name, nr, call)						\
	do {								\
		a = json_array();					\
		for (i = 0; i < (nr); i++)				\
			json_array_append_new(a, call);			\
		json_object_set_new(doc, name, a);			\
	} while (0)
	LIST("zones", s->nr_zones, zone_json(&s->zone[i]));
	LIST("throttled", s->nr_waiters, waiter_json(s, &s->waiter[i]));
	LIST("top", s->nr_tops, top_json(&s->top[i]));
	LIST("sockets", s->nr_socks, sock_json(&s->sock[i]));
	LIST("stacks", s->nr_stacks, stack_json(&s->stack[i]));
	LIST("cgroups", s->nr_cgroups, cgroup_json(&s->cgroup[i]));
	json_object_set_new(doc, "guard_rules", s->nr_guard_rules ?
			    guard_rules_json(s) : json_null());
	LIST("events", s->nr_events, event_to_json(s, &s->event[i]));
#undef LIST
}

static json_t *command_json(const struct nsw_command *c)
{
	if (!c->name[0])
		return json_null();
	return json_pack("{s:o, s:o, s:o}", "name", bytes_json(c->name),
			 "ended_ns", c->ended_ns ? json_integer(c->ended_ns) :
			 json_null(), "status", c->ended_ns ?
			 json_integer(c->status) : json_null());
}

static json_t *finding_json(const struct nsw_finding_info *f)
{
	return json_pack("{s:s, s:s, s:o, s:o}", "id", f->id, "severity",
			 f->severity, "subject", bytes_json(f->subject),
			 "what", bytes_json(f->what));
}

static json_t *audit_info_json(const struct nsw_audit_info *audit)
{
	json_t *findings;
	__u32 i;

	if (!audit->valid)
		return json_null();
	findings = json_array();
	for (i = 0; i < audit->nr; i++)
		json_array_append_new(findings,
				      finding_json(&audit->finding[i]));
	return json_pack("{s:o, s:o}", "safe", audit->safe < 0 ? json_null() :
			 json_boolean(audit->safe), "findings", findings);
}

json_t *snapshot_to_json(const struct nsw_delta *d)
{
	const struct nsw_snapshot *s = d->now;
	json_t *doc = json_pack("{s:i, s:I, s:I, s:s, s:s, s:i, s:b, s:o, "
				"s:b}", "netswap", NSW_RECORD_VERSION,
				"mono_ns", (json_int_t)s->mono_ns, "wall_ms",
				(json_int_t)s->wall_ms, "host", s->host,
				"kernel", s->kernel, "page_bytes",
				s->page_size, "bpf", s->bpf, "why", s->why[0] ?
				json_string(s->why) : json_null(),
				"softirq_known", s->softirq_known);

	json_object_set_new(doc, "proc_ns", json_integer(s->proc_ns));
	json_object_set_new(doc, "tick_age_ns", json_integer(s->tick_age_ns));
	json_object_set_new(doc, "lost_events", json_integer(s->lost_events));
	json_object_set_new(doc, "more_sockets", json_integer(s->more_socks));
	json_object_set_new(doc, "command", command_json(&s->command));
	json_object_set_new(doc, "audit", audit_info_json(&s->audit));
	json_object_set_new(doc, "guard_until_ns",
			    number(s->gauge_valid[NSW_G_GUARD_MODE],
				   s->guard_until_ns));
	json_object_set_new(doc, "hooks", hooks_json(s));
	json_object_set_new(doc, "programs", programs_json(s));
	json_object_set_new(doc, "counters", counters_json(s));
	json_object_set_new(doc, "gauges", gauges_json(s));
	json_object_set_new(doc, "kernel_counters", procs_json(s));
	json_object_set_new(doc, "histograms", hists_json(s));
	lists_json(doc, s);
	if (d->valid) {
		json_object_set_new(doc, "interval_seconds", real(d->secs));
		json_object_set_new(doc, "rates", rates_json(d));
	}
	return doc;
}

static void json_snapshot(FILE *out, const struct nsw_delta *d)
{
	json_t *doc = snapshot_to_json(d);

	if (doc) {
		json_dumpf(doc, out, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
		fputc('\n', out);
	}
	json_decref(doc);
}

const struct nsw_view view_json = {
	.snapshot = json_snapshot,
};

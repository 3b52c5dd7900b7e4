// SPDX-License-Identifier: GPL-2.0
/*
 * guard_pcap.c - netswap guard test: what would become of a capture?
 *
 * Runs the guard's XDP program itself, with BPF_PROG_RUN and maps of its own.
 * What it decided is read from its counters, of which each packet moves one,
 * and that of its rule.
 *
 * libpcap is opened when it is needed: guests and small machines that only
 * drop packets should not have to carry it and all that it depends on.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <errno.h>
#include <net/if.h>
/* Its struct bpf_insn is another one. */
#define PCAP_DONT_INCLUDE_PCAP_BPF_H
#include <pcap/pcap.h>
#include <pcap/dlt.h>
#include <string.h>

#include "guard.h"
#include "log.h"

#define ETH_HLEN	14
#define FIRST_COUNTER	NSW_C_G_CACHED
#define LAST_COUNTER	NSW_C_G_WHY_POLICY

struct capture {
	void *lib;
	pcap_t *file;
	pcap_t *(*open)(const char *path, char *err);
	int (*next)(pcap_t *file, struct pcap_pkthdr **h, const u_char **data);
	int (*datalink)(pcap_t *file);
	char *(*error)(pcap_t *file);
	void (*close)(pcap_t *file);
};

static void capture_close(struct capture *c)
{
	if (c->file)
		c->close(c->file);
	if (c->lib)
		dlclose(c->lib);
}

static int capture_open(struct capture *c, const char *path)
{
	char err[PCAP_ERRBUF_SIZE] = "";

	c->lib = dlopen("libpcap.so.0.8", RTLD_NOW);
	if (!c->lib)
		return log_err(-ENOENT, "guard test: needs libpcap: "
			       "apt-get install libpcap0.8");
	*(void **)&c->open = dlsym(c->lib, "pcap_open_offline");
	*(void **)&c->next = dlsym(c->lib, "pcap_next_ex");
	*(void **)&c->datalink = dlsym(c->lib, "pcap_datalink");
	*(void **)&c->error = dlsym(c->lib, "pcap_geterr");
	*(void **)&c->close = dlsym(c->lib, "pcap_close");
	if (!c->open || !c->next || !c->datalink || !c->error || !c->close)
		return log_err(-ENOSYS, "guard test: this libpcap lacks what "
			       "is needed");
	c->file = c->open(path, err);
	if (!c->file)
		return log_err(-EINVAL, "%s: cannot read: %s", path, err);
	if (c->datalink(c->file) != DLT_EN10MB)
		return log_err(-EINVAL,
			       "%s: is not of Ethernet frames: capture "
			       "on one interface, not on 'any'",
			       path);
	return 0;
}

/* What moved when a packet went through. */
struct outcome {
	const char *why;	/* of the counter that moved */
	int rule;		/* index, or -1 */
	bool drop;
};

struct tester {
	struct guard_maps maps;
	const struct nsw_cpu *cpu;
	__u32 cpus;
	int xdp, press;
	__u64 counter[NSW_NR_COUNTERS];
	__u64 rule[NSW_GUARD_RULES + 1];
};

static __u64 rule_sum(const struct tester *t, int i)
{
	__u32 active = t->maps.guard->active & 1, cpu, v;
	__u64 sum = 0;

	for (cpu = 0; cpu < t->maps.cpus; cpu++)
		for (v = 0; v < NSW_NR_VERDICTS; v++)
			sum += t->maps.count[cpu].packets[active][i][v];
	return sum;
}

static __u64 counter_sum(const struct tester *t, int i)
{
	__u64 sum = 0;
	__u32 cpu;

	for (cpu = 0; cpu < t->cpus; cpu++)
		sum += t->cpu[cpu].counter[i];
	return sum;
}

/* What has moved since the last call. */
static void look(struct tester *t, struct outcome *o)
{
	__u64 now;
	int i;

	o->why = "?";
	o->rule = -1;
	for (i = FIRST_COUNTER; i <= LAST_COUNTER; i++) {
		now = counter_sum(t, i);
		if (now != t->counter[i] && nsw_counters[i].value[0])
			o->why = nsw_counters[i].value;
		t->counter[i] = now;
	}
	for (i = 0; i <= NSW_GUARD_RULES; i++) {
		now = rule_sum(t, i);
		if (now != t->rule[i])
			o->rule = i;
		t->rule[i] = now;
	}
}

static int run_packet(struct tester *t, const void *data, __u32 len,
		      struct outcome *o)
{
	static unsigned char out[1 << 18];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = data,
		    .data_size_in = len, .data_out = out,
		    .data_size_out = sizeof(out), .repeat = 1);

	/* The kernel runs no program on less. */
	if (len < ETH_HLEN) {
		*o = (struct outcome){ "truncated", -1, false };
		return 0;
	}
	if (hook_run(t->press, NULL, 0) ||
	    bpf_prog_test_run_opts(t->xdp, &opts))
		return log_err(-errno, "guard test: cannot run the program: %s",
			       strerror(errno));
	look(t, o);
	o->drop = opts.retval == XDP_DROP;
	return 0;
}

static void tell(const struct tester *t, unsigned int nr,
		 const struct outcome *o, FILE *out, json_t *doc)
{
	const struct nsw_policy *p =
		&t->maps.policy[t->maps.guard->active & 1];
	const char *verdict = o->drop ? "drop" : "pass";
	bool rule = o->rule >= 0, named = rule && o->rule < (int)p->nr_rules;
	const char *text = named ? p->text[o->rule] : rule ? "default" : "";

	if (out)
		fprintf(out, "%6u  %s  %-10s  %s\n", nr, verdict, o->why, text);
	else
		json_array_append_new(doc, json_pack(
			"{s:i, s:s, s:s, s:o, s:o}", "packet", nr, "verdict",
			verdict, "why", o->why, "rule", rule ?
			json_string(text) : json_null(), "line", named ?
			json_integer(p->rule[o->rule].line) : json_null()));
}

static int run_all(struct tester *t, struct capture *c, const char *path,
		   FILE *out, json_t *doc)
{
	struct pcap_pkthdr *h;
	const u_char *data;
	struct outcome o;
	unsigned int nr;
	int err = 0, got;

	look(t, &o);
	for (nr = 1; (got = c->next(c->file, &h, &data)) == 1; nr++) {
		err = run_packet(t, data, h->caplen, &o);
		if (err)
			return err;
		tell(t, nr, &o, out, doc);
	}
	return got == PCAP_ERROR_BREAK ? 0 :
	       log_err(-EINVAL, "%s: cannot read packet %u: %s", path, nr,
		       c->error(c->file));
}

static int prepare(struct tester *t, struct bpf_object *obj, struct policy *p)
{
	int err = guard_map(obj, &t->maps);

	if (err)
		return err;
	t->cpu = guard_map_one(obj, "nsw_cpus", &t->cpus);
	if (!t->cpu)
		return log_err(-ENOMEM, "guard test: cannot map nsw_cpus");
	/* As long as may be: the slowest machine shall see no end of it. */
	p->lease_ns = NSW_GUARD_LEASE_MAX_NS;
	p->causes = 1 << NSW_GUARD_MANUAL;
	guard_set_policy(&t->maps, p);
	guard_set_mode(&t->maps, NSW_GUARD_ENFORCE, 0);
	t->xdp = bpf_program__fd(bpf_object__find_program_by_name(obj,
				nsw_hooks[NSW_HOOK_GUARD_XDP].program));
	t->press = bpf_program__fd(bpf_object__find_program_by_name(obj,
				nsw_hooks[NSW_HOOK_GUARD_PRESS].program));
	return 0;
}

/*
 * BPF_PROG_RUN has all frames come in at lo.  So a rule for @dev is made one
 * for any interface, and one for another is made to fit none.
 */
static int came_in_at(struct nsw_policy *p, const char *dev)
{
	unsigned int ifindex = dev ? if_nametoindex(dev) : 0;
	bool asked = false;
	__u32 i;

	if (dev && !ifindex)
		return log_err(-ENODEV, "--dev: '%s': there is no such "
			       "interface: see 'ip link'", dev);
	for (i = 0; i < p->nr_rules; i++) {
		struct nsw_rule *r = &p->rule[i];

		if (!r->mask.ifindex)
			continue;
		asked = true;
		if (dev && r->want.ifindex == ifindex)
			r->mask.ifindex = r->want.ifindex = 0;
		else
			r->want.ifindex = ~0u;
	}
	if (asked && !dev)
		log_warn("guard test: a capture does not tell its interface, "
			 "so rules with dev fit nothing: say --dev");
	return 0;
}

int guard_pcap(const char *path, const char *policy, const char *dev,
	       FILE *out, json_t *doc)
{
	struct bpf_object *obj = NULL;
	struct capture c = {};
	static struct tester t;
	struct policy p;
	int err;

	if (policy && !strcmp(policy, "-") && !strcmp(path, "-"))
		err = log_err(-EINVAL, "guard: '-' is standard input, which "
			      "can't be policy and capture: give a name");
	else
		err = policy_read(&p, policy);
	if (!err)
		err = came_in_at(&p.rules, dev);
	if (!err)
		err = capture_open(&c, path);
	if (!err) {
		obj = guard_open(true);
		err = obj ? prepare(&t, obj, &p) : -EINVAL;
	}
	if (!err)
		err = run_all(&t, &c, path, out, doc);
	bpf_object__close(obj);
	capture_close(&c);
	return err;
}

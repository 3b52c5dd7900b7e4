// SPDX-License-Identifier: GPL-2.0
/*
 * policy.c - the guard's policy file.
 *
 * One statement per line, words apart by blanks, '#' begins a comment.  The
 * first word is looked up in the table of statements.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "metric.h"
#include "policy_line.h"
#include "util.h"

#define MAX_FILE	(1 << 20)
#define NSEC		1000000000ull

const char policy_default[] =
	"# Pressure: free pages of a node, as a share of its min watermarks.\n"
	"enter 110%\n"
	"leave 150%\n"
	"lease 200ms\n"
	"\n"
	"# Someone must be able to log in.\n"
	"budget interactive packets 500/s bytes 256k/s\n"
	"limit interactive proto tcp port 22\n"
	"default drop\n";

int line_bad(const struct policy_line *l, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return log_err(-EINVAL, "%s:%u: %s", l->file, l->nr, text);
}

static const struct line_ending time_endings[] = {
	{ "ms", NSEC / 1000 }, { "s", NSEC }, {}
};
static const struct line_ending rate_endings[] = {
	{ "/s", 1 }, { "k/s", 1000 }, { "M/s", 1000000 }, { "G/s", NSEC }, {}
};
static const struct line_ending percent_endings[] = { { "%", 1 }, {} };
const struct line_ending line_plain[] = { { "", 1 }, {} };

bool line_number(const char *word, const struct line_ending *e, __u64 min,
		 __u64 max, __u64 *to)
{
	char *end;

	if (*word < '0' || *word > '9')
		return false;
	errno = 0;
	*to = strtoull(word, &end, 10);
	for (; !errno && e->text; e++) {
		if (strcmp(end, e->text))
			continue;
		if (*to > max / e->factor)
			return false;
		*to *= e->factor;
		return *to >= min;
	}
	return false;
}

static int set_percent(struct policy_line *l, __u32 *to)
{
	__u64 n;

	if (l->words != 2 ||
	    !line_number(l->word[1], percent_endings, 1, 1000000, &n))
		return line_bad(l, "%s: give a share from 1%% to 1000000%%",
				l->word[0]);
	*to = n;
	l->shares = l->nr;
	return 0;
}

static int do_enter(struct policy_line *l, struct policy *p)
{
	return set_percent(l, &p->enter_percent);
}

static int do_leave(struct policy_line *l, struct policy *p)
{
	return set_percent(l, &p->leave_percent);
}

static int do_lease(struct policy_line *l, struct policy *p)
{
	if (l->words != 2 || !line_number(l->word[1], time_endings, NSEC / 100,
					  NSW_GUARD_LEASE_MAX_NS, &p->lease_ns))
		return line_bad(l, "lease: give a time from 10ms to 10s");
	return 0;
}

static int do_on(struct policy_line *l, struct policy *p)
{
	int w, c;

	p->causes = 0;
	for (w = 1; w < l->words; w++) {
		for (c = 0; c < NSW_GUARD_MANUAL; c++)
			if (!strcmp(l->word[w], nsw_guard_causes[c]))
				break;
		if (c == NSW_GUARD_MANUAL)
			return line_bad(l, "on: '%s' is no cause of pressure: "
					"level, reserve or throttle",
					l->word[w]);
		p->causes |= 1ull << c;
	}
	return l->words > 1 ? 0 :
	       line_bad(l, "on: name what is pressure: level, reserve, "
			"throttle");
}

/* Class of this name, or -1. */
static int class_find(const struct policy *p, const char *name)
{
	int c;

	for (c = NSW_CLASS_BUDGET; c < NSW_GUARD_CLASSES; c++)
		if (p->rules.class[c].name[0] &&
		    !strcmp(p->rules.class[c].name, name))
			return c;
	return -1;
}

static bool good_name(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	return len && !name[len] && len < NSW_GUARD_NAME;
}

static int do_budget(struct policy_line *l, struct policy *p)
{
	struct nsw_class *c = NULL;
	__u64 n;
	int i;

	if (l->words < 2 || !good_name(l->word[1]))
		return line_bad(l,
				"budget: give it a name of at most %d of a-z, "
				"0-9, '_' and '-'",
				NSW_GUARD_NAME - 1);
	if (class_find(p, l->word[1]) >= 0)
		return line_bad(l, "budget: there is a budget '%s' already",
				l->word[1]);
	for (i = NSW_CLASS_BUDGET; i < NSW_GUARD_CLASSES && !c; i++)
		if (!p->rules.class[i].name[0])
			c = &p->rules.class[i];
	if (!c)
		return line_bad(l, "budget: there can be only %d",
				NSW_GUARD_CLASSES - NSW_CLASS_BUDGET);
	str_copy(c->name, l->word[1], sizeof(c->name));
	c->burst_ns = NSEC;
	for (i = 2; i + 1 < l->words; i += 2) {
		const char *what = l->word[i], *value = l->word[i + 1];

		if (!strcmp(what, "packets") &&
		    line_number(value, rate_endings, 1, NSEC, &n))
			c->packet_ns = NSEC / n;
		else if (!strcmp(what, "bytes") &&
			 line_number(value, rate_endings, 1, 1000 * NSEC, &n))
			c->byte_ns = (NSEC << 16) / n;
		else if (!strcmp(what, "burst") &&
			 line_number(value, time_endings, NSEC / 50, 60 * NSEC,
				     &n))
			c->burst_ns = n;
		else
			break;
	}
	if (i < l->words)
		return line_bad(l, "budget: '%s': packets N/s, bytes N/s (also "
				"k/s, M/s, G/s), burst 20ms to 60s",
				l->word[i]);
	if (!c->packet_ns && !c->byte_ns)
		return line_bad(l, "budget %s: give packets N/s or bytes N/s",
				c->name);
	return 0;
}

static int do_netns(struct policy_line *l, struct policy *p)
{
	__u64 n;
	int w;

	for (w = 1; w < l->words; w++) {
		if (p->rules.nr_netns == NSW_GUARD_NETNS)
			return line_bad(l, "netns: there can be only %d",
					NSW_GUARD_NETNS);
		if (!line_number(l->word[w], line_plain, 0, 0x7fffffff, &n))
			return line_bad(l, "netns: '%s' is no id: see 'ip "
					"netns list-id'", l->word[w]);
		p->rules.netns[p->rules.nr_netns++] = n;
	}
	return l->words > 1 ? 0 : line_bad(l, "netns: give an id");
}

static int add_rule(struct policy_line *l, struct policy *p, __u32 class, int w)
{
	struct nsw_rule *r = &p->rules.rule[p->rules.nr_rules];
	int err;

	if (p->rules.nr_rules == NSW_GUARD_RULES)
		return line_bad(l, "there can be only %d rules",
				NSW_GUARD_RULES);
	if (w == l->words)
		return line_bad(l, "%s: what for?  For all packets: default %s",
				l->word[0], l->word[w - 1]);
	r->class = class;
	r->line = l->nr;
	err = line_match(l, r, w);
	if (err)
		return err;
	if (r->cgroup)
		p->rules.by_cgroup = 1;
	str_copy(p->rules.text[p->rules.nr_rules++], l->text, NSW_GUARD_TEXT);
	return 0;
}

static int do_allow(struct policy_line *l, struct policy *p)
{
	return add_rule(l, p, NSW_CLASS_ALLOW, 1);
}

static int do_drop(struct policy_line *l, struct policy *p)
{
	return add_rule(l, p, NSW_CLASS_DROP, 1);
}

static int no_budget(struct policy_line *l)
{
	return line_bad(l, "%s: '%s' is no budget: 'budget %s ...' must come "
			"before", l->word[0], l->word[1], l->word[1]);
}

static int do_limit(struct policy_line *l, struct policy *p)
{
	int class = l->words > 1 ? class_find(p, l->word[1]) : -1;

	if (l->words < 2)
		return line_bad(l, "limit: name a budget");
	return class < 0 ? no_budget(l) : add_rule(l, p, class, 2);
}

static int do_default(struct policy_line *l, struct policy *p)
{
	int class;

	if (l->words != 2)
		return line_bad(l, "default: drop, allow, or the name of a "
				"budget");
	class = !strcmp(l->word[1], "drop") ? NSW_CLASS_DROP :
		!strcmp(l->word[1], "allow") ? NSW_CLASS_ALLOW :
		class_find(p, l->word[1]);
	if (class < 0)
		return no_budget(l);
	p->rules.default_class = class;
	return 0;
}

const struct policy_statement policy_statements[] = {
	{ "enter", "PERCENT%", "Pressure begins when the free pages of a node "
	  "fall below this share of its min watermarks; 110%, if not given.",
	  true, do_enter },
	{ "leave", "PERCENT%", "And it goes on while they are below this "
	  "share, which must not be less; 150%, if not given.",
	  true, do_leave },
	{ "lease", "TIME", "How long the pressure lasts after the last event: "
	  "10ms to 10s; 200ms, if not given.", true, do_lease },
	{ "on", "CAUSE...", "What is an event: level (the shares above), "
	  "reserve (a page was taken from below the min watermark), throttle "
	  "(a task was put to sleep).  All, if not given.", true, do_on },
	{ "netns", "ID...", "Sockets are also looked up in these network "
	  "namespaces, where packets are for containers, say; at most four.  "
	  "The ids are those that 'ip netns list-id' shows in the namespace of "
	  "the interface.", false, do_netns },
	{ "budget", "NAME [packets N/s] [bytes N/s] [burst TIME]",
	  "A budget, shared by all rules that name it and by all CPUs.  N "
	  "may end in k, M or G.  burst is how much of it may be used at "
	  "once, 20ms to 60s; 1s, if not given.", false, do_budget },
	{ "allow", "MATCH...", "A rule: what fits passes.", false, do_allow },
	{ "limit", "NAME MATCH...", "A rule: what fits passes within the "
	  "budget NAME, and is dropped beyond it.", false, do_limit },
	{ "drop", "MATCH...", "A rule: what fits is dropped.", false,
	  do_drop },
	{ "default", "drop|allow|NAME", "What is done where no rule fits; "
	  "drop, if not given.", true, do_default },
	{}
};

static int run_line(struct policy_line *l, struct policy *p)
{
	const struct policy_statement *s = policy_statements;
	unsigned long bit;

	while (s->name && strcmp(l->word[0], s->name))
		s++;
	if (!s->name)
		return line_bad(l, "'%s' is no statement: see "
				"netswap-guard-policy(5)", l->word[0]);
	bit = 1ul << (s - policy_statements);
	if (s->once && l->seen & bit)
		return line_bad(l, "%s is there twice", l->word[0]);
	l->seen |= bit;
	return s->run(l, p);
}

/* Split @text in place, and remember it whole without comment and blanks. */
static int split(struct policy_line *l, char *text, char *whole, size_t size)
{
	char *save = NULL, *word;
	size_t len;

	text[strcspn(text, "#\r")] = '\0';
	text += strspn(text, " \t");
	len = strlen(text);
	while (len && strchr(" \t", text[len - 1]))
		len--;
	text[len] = '\0';
	snprintf(whole, size, "%s", text);
	l->text = whole;
	l->words = 0;
	/* It is shown, by JSON too. */
	for (; len; len--)
		if ((text[len - 1] < ' ' && text[len - 1] != '\t') ||
		    text[len - 1] > '~')
			return line_bad(l, "has a byte that is no printable "
					"ASCII");
	for (word = strtok_r(text, " \t", &save); word;
	     word = strtok_r(NULL, " \t", &save)) {
		if (l->words == POLICY_WORDS)
			return line_bad(l, "more than %d words", POLICY_WORDS);
		l->word[l->words++] = word;
	}
	return 0;
}

static int parse_lines(struct policy *p, struct policy_line *l, char *copy)
{
	char whole[NSW_GUARD_TEXT], *at;
	int err = 0;

	while (!err && (at = strsep(&copy, "\n"))) {
		l->nr++;
		err = split(l, at, whole, sizeof(whole));
		if (!err && l->words)
			err = run_line(l, p);
	}
	if (err || p->leave_percent >= p->enter_percent)
		return err;
	l->nr = l->shares;
	return line_bad(l, "leave (%u%%) is below enter (%u%%): pressure would "
			"end before it begins", p->leave_percent,
			p->enter_percent);
}

int policy_parse(struct policy *p, const char *name, const char *text)
{
	struct policy_line l = { .file = name };
	char *copy = strdup(text);
	int err;

	memset(p, 0, sizeof(*p));
	p->enter_percent = 110;
	p->leave_percent = 150;
	p->lease_ns = 200 * (NSEC / 1000);
	p->causes = (1 << NSW_GUARD_MANUAL) - 1;
	if (!copy)
		return log_err(-ENOMEM, "%s: out of memory", name);
	err = parse_lines(p, &l, copy);
	free(copy);
	/* A drill is always possible. */
	p->causes |= 1 << NSW_GUARD_MANUAL;
	return err;
}

int policy_read(struct policy *p, const char *path)
{
	char *text;
	size_t len;
	FILE *in;
	int err;

	if (!path)
		return policy_parse(p, "built-in policy", policy_default);
	in = input_open(path);
	path = input_name(path);
	text = in ? malloc(MAX_FILE + 1) : NULL;
	if (!text) {
		err = log_err(-errno, "%s: cannot open: %s", path,
			      strerror(errno));
		goto out_close;
	}
	len = fread(text, 1, MAX_FILE + 1, in);
	if (ferror(in)) {
		err = log_err(-EIO, "%s: cannot read: %s", path,
			      strerror(errno));
	} else if (len > MAX_FILE || memchr(text, '\0', len)) {
		err = log_err(-EINVAL, "%s: is no policy: %s", path,
			      len > MAX_FILE ? "larger than 1 MiB" :
			      "has bytes that are 0");
	} else {
		text[len] = '\0';
		err = policy_parse(p, path, text);
	}
	free(text);
out_close:
	if (in)
		fclose(in);
	return err;
}

const char *policy_class_name(const struct nsw_policy *rules, __u32 class)
{
	if (class == NSW_CLASS_DROP)
		return "drop";
	if (class == NSW_CLASS_ALLOW)
		return "allow";
	return class < NSW_GUARD_CLASSES ? rules->class[class].name : "?";
}

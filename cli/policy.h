/* SPDX-License-Identifier: GPL-2.0 */
/*
 * policy.h - the guard's policy: from text to what the programs read.
 */
#ifndef NETSWAP_POLICY_H
#define NETSWAP_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <netswap/guard.h>

/**
 * struct policy - a policy file, as the maps want it
 * @rules: for map nsw_g_policy
 * @lease_ns, @enter_percent, @leave_percent, @causes: as in struct nsw_guard
 */
struct policy {
	struct nsw_policy rules;
	__u64 lease_ns;
	__u32 enter_percent;
	__u32 leave_percent;
	__u64 causes;
};

struct policy_line;

/**
 * struct policy_statement - one kind of line
 * @args: as the manual page shows them
 * @once: it may come only once
 * @run: takes it into the policy; 0, or -EINVAL, reported
 */
struct policy_statement {
	const char *name;
	const char *args;
	const char *help;
	bool once;
	int (*run)(struct policy_line *l, struct policy *p);
};

/** struct policy_part - one word of what a rule is for, and its value. */
struct policy_part {
	const char *name;
	const char *arg;
	const char *help;
	int (*set)(struct policy_line *l, struct nsw_rule *r,
		   const char *value);
};

/** policy_parts - every word of a match; ends with a NULL name. */
extern const struct policy_part policy_parts[];

/** policy_statements - every statement; ends with a NULL name. */
extern const struct policy_statement policy_statements[];

/** policy_default - the text that is in force when no file is given. */
extern const char policy_default[];

/**
 * policy_parse() - check a policy as a whole
 * @p: result; undefined on error
 * @name: what messages call it
 * @text: its text; need not end in a newline
 *
 * Looks up interfaces and cgroups, changes nothing.  Return: 0, or -EINVAL,
 * reported with the line's number.
 */
int policy_parse(struct policy *p, const char *name, const char *text);

/**
 * policy_read() - policy_parse() of a file
 * @path: file; NULL for policy_default
 *
 * Return: 0 or a negative errno, reported.
 */
int policy_read(struct policy *p, const char *path);

/**
 * policy_class_name() - what a class is called
 * @rules: policy that it belongs to
 * @class: of one of its rules
 */
const char *policy_class_name(const struct nsw_policy *rules, __u32 class);

#endif /* NETSWAP_POLICY_H */

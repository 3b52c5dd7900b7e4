/* SPDX-License-Identifier: GPL-2.0 */
/*
 * policy_line.h - between policy.c, which reads statements, and policy_rule.c,
 * which reads what a rule is for.
 */
#ifndef NETSWAP_POLICY_LINE_H
#define NETSWAP_POLICY_LINE_H

#include "policy.h"

#define POLICY_WORDS	32

/**
 * struct policy_line - the line being read
 * @text: without comment and outer blanks
 * @seen: bit set of the statements so far
 * @shares: the last line of enter and leave
 */
struct policy_line {
	const char *file;
	unsigned int nr;
	int words;
	char *word[POLICY_WORDS];
	const char *text;
	unsigned long seen;
	unsigned int shares;
};

/** line_bad() - report what is wrong with a line; returns -EINVAL. */
int line_bad(const struct policy_line *l, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** struct line_ending - what a number may end in, and multiplies it. */
struct line_ending {
	const char *text;
	__u64 factor;
};

/** line_plain - a number and nothing else. */
extern const struct line_ending line_plain[];

/**
 * line_number() - read a number
 * @e: how it may end; the last has a NULL text
 * @min, @max: bounds, multiplied
 * @to: result
 *
 * Return: false if @word is no such number.
 */
bool line_number(const char *word, const struct line_ending *e, __u64 min,
		   __u64 max, __u64 *to);

/**
 * line_match() - read what a rule is for
 * @w: the first word of it
 *
 * Return: 0 or -EINVAL, reported.
 */
int line_match(struct policy_line *l, struct nsw_rule *r, int w);

#endif /* NETSWAP_POLICY_LINE_H */

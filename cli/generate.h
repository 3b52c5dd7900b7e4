/* SPDX-License-Identifier: GPL-2.0 */
/*
 * generate.h - documents that come from the tables.
 */
#ifndef NETSWAP_GENERATE_H
#define NETSWAP_GENERATE_H

struct nsw_cmd;

/** nsw_cmds - all commands, NULL at the end. */
extern const struct nsw_cmd *const nsw_cmds[];

/**
 * generate() - `netswap generate metrics|hooks|completion|man COMMAND`
 *
 * Prints a document to stdout.  `make docs` writes docs/metrics.md,
 * docs/hooks.md, docs/man/ and the bash completion with it, and a test fails
 * when they are stale.  Returns an exit code.
 */
int generate(int argc, char **argv);

#endif /* NETSWAP_GENERATE_H */

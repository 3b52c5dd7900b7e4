/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cmd.h - a command is one cmd_NAME.c with a const struct nsw_cmd, and one
 * line in the table of cmd.c.
 */
#ifndef NETSWAP_CMD_H
#define NETSWAP_CMD_H

#include <limits.h>
#include <stdbool.h>

/* Exit codes; only 'record -- COMMAND' has others: the command's. */
enum nsw_exit {
	NSW_EXIT_OK,
	NSW_EXIT_FAILED,
	NSW_EXIT_USAGE,
	NSW_EXIT_DEGRADED,	/* done, but some hook or number is missing */
};

/* Value types of options. */
enum nsw_opt_type {
	NSW_OPT_FLAG,		/* bool */
	NSW_OPT_STRING,		/* const char * */
	NSW_OPT_SECS,		/* double, seconds, > 0 */
	NSW_OPT_COUNT,		/* unsigned long, >= 1 */
	NSW_OPT_LIST,		/* struct nsw_list: may be given repeatedly */
	NSW_OPT_SPLIT,		/* struct nsw_split: a positional argument */
};

/** struct nsw_list - the values of an NSW_OPT_LIST, in their order */
struct nsw_list {
	const char *item[64];
	int nr;
};

/**
 * struct nsw_split - where an option stands between positional arguments
 * @at: how many are before it; its own value is the next one
 * @nr: how often it was given; @at is of the first
 */
struct nsw_split {
	int at;
	int nr;
};

/**
 * struct nsw_opt - one option of a command
 * @key: short letter, or a number above 255 for none
 * @name: long name; NULL ends the table
 * @arg: argument's name in the help, NULL for a flag
 * @to: where the value goes, by @type
 * @help: one line; also the completion's and the man page's text
 */
struct nsw_opt {
	int key;
	const char *name;
	const char *arg;
	enum nsw_opt_type type;
	void *to;
	const char *help;
};

#define NSW_ANY_ARGS	INT_MAX

/**
 * struct nsw_cmd - a command as data
 * @args: positional arguments as help shows them, "" for none
 * @max_args: how many it takes at most, NSW_ANY_ARGS for no limit
 * @json: accepts --json
 * @run: does it; @argv holds only the positional arguments, and NULL at the
 *	end.  Returns enum nsw_exit
 */
struct nsw_cmd {
	const char *name;
	const char *summary;
	const char *args;
	const char *doc;
	const struct nsw_opt *options;
	int max_args;
	bool json;
	int (*run)(int argc, char **argv);
};

/** nsw_json - --json was given: stdout is one valid JSON document. */
extern bool nsw_json;

/** cmd_main() - parse options of @cmd and run it. Returns an exit code. */
int cmd_main(const struct nsw_cmd *cmd, int argc, char **argv);

extern const struct nsw_cmd cmd_probe, cmd_load, cmd_attach, cmd_unload,
	cmd_status, cmd_show, cmd_events, cmd_record, cmd_gate, cmd_report,
	cmd_audit, cmd_guard, cmd_export, cmd_top;

#endif /* NETSWAP_CMD_H */

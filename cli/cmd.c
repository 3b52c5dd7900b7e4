// SPDX-License-Identifier: GPL-2.0
/*
 * cmd.c - the table of commands, and the options of one, by argp.
 */
#include <argp.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "generate.h"
#include "log.h"
#include "util.h"

#define MAX_OPTIONS	16
#define KEY_JSON	0x7f01

bool nsw_json;

const struct nsw_cmd *const nsw_cmds[] = {
	&cmd_probe, &cmd_load, &cmd_attach, &cmd_unload, &cmd_status,
	&cmd_show, &cmd_events, &cmd_record, &cmd_gate, &cmd_report,
	&cmd_audit, &cmd_guard, &cmd_export, &cmd_top,
	NULL
};

struct parse {
	const struct nsw_cmd *cmd;
	char **args;
	int nr_args;
};

static const struct nsw_opt *opt_by_key(const struct nsw_cmd *cmd, int key)
{
	const struct nsw_opt *o;

	for (o = cmd->options; o && o->name; o++)
		if (o->key == key)
			return o;
	return NULL;
}

static error_t set_value(const struct nsw_opt *o, char *arg,
			 struct argp_state *state)
{
	struct parse *p = state->input;
	struct nsw_split *split;
	struct nsw_list *list;
	char *end;
	double secs;
	long n;

	switch (o->type) {
	case NSW_OPT_FLAG:
		*(bool *)o->to = true;
		return 0;
	case NSW_OPT_STRING:
		*(const char **)o->to = arg;
		return 0;
	case NSW_OPT_SECS:
		secs = strtod(arg, &end);
		if (end == arg || *end || !isfinite(secs) || secs < 0.01 ||
		    secs > 86400)
			argp_error(state, "--%s: '%s' is not a number of "
				   "seconds from 0.01 to 86400", o->name, arg);
		*(double *)o->to = secs;
		return 0;
	case NSW_OPT_COUNT:
		errno = 0;
		n = strtol(arg, &end, 10);
		if (end == arg || *end || errno || n < 1)
			argp_error(state, "--%s: '%s' is not a number from 1",
				   o->name, arg);
		*(unsigned long *)o->to = n;
		return 0;
	case NSW_OPT_LIST:
		list = o->to;
		if (list->nr == ARRAY_SIZE(list->item))
			argp_error(state, "--%s: at most %d times", o->name,
				   list->nr);
		list->item[list->nr++] = arg;
		return 0;
	case NSW_OPT_SPLIT:
		split = o->to;
		if (!split->nr++)
			split->at = p->nr_args;
		p->args[p->nr_args++] = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_one(int key, char *arg, struct argp_state *state)
{
	struct parse *p = state->input;
	const struct nsw_opt *o;

	switch (key) {
	case KEY_JSON:
		nsw_json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (p->nr_args >= p->cmd->max_args)
			argp_error(state, "'%s': too many arguments", arg);
		p->args[p->nr_args++] = arg;
		return 0;
	}
	o = opt_by_key(p->cmd, key);
	return o ? set_value(o, arg, state) : ARGP_ERR_UNKNOWN;
}

static void fill_options(const struct nsw_cmd *cmd, struct argp_option *to)
{
	const struct nsw_opt *o;

	for (o = cmd->options; o && o->name; o++, to++) {
		to->name = o->name;
		to->key = o->key;
		to->arg = o->arg;
		to->doc = o->help;
	}
	if (cmd->json) {
		to->name = "json";
		to->key = KEY_JSON;
		to->doc = "Print one JSON document";
	}
}

static bool parsing;

/* argp leaves by itself when an option is wrong: stdout must be JSON still. */
static void end_usage(int code, void *wants_json)
{
	if (parsing && code == NSW_EXIT_USAGE && wants_json)
		puts("{\"error\": \"usage: see standard error\"}");
}

static bool wants_json(const struct nsw_cmd *cmd, int argc, char **argv)
{
	const struct nsw_opt *o;
	bool known = cmd->json;
	int i;

	for (o = cmd->options; o && o->name; o++)
		known |= !strcmp(o->name, "json");
	for (i = 1; known && i < argc; i++)
		if (!strcmp(argv[i], "--json"))
			return true;
	return false;
}

int cmd_main(const struct nsw_cmd *cmd, int argc, char **argv)
{
	struct argp_option options[MAX_OPTIONS] = {};
	char name[64], doc[2048], *args[argc + 1];
	struct parse p = { .cmd = cmd, .args = args };
	struct argp argp = {
		.options = options,
		.parser = parse_one,
		.args_doc = cmd->args,
		.doc = doc,
	};

	snprintf(doc, sizeof(doc), "%s\v%s", cmd->summary, cmd->doc);
	snprintf(name, sizeof(name), "netswap %s", cmd->name);
	fill_options(cmd, options);
	argv[0] = name;
	argp_err_exit_status = NSW_EXIT_USAGE;
	parsing = true;
	on_exit(end_usage, wants_json(cmd, argc, argv) ? &nsw_json : NULL);
	/* In order: an NSW_OPT_SPLIT wants to know what is before it. */
	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &p))
		return NSW_EXIT_USAGE;
	parsing = false;
	args[p.nr_args] = NULL;
	return cmd->run(p.nr_args, args);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * main.c - find the command and run it.
 */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf.h"
#include "cmd.h"
#include "generate.h"
#include "log.h"

#ifndef NSW_VERSION
#define NSW_VERSION "unknown"
#endif

static void usage(FILE *out)
{
	const struct nsw_cmd *const *c;

	fputs("Usage: netswap COMMAND [OPTION...]\n"
	      "See the memory reserve that swapping over the network lives "
	      "on.\n\n", out);
	for (c = nsw_cmds; *c; c++)
		fprintf(out, "  %-8s %s\n", (*c)->name, (*c)->summary);
	fputs("\n'netswap COMMAND --help' and 'man netswap-COMMAND' tell more.\n"
	      "Exit codes: 0 done, 1 failed, 2 usage, 3 degraded.\n", out);
}

static const struct nsw_cmd *find(const char *name)
{
	const struct nsw_cmd *const *c;

	for (c = nsw_cmds; *c; c++)
		if (!strcmp((*c)->name, name))
			return *c;
	return NULL;
}

static const struct nsw_cmd *command_of(int *argc, char ***argv)
{
	const char *self = strrchr((*argv)[0], '/');

	self = self ? self + 1 : (*argv)[0];
	if (!strcmp(self, "netswap-top"))
		return &cmd_top;
	if (*argc < 2)
		return NULL;
	(*argc)--;
	(*argv)++;
	return find((*argv)[0]);
}

static int finish(int code)
{
	/* A full disk or a closed pipe must not look like success. */
	if (fflush(stdout) || ferror(stdout)) {
		log_err(0, "standard output: cannot write: %s",
			strerror(errno));
		return NSW_EXIT_FAILED;
	}
	return code;
}

int main(int argc, char **argv)
{
	const struct nsw_cmd *cmd;

	setlocale(LC_ALL, "");
	/* Numbers are written with a point, whatever the language. */
	setlocale(LC_NUMERIC, "C");
	signal(SIGPIPE, SIG_IGN);
	bpf_quiet(!getenv("NETSWAP_DEBUG"));
	cmd = command_of(&argc, &argv);
	if (cmd)
		return finish(cmd_main(cmd, argc, argv));
	if (!strcmp(argv[0], "--help") || !strcmp(argv[0], "-h") ||
	    !strcmp(argv[0], "help")) {
		usage(stdout);
		return finish(NSW_EXIT_OK);
	}
	if (!strcmp(argv[0], "--version")) {
		puts("netswap " NSW_VERSION);
		return finish(NSW_EXIT_OK);
	}
	if (!strcmp(argv[0], "generate"))
		return finish(generate(argc, argv));
	if (argc > 0 && argv[0][0] && !strchr(argv[0], '/'))
		log_err(0, "unknown command '%s': see 'netswap --help'",
			argv[0]);
	else
		usage(stderr);
	return NSW_EXIT_USAGE;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_audit.c - netswap audit: is this machine's network swap path safe?
 */
#include <errno.h>
#include <stdlib.h>

#include "audit.h"
#include "cmd.h"
#include "collect.h"
#include "json.h"
#include "log.h"
#include "snapshot.h"

static const char *root = "";

static int verdict(const struct audit_report *r)
{
	int safe = audit_safe(r);

	if (safe < 0)
		return NSW_EXIT_DEGRADED;
	return safe ? NSW_EXIT_OK : NSW_EXIT_FAILED;
}

static int judge(const struct audit_input *in)
{
	struct audit_report r;
	int ret;

	if (audit_judge(&r, in, NULL)) {
		log_err(-ENOMEM, "audit: out of memory");
		ret = json_fail();
	} else if (nsw_json) {
		ret = json_end(audit_json(&r), verdict(&r));
	} else {
		audit_print_text(&r, stdout);
		ret = verdict(&r);
	}
	audit_free(&r);
	return ret;
}

static int run(int argc, char **argv)
{
	struct nsw_snapshot *snap = calloc(1, sizeof(*snap));
	struct audit_input *in = calloc(1, sizeof(*in));
	int ret;

	(void)argc;
	(void)argv;
	if (!snap || !in)
		log_err(-ENOMEM, "audit: out of memory");
	else if (!root[0])
		source_once(snap);
	if (snap && in && !audit_collect(in, root, root[0] ? NULL : snap))
		ret = judge(in);
	else
		ret = json_fail();
	free(in);
	free(snap);
	return ret;
}

static const struct nsw_opt options[] = {
	{ 256, "root", "DIR", NSW_OPT_STRING, &root,
	  "read /proc and /sys below DIR instead, for a copy taken from "
	  "another machine" },
	{ 0, NULL, NULL, NSW_OPT_FLAG, NULL, NULL }
};

const struct nsw_cmd cmd_audit = {
	.name = "audit",
	.summary = "is this machine's network swap path safe?",
	.args = "",
	.doc = "Follows every active swap area from the area to the socket, "
	       "says of each hop whether it is protected against lack of "
	       "memory, and lists what is wrong, why it matters and what to "
	       "do.  Reads /proc and /sys; which sockets are memalloc is "
	       "only known while netswap's programs are loaded.\n"
	       "\n"
	       "Exit status: 0 safe, or no swap leads over a network; 1 not "
	       "safe, or the audit could not run; 3 something that matters "
	       "could not be determined.",
	.options = options,
	.max_args = 0,
	.json = true,
	.run = run,
};

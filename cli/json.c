// SPDX-License-Identifier: GPL-2.0
/*
 * json.c - the ends of a command that prints JSON.
 */
#include "cmd.h"
#include "json.h"
#include "log.h"

int json_end(json_t *doc, int code)
{
	int err;

	if (!doc)
		return log_err(NSW_EXIT_FAILED, "JSON: out of memory");
	err = json_dumpf(doc, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	json_decref(doc);
	return err || putchar('\n') == EOF ? NSW_EXIT_FAILED : code;
}

int json_fail(void)
{
	if (nsw_json)
		json_end(json_pack("{s:s}", "error", log_last()), 0);
	return NSW_EXIT_FAILED;
}

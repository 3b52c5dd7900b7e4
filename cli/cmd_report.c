// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_report.c - netswap report: recordings as something to read.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "log.h"
#include "report.h"
#include "util.h"

static const char *output, *format = "html";
static struct nsw_list compare;

static const struct {
	const char *name;
	void (*write)(FILE *out, const struct report *r);
} formats[] = {
	{ "html", report_html }, { "md", report_md }, { "svg", report_svg },
};

static int write_report(const struct report *r, int how)
{
	FILE *out = output && strcmp(output, "-") ? fopen(output, "we") :
						    stdout;
	int err = out ? 0 : errno;

	if (!err) {
		formats[how].write(out, r);
		err = fflush(out) || ferror(out) ? errno : 0;
		if (out != stdout)
			fclose(out);
	}
	return err ? log_err(NSW_EXIT_FAILED, "%s: cannot write: %s",
			     output ? output : "standard output",
			     strerror(err)) : NSW_EXIT_OK;
}

static int run_report(int argc, char **argv)
{
	struct report *report;
	size_t how = 0;
	int code;

	while (how < ARRAY_SIZE(formats) && strcmp(format, formats[how].name))
		how++;
	if (how == ARRAY_SIZE(formats))
		return log_err(NSW_EXIT_USAGE, "report: '%s' is no format: "
			       "html, md or svg", format);
	if (!argc)
		return log_err(NSW_EXIT_USAGE, "report: name a recording: "
			       "netswap report RUN.jsonl -o report.html");
	/* Not static: other commands lock all of that in memory. */
	report = calloc(1, sizeof(*report));
	if (!report)
		return log_err(NSW_EXIT_FAILED, "report: out of memory");
	code = report_read(report, (const char *const *)argv, argc);
	report->nr_a = report->nr;
	if (!code)
		code = report_read(report, compare.item, compare.nr);
	code = code ? NSW_EXIT_FAILED : write_report(report, how);
	report_free(report);
	free(report);
	return code;
}

static const struct nsw_opt report_options[] = {
	{ 'o', "output", "FILE", NSW_OPT_STRING, &output,
	  "Write to FILE instead of standard output" },
	{ 'c', "compare", "FILE", NSW_OPT_LIST, &compare,
	  "Compare with this recording, as B; may be given repeatedly" },
	{ 0x101, "format", "FORMAT", NSW_OPT_STRING, &format,
	  "html (the default), md for a summary of CI, svg for the curves "
	  "alone" },
	{}
};

const struct nsw_cmd cmd_report = {
	.name = "report",
	.summary = "Recordings as a page, a summary or pictures",
	.args = "RUN...",
	.max_args = NSW_ANY_ARGS,
	.doc = "The page is one file that needs no network: what happened in "
	       "words, curves to zoom (arrows, + and -, or the mouse), numbers, "
	       "who took, slept and was dropped, and the environment.  A "
	       "recording that was cut off is told as far as it goes.",
	.options = report_options,
	.run = run_report,
};

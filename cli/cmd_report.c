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
#include "png.h"
#include "report.h"
#include "util.h"

static const char *output, *format = "html";
static struct nsw_split compare;

static const struct {
	const char *name;
	void (*write)(FILE *out, const struct report *r);
	bool png;	/* what is written is to be drawn */
} formats[] = {
	{ "html", report_html }, { "md", report_md }, { "svg", report_svg },
	{ "png", report_svg, true },
};

/* The report as a file in memory, or NULL, reported. */
static FILE *make_report(const struct report *r, int how)
{
	FILE *text = memory_file(), *png = NULL;

	if (!text)
		return NULL;
	formats[how].write(text, r);
	if (fflush(text) || ferror(text)) {
		log_err(0, "report: out of memory");
		fclose(text);
		return NULL;
	}
	if (!formats[how].png)
		return text;
	png = memory_file();
	if (png && png_from_svg(png, text, report_svg_height(r))) {
		fclose(png);
		png = NULL;
	}
	fclose(text);
	return png;
}

/* 0 or an errno. */
static int copy(FILE *out, FILE *from)
{
	char some[65536];
	size_t n;

	rewind(from);
	while ((n = fread(some, 1, sizeof(some), from)))
		if (fwrite(some, 1, n, out) != n)
			return errno;
	return fflush(out) || ferror(from) ? errno : 0;
}

/* What is at @output stays until there is something to put there. */
static int write_report(const struct report *r, int how)
{
	bool to_stdout = !output || !strcmp(output, "-");
	FILE *from = make_report(r, how), *out;
	int err;

	if (!from)
		return NSW_EXIT_FAILED;
	out = to_stdout ? stdout : fopen(output, "we");
	err = out ? copy(out, from) : errno;
	fclose(from);
	if (out && !to_stdout && fclose(out) && !err)
		err = errno;
	/* Of standard output main() tells, at the end. */
	return err && !to_stdout ? log_err(NSW_EXIT_FAILED, "%s: cannot write: "
					   "%s", output, strerror(err)) :
				   NSW_EXIT_OK;
}

/* How many of the recordings are side A, or -1, reported. */
static int side_a(int argc)
{
	if (!compare.nr || compare.at)
		return compare.nr ? compare.at : argc;
	if (argc < 2)
		return log_err(-1, "report: --compare: names one recording: "
			       "give two: --compare A.jsonl B.jsonl");
	if (compare.nr > 1)
		return log_err(-1, "report: --compare: given repeatedly, with "
			       "no recording before it: give A.jsonl... "
			       "--compare B.jsonl...");
	return 1;
}

static int run_report(int argc, char **argv)
{
	const char *const *path = (const char *const *)argv;
	int nr_a, code;
	struct report *report;
	size_t how = 0;

	while (how < ARRAY_SIZE(formats) && strcmp(format, formats[how].name))
		how++;
	if (how == ARRAY_SIZE(formats))
		return log_err(NSW_EXIT_USAGE, "report: '%s' is no format: "
			       "html, md, svg or png", format);
	if (!argc)
		return log_err(NSW_EXIT_USAGE, "report: name a recording: "
			       "netswap report RUN.jsonl -o report.html");
	nr_a = side_a(argc);
	if (nr_a < 0)
		return NSW_EXIT_USAGE;
	/* Not static: other commands lock all of that in memory. */
	report = calloc(1, sizeof(*report));
	if (!report)
		return log_err(NSW_EXIT_FAILED, "report: out of memory");
	code = report_read(report, path, argc);
	report->nr_a = nr_a;
	code = code ? NSW_EXIT_FAILED : write_report(report, how);
	report_free(report);
	free(report);
	return code;
}

static const struct nsw_opt report_options[] = {
	{ 'o', "output", "FILE", NSW_OPT_STRING, &output,
	  "Write to FILE instead of standard output" },
	{ 'c', "compare", "RUN", NSW_OPT_SPLIT, &compare,
	  "Compare: recordings before it are A, this and those after it are B; "
	  "with none before it, this is A: --compare A B" },
	{ 0x101, "format", "FORMAT", NSW_OPT_STRING, &format,
	  "html (the default), md for a summary of CI, svg or png for the "
	  "curves alone; png needs rsvg-convert" },
	{}
};

const struct nsw_cmd cmd_report = {
	.name = "report",
	.summary = "Recordings as a page, a summary or pictures",
	.args = "RUN... [--compare RUN...]",
	.max_args = NSW_ANY_ARGS,
	.doc = "The page is one file that needs no network: what happened in "
	       "words, curves to zoom (arrows, + and -, or the mouse), numbers, "
	       "who took, slept and was dropped, and the environment.  A "
	       "recording that was cut off is told as far as it goes.",
	.options = report_options,
	.run = run_report,
};

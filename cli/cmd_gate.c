// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_gate.c - netswap gate: recordings against rules, for CI.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "gate.h"
#include "json.h"
#include "log.h"
#include "util.h"

/* Exit codes of this command: 2 is also what wrong usage is. */
enum { GATE_EXIT_UNUSABLE = NSW_EXIT_USAGE };

static const char *rules_path, *junit;
static struct nsw_list baseline;

/* Nothing large is static here: other commands lock all of that in memory. */
static int read_rules(struct gate_rules *rules, char *text, size_t size)
{
	FILE *file;
	size_t len;
	int err;

	if (!rules_path)
		return log_err(-EINVAL, "gate: give the file of rules with "
			       "--rules FILE");
	file = input_open(rules_path);
	rules_path = input_name(rules_path);
	if (!file)
		return log_err(-errno, "%s: cannot open: %s", rules_path,
			       strerror(errno));
	len = fread(text, 1, size, file);
	err = ferror(file) ? -errno : 0;
	fclose(file);
	if (err)
		return log_err(err, "%s: cannot read: %s", rules_path,
			       strerror(-err));
	if (len == size)
		return log_err(-EFBIG, "%s: more than %d bytes: not a file of "
			       "rules", rules_path, GATE_FILE_MAX);
	return gate_parse(rules, rules_path, text, len);
}

/* One run is no three, however often it is named. */
static int check_named_once(const struct nsw_run *run, int i)
{
	int j;

	for (j = 0; j < i; j++)
		if (run_same(&run[j], &run[i]))
			return log_err(-EINVAL, "%s: is the same recording as "
				       "%s: name each run once", run[i].path,
				       run[j].path);
	return 0;
}

static int measure_side(struct gate_side *side, const struct gate_rules *rules,
			const char *const *path, int nr)
{
	struct gate_measure *measure = calloc(nr ? nr * rules->nr : 1,
					      sizeof(*measure));
	struct nsw_run *run = calloc(nr ? nr : 1, sizeof(*run));
	int i, err = measure && run ? 0 : log_err(-ENOMEM, "out of memory");

	*side = (struct gate_side){ nr, measure, run };
	for (i = 0; !err && i < nr; i++) {
		err = gate_measure(&measure[i * rules->nr], &run[i], rules,
				   path[i]);
		err = err ? err : check_named_once(run, i);
	}
	return err;
}

/* @res: NULL if nothing could be judged, for the reason said last. */
static int write_junit(const struct gate_rules *rules,
		       const struct gate_result *res)
{
	FILE *out = fopen(junit, "we");
	int err = out ? 0 : -errno;

	if (!err) {
		if (res)
			gate_junit(out, rules, res, rules_path);
		else
			gate_junit_error(out, rules_path ? rules_path : "rules",
					 log_last());
		err = fflush(out) || ferror(out) ? -errno : 0;
		if (fclose(out) && !err)
			err = -errno;
	}
	return err ? log_err(err, "%s: cannot write: %s", junit,
			     strerror(-err)) : 0;
}

static void side_free(struct gate_side *side)
{
	free((void *)side->measure);
	free((void *)side->run);
}

/* An exit code, or a negative errno, reported. */
static int judge(const struct gate_rules *rules, struct gate_result *res,
		 const struct gate_side *runs, const struct gate_side *base)
{
	int i, code;

	for (i = 0; i < rules->nr; i++)
		gate_judge(&res[i], rules, i, runs, base);
	code = gate_exit(res, rules->nr);
	if (junit && write_junit(rules, res)) {
		junit = NULL;
		return -EIO;
	}
	if (nsw_json)
		return json_end(gate_json(rules, res, runs), code);
	gate_table(stdout, rules, res, runs);
	return code;
}

/* Standard input can be read once. */
static int check_inputs(int argc, char **argv)
{
	int i, nr = rules_path && !strcmp(rules_path, "-");

	for (i = 0; i < argc; i++)
		nr += !strcmp(argv[i], "-");
	for (i = 0; i < baseline.nr; i++)
		nr += !strcmp(baseline.item[i], "-");
	return nr > 1 ? log_err(-EINVAL, "gate: '-' is standard input, which "
				"can be one file only: give names") : 0;
}

static int run_gate(int argc, char **argv)
{
	struct gate_rules *rules = calloc(1, sizeof(*rules));
	struct gate_result *res = calloc(GATE_MAX_RULES, sizeof(*res));
	char *text = malloc(GATE_FILE_MAX + 1);
	struct gate_side runs = {}, base = {};
	int ret;

	if (!rules || !res || !text)
		ret = log_err(-ENOMEM, "gate: out of memory");
	else
		ret = check_inputs(argc, argv);
	if (!ret)
		ret = read_rules(rules, text, GATE_FILE_MAX + 1);
	if (!ret && !argc)
		ret = log_err(-EINVAL, "gate: name a recording: netswap gate "
			      "RUN.jsonl");
	if (!ret)
		ret = measure_side(&runs, rules, (const char *const *)argv,
				   argc);
	if (!ret)
		ret = measure_side(&base, rules, baseline.item, baseline.nr);
	if (!ret)
		ret = judge(rules, res, &runs, &base);
	if (ret < 0) {
		/* Not that of the run before: CI would show its pass. */
		if (junit)
			write_junit(rules, NULL);
		json_fail();
		ret = GATE_EXIT_UNUSABLE;
	}
	side_free(&base);
	side_free(&runs);
	free(text);
	free(res);
	free(rules);
	return ret;
}

static const struct nsw_opt gate_options[] = {
	{ 'r', "rules", "FILE", NSW_OPT_STRING, &rules_path,
	  "Rules, one per line; '-' is standard input" },
	{ 'b', "baseline", "FILE", NSW_OPT_LIST, &baseline,
	  "Recording to compare with, for rules that say baseline; may be "
	  "given repeatedly" },
	{ 0x101, "junit", "FILE", NSW_OPT_STRING, &junit,
	  "Write the results to FILE as JUnit XML too" },
	{}
};

const struct nsw_cmd cmd_gate = {
	.name = "gate",
	.summary = "Are recordings within the limits of a rules file?",
	.args = "RUN...",
	.max_args = NSW_ANY_ARGS,
	.doc = "A rule is METRIC[{LABEL=VALUE}] [WHAT] OP LIMIT [over N runs], "
	       "for example 'throttle_time sum <= 2s', 'drops{proto=tcp} == "
	       "0', 'swap_latency{path=nbd_out} p99 <= 34ms', 'swap_latency"
	       "{path=nbd_out} mean <= baseline + 20% over 3 runs'.  '#' "
	       "begins a comment.  Metrics are those of 'netswap show'.  Each "
	       "run has to keep to a limit; with 'baseline' the median of the "
	       "runs is compared with that of the baselines.  Exit code 0: all "
	       "hold, 1: some fall short or it is unclear, 2: unusable.  What "
	       "was not measured is unusable, never a pass.",
	.options = gate_options,
	.json = true,
	.run = run_gate,
};

// SPDX-License-Identifier: GPL-2.0
/*
 * view_gate.c - what a gate found: for people, for CI, for programs.
 */
#include <math.h>
#include <string.h>

#include "gate.h"
#include "markup.h"
#include "quantity.h"

static struct quantity_text value_text(const struct gate_rule *rule,
				       struct gate_value v)
{
	struct quantity_text t = quantity_range(rule->unit, v.low, v.high);

	if (rule->stat == GATE_S_RATE)
		strcat(t.s, "/s");
	return t;
}

static struct quantity_text asked_text(const struct gate_rule *rule,
				       const struct gate_result *res)
{
	struct quantity_text limit = value_text(rule, res->asked), t;

	/* What a baseline would have allowed is not known then. */
	if (rule->relative && res->verdict == GATE_UNUSABLE)
		limit = (struct quantity_text){ "baseline" };
	snprintf(t.s, sizeof(t.s), "%s %.72s", gate_ops[rule->op], limit.s);
	return t;
}

/* What netswap itself lost: counts may be short by that. */
static void print_lost(FILE *out, const struct gate_side *runs)
{
	int i;

	for (i = 0; i < runs->nr; i++) {
		const struct nsw_snapshot *a = &runs->run[i].first;
		const struct nsw_snapshot *b = &runs->run[i].last;
		double misses = (double)b->gauge[NSW_G_PROG_MISSES] -
				a->gauge[NSW_G_PROG_MISSES];

		if (b->gauge_valid[NSW_G_PROG_MISSES] && misses > 0)
			fprintf(out, "%s: programs were skipped %.0f times: "
				"counts may be short by as much\n",
				runs->run[i].path, misses);
	}
}

void gate_table(FILE *out, const struct gate_rules *rules,
		const struct gate_result *res, const struct gate_side *runs)
{
	int i, nr[GATE_NR_VERDICTS] = {};

	fprintf(out, "%-12s %-24s %-24s %s\n", "VERDICT", "MEASURED", "ASKED",
		"RULE");
	for (i = 0; i < rules->nr; i++) {
		const struct gate_rule *rule = &rules->rule[i];

		fprintf(out, "%-12s %-24s %-24s %s\n",
			gate_verdicts[res[i].verdict],
			res[i].verdict == GATE_UNUSABLE ? "-" :
			value_text(rule, res[i].measured).s,
			asked_text(rule, &res[i]).s, rule->text);
		if (res[i].why[0])
			fprintf(out, "%-12s %s\n", "", res[i].why);
		nr[res[i].verdict]++;
	}
	print_lost(out, runs);
	fprintf(out, "%d rule%s, %d run%s:", rules->nr,
		rules->nr == 1 ? "" : "s", runs->nr,
		runs->nr == 1 ? "" : "s");
	for (i = 0; i < GATE_NR_VERDICTS; i++)
		if (nr[i])
			fprintf(out, " %d %s", nr[i], gate_verdicts[i]);
	fputc('\n', out);
}

void gate_junit(FILE *out, const struct gate_rules *rules,
		const struct gate_result *res, const char *path)
{
	int i, errors = 0, failures = 0;

	for (i = 0; i < rules->nr; i++) {
		errors += res[i].verdict == GATE_UNUSABLE;
		failures += res[i].verdict == GATE_SHORT ||
			    res[i].verdict == GATE_UNCLEAR;
	}
	fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites>\n<testsuite name=\"netswap gate\" tests=\"%d\" "
		"failures=\"%d\" errors=\"%d\">\n", rules->nr, failures,
		errors);
	for (i = 0; i < rules->nr; i++) {
		const struct gate_rule *rule = &rules->rule[i];
		const char *kind = res[i].verdict == GATE_UNUSABLE ? "error" :
				   "failure";

		fputs("<testcase classname=\"", out);
		markup_text(out, path);
		fputs("\" name=\"", out);
		markup_text(out, rule->text);
		fputs("\">\n", out);
		if (res[i].verdict != GATE_HOLDS) {
			fprintf(out, "<%s message=\"", kind);
			markup_fmt(out, "%s: measured %s, asked %s (%s)",
				   gate_verdicts[res[i].verdict],
				   res[i].verdict == GATE_UNUSABLE ? "nothing" :
				   value_text(rule, res[i].measured).s,
				   asked_text(rule, &res[i]).s, res[i].why);
			fputs("\"/>\n", out);
		}
		fputs("</testcase>\n", out);
	}
	fputs("</testsuite>\n</testsuites>\n", out);
}

void gate_junit_error(FILE *out, const char *path, const char *why)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
	      "<testsuite name=\"netswap gate\" tests=\"1\" failures=\"0\" "
	      "errors=\"1\">\n<testcase classname=\"", out);
	markup_text(out, path);
	fputs("\" name=\"rules and recordings\">\n<error message=\"", out);
	markup_text(out, why);
	fputs("\"/>\n</testcase>\n</testsuite>\n</testsuites>\n", out);
}

static json_t *value_json(bool known, struct gate_value v)
{
	if (!known)
		return json_null();
	/* Infinity is no number in JSON: no upper end. */
	return json_pack("[f, o]", v.low, isinf(v.high) ? json_null() :
			 json_real(v.high));
}

json_t *gate_json(const struct gate_rules *rules,
		  const struct gate_result *res, const struct gate_side *runs)
{
	json_t *all = json_array();
	int i;

	for (i = 0; i < rules->nr; i++) {
		const struct gate_rule *rule = &rules->rule[i];
		bool known = res[i].verdict != GATE_UNUSABLE;
		json_t *text = json_string(rule->text);

		json_array_append_new(all, json_pack(
			"{s:o, s:i, s:s, s:o, s:s, s:o, s:s}", "rule",
			text ? text : json_string("?"), "line", rule->line,
			"verdict", gate_verdicts[res[i].verdict], "measured",
			value_json(known, res[i].measured), "comparison",
			gate_ops[rule->op], "asked",
			value_json(known || !rule->relative, res[i].asked),
			"why", res[i].why));
	}
	return json_pack("{s:i, s:o}", "runs", runs->nr, "rules", all);
}

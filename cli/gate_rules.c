// SPDX-License-Identifier: GPL-2.0
/*
 * gate_rules.c - read a rules file.
 *
 *	METRIC[{LABEL=VALUE,...}] [STAT] OP LIMIT [over N runs]
 *	LIMIT: NUMBER[UNIT] or baseline [+|- NUMBER[UNIT]|%]...
 */
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gate.h"
#include "log.h"
#include "quantity.h"
#include "util.h"

#define MAX_RUNS	64

static const struct {
	const char *name;
	enum gate_nature nature;
} stats[GATE_NR_STATS] = {
#define NSW_ROW(id, name, nature) { name, nature },
	GATE_STATS(NSW_ROW)
#undef NSW_ROW
};

const char *const gate_ops[GATE_NR_OPS] = {
	[GATE_LE] = "<=", [GATE_GE] = ">=", [GATE_LT] = "<", [GATE_GT] = ">",
	[GATE_EQ] = "==", [GATE_NE] = "!=",
};

const char *const gate_zone_fields[GATE_NR_ZONE_FIELDS] = {
#define NSW_ROW(member, name, title, help) name,
	NSW_ZONE_FIELDS(NSW_ROW)
#undef NSW_ROW
	"low_water_pages",
};

/* Short names for what is asked most often. */
static const struct {
	const char *name;
	const char *family;
	const char *label;
	const char *value;
	enum gate_stat stat;
} shorts[] = {
	{ "throttle_seconds", "throttle_time_seconds", NULL, NULL,
	  GATE_S_SUM },
	{ "drops", "pfmemalloc_filter_drops", NULL, NULL, GATE_NR_STATS },
	{ "swap_out_latency", "swap_latency", "path", "*_out",
	  GATE_NR_STATS },
	{ "swap_in_latency", "swap_latency", "path", "*_in", GATE_NR_STATS },
};

/* @bare: what a number without a unit is multiplied by; 0 = it needs one. */
struct parse {
	const char *path;
	const char *at;
	struct gate_rule *rule;
	const struct nsw_metric *rows;
	int nr_rows;
	double bare;
};

static int bad(const struct parse *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int bad(const struct parse *p, const char *fmt, ...)
{
	char why[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return log_err(-EINVAL, "%s:%u: %s", p->path, p->rule->line, why);
}

static void skip_blanks(struct parse *p)
{
	while (*p->at == ' ' || *p->at == '\t')
		p->at++;
}

/* Is @text next?  Then go beyond it. */
static bool next_is(struct parse *p, const char *text)
{
	skip_blanks(p);
	if (strncmp(p->at, text, strlen(text)))
		return false;
	p->at += strlen(text);
	return true;
}

/* The longest run of letters, digits and @more; false if there is none. */
static bool next_word(struct parse *p, const char *more, char *to, size_t size)
{
	size_t len = 0;

	skip_blanks(p);
	while (isalnum((unsigned char)p->at[len]) ||
	       (p->at[len] && strchr(more, p->at[len])))
		len++;
	snprintf(to, size, "%.*s", (int)len, p->at);
	p->at += len;
	return len;
}

static bool ends_in(const char *text, const char *end)
{
	size_t len = strlen(text);

	return len > strlen(end) && !strcmp(text + len - strlen(end), end);
}

/*
 * Does @name mean @family?  Times may be called as in JSON (_ns), as in
 * OpenMetrics (_seconds), or without a unit, which the limit then has.
 */
static bool is_family(struct parse *p, const char *name, const char *family,
		      enum nsw_unit unit)
{
	size_t stem = strlen(family) - strlen("_ns");

	p->bare = 1;
	if (!strcmp(name, family))
		return true;
	if (unit != NSW_U_NS || strncmp(name, family, stem))
		return false;
	p->bare = name[stem] ? 1e9 : 0;
	return !name[stem] || !strcmp(name + stem, "_seconds");
}

static bool find_row(struct parse *p, const char *name, enum gate_table table,
		     enum gate_nature nature, const struct nsw_metric *m,
		     int nr)
{
	struct gate_rule *rule = p->rule;
	bool found = false;
	double bare = 1;
	int i;

	for (i = 0; i < nr; i++) {
		bool row = !strcmp(name, m[i].key);

		rule->pick[i] = row ||
				is_family(p, name, m[i].name, m[i].unit);
		if (!rule->pick[i])
			continue;
		found = true;
		bare = row ? 1 : p->bare;
		rule->table = table;
		rule->nature = nature;
		rule->unit = m[i].unit;
		/* What one row is called by has no label left to choose. */
		p->rows = row && m[i].label[0] ? NULL : m;
		p->nr_rows = nr;
	}
	p->bare = bare;
	return found;
}

static bool find_other(struct parse *p, const char *name)
{
	struct gate_rule *rule = p->rule;
	int i;

	p->bare = 1;
	for (i = 0; i < NSW_NR_PROCS; i++) {
		if (strcmp(name, nsw_procs[i].name))
			continue;
		rule->table = GATE_PROCS;
		/* vmstat and netstat count; the others tell a state. */
		rule->nature = ends_in(nsw_procs[i].file, "stat") ?
			       GATE_GROWS : GATE_STATE;
		rule->unit = nsw_procs[i].unit;
		rule->pick[i] = true;
		return true;
	}
	for (i = 0; i < GATE_NR_ZONE_FIELDS; i++) {
		if (strcmp(name, gate_zone_fields[i]))
			continue;
		rule->table = GATE_ZONES;
		rule->nature = GATE_STATE;
		rule->unit = NSW_U_PAGES;
		rule->pick[i] = true;
		return true;
	}
	return false;
}

static bool find_metric(struct parse *p, const char *name)
{
	return find_row(p, name, GATE_COUNTERS, GATE_GROWS, nsw_counters,
			NSW_NR_COUNTERS) ||
	       find_row(p, name, GATE_HISTS, GATE_TIMES, nsw_hists,
			NSW_NR_HISTS) ||
	       find_row(p, name, GATE_GAUGES, GATE_STATE, nsw_gauges,
			NSW_NR_GAUGES) ||
	       find_other(p, name);
}

/* Of the rows picked, keep those whose label matches. */
static int choose_rows(struct parse *p, const char *label, const char *value)
{
	char known[160] = "";
	bool any = false;
	size_t len = 0;
	int i;

	for (i = 0; p->rows && i < p->nr_rows; i++) {
		bool *pick = &p->rule->pick[i];

		if (!*pick)
			continue;
		if (!p->rows[i].label[0] || strcmp(label, p->rows[i].label))
			return bad(p, "'%s' has no label '%s'%s%s",
				   p->rows[i].name, label, p->rows[i].label[0] ?
				   ": it has " : "", p->rows[i].label);
		len += snprintf(known + len, sizeof(known) - len, " %s",
				p->rows[i].value);
		if (len >= sizeof(known))
			len = sizeof(known) - 1;
		*pick = !fnmatch(value, p->rows[i].value, 0);
		any |= *pick;
	}
	if (any)
		return 0;
	return p->rows ? bad(p, "no %s '%s': there is%s", label, value, known) :
			 bad(p, "this metric has no labels");
}

static int choose(struct parse *p, const char *label, const char *value)
{
	struct gate_rule *rule = p->rule;
	char *end;

	if (rule->table != GATE_ZONES)
		return choose_rows(p, label, value);
	if (!strcmp(label, "zone")) {
		snprintf(rule->zone, sizeof(rule->zone), "%s", value);
		return 0;
	}
	if (strcmp(label, "node"))
		return bad(p, "zones have no label '%s': they have node, zone",
			   label);
	rule->node = strtoul(value, &end, 10);
	return *end || strlen(value) > 4 ?
	       bad(p, "node '%s' is not a number", value) : 0;
}

static int parse_labels(struct parse *p)
{
	char label[32], value[32];
	int err;

	do {
		if (!next_word(p, "_", label, sizeof(label)) ||
		    !next_is(p, "=") ||
		    !next_word(p, "_*?", value, sizeof(value)))
			return bad(p, "after '{' comes LABEL=VALUE");
		err = choose(p, label, value);
		if (err)
			return err;
	} while (next_is(p, ","));
	return next_is(p, "}") ? 0 : bad(p, "'{' without '}'");
}

static int parse_metric(struct parse *p)
{
	const char *label = NULL, *value = NULL;
	char text[80], *name = text;
	size_t i;

	if (!next_word(p, "_", text, sizeof(text)))
		return bad(p, "a rule begins with the name of a metric");
	if (!strncmp(name, "netswap_", strlen("netswap_")))
		name += strlen("netswap_");
	if (ends_in(name, "_total"))
		name[strlen(name) - strlen("_total")] = '\0';
	p->rule->stat = GATE_NR_STATS;
	for (i = 0; i < ARRAY_SIZE(shorts); i++) {
		if (strcmp(name, shorts[i].name))
			continue;
		snprintf(name, sizeof(text) - (name - text), "%s",
			 shorts[i].family);
		p->rule->stat = shorts[i].stat;
		label = shorts[i].label;
		value = shorts[i].value;
		break;
	}
	if (!find_metric(p, name))
		return bad(p, "unknown metric '%s': 'netswap show' lists "
			   "them", text);
	if (label && choose_rows(p, label, value))
		return -EINVAL;
	return next_is(p, "{") ? parse_labels(p) : 0;
}

static int parse_stat(struct parse *p)
{
	struct gate_rule *rule = p->rule;
	char word[16], *end = word, known[80] = "";
	bool given = next_word(p, ".", word, sizeof(word));
	int i;

	if (given)
		rule->stat = GATE_NR_STATS;
	else if (rule->nature == GATE_GROWS)
		rule->stat = GATE_S_TOTAL;
	for (i = 0; given && i < GATE_NR_STATS; i++)
		if (i != GATE_S_PERCENTILE && !strcmp(word, stats[i].name))
			rule->stat = i;
	if (word[0] == 'p' && isdigit((unsigned char)word[1])) {
		rule->stat = GATE_S_PERCENTILE;
		rule->quantile = strtod(word + 1, &end) / 100;
		if (*end || !(rule->quantile > 0 && rule->quantile <= 1))
			return bad(p, "'%s' is not a percentile: p50, p99.9",
				   word);
	}
	if (rule->stat != GATE_NR_STATS &&
	    stats[rule->stat].nature == rule->nature) {
		if (rule->stat == GATE_S_COUNT) {
			rule->unit = NSW_U_COUNT;
			p->bare = 1;
		}
		return 0;
	}
	for (i = 0; i < GATE_NR_STATS; i++)
		if (stats[i].nature == rule->nature)
			snprintf(known + strlen(known),
				 sizeof(known) - strlen(known), " %s%s",
				 stats[i].name,
				 i == GATE_S_PERCENTILE ? "99" : "");
	return given ? bad(p, "'%s' can't be asked of this metric: it has%s",
			   word, known) :
		       bad(p, "say what of this metric: one of%s", known);
}

static int parse_op(struct parse *p)
{
	int i;

	/* The longer ones come first in the table. */
	for (i = 0; i < GATE_NR_OPS; i++) {
		if (next_is(p, gate_ops[i])) {
			p->rule->op = i;
			return 0;
		}
	}
	return bad(p, "no comparison: one of <= >= < > == !=");
}

/* NUMBER[UNIT], or NUMBER% if @percent is not NULL; one of them is added to. */
static int parse_quantity(struct parse *p, double sign, double *to,
			  double *percent)
{
	double number, factor = p->bare;
	char unit[8], *end;
	size_t i;

	skip_blanks(p);
	number = strtod(p->at, &end);
	if (end == p->at || !isfinite(number) ||
	    isalpha((unsigned char)p->at[0]))
		return bad(p, "no number where the limit should be");
	p->at = end;
	if (percent && next_is(p, "%")) {
		*percent += sign * number;
		return isfinite(*percent) ? 0 : bad(p, "that is too large");
	}
	skip_blanks(p);
	if (isalpha((unsigned char)p->at[0]) && strncmp(p->at, "over ", 5)) {
		next_word(p, "", unit, sizeof(unit));
		for (i = 0; i < QUANTITY_NR_UNITS; i++)
			if (quantity_units[i].unit == p->rule->unit &&
			    !strcmp(quantity_units[i].name, unit))
				break;
		if (i == QUANTITY_NR_UNITS)
			return bad(p, "'%s' is no unit of this metric", unit);
		factor = quantity_units[i].factor;
	}
	if (p->rule->stat == GATE_S_RATE)
		next_is(p, "/s");
	if (!factor)
		return bad(p, "a time needs its unit: ns, us, ms or s");
	*to += sign * number * factor;
	if (!isfinite(*to))
		return bad(p, "the limit is too large");
	return 0;
}

static int parse_relative(struct parse *p)
{
	struct gate_rule *rule = p->rule;
	bool plus;
	int err;

	rule->relative = true;
	while ((plus = next_is(p, "+")) || next_is(p, "-")) {
		err = parse_quantity(p, plus ? 1 : -1, &rule->limit,
				     &rule->percent);
		if (err)
			return err;
	}
	if (rule->stat == GATE_S_PERCENTILE && !rule->limit &&
	    fabs(rule->percent) < 100 && rule->op <= GATE_GT)
		return bad(p, "a percentile of a log2 histogram is known to a "
			   "factor of two: allow +100%%, or ask for the mean");
	return 0;
}

static int parse_runs(struct parse *p)
{
	char *end;
	long n;

	p->rule->runs = 1;
	if (!next_is(p, "over "))
		return 0;
	n = strtol(p->at, &end, 10);
	if (end == p->at || n < 1 || n > MAX_RUNS)
		return bad(p, "after 'over' comes a number of runs from 1 to "
			   "%d", MAX_RUNS);
	p->at = end;
	p->rule->runs = n;
	if (!next_is(p, "runs") && !next_is(p, "run"))
		return bad(p, "after 'over %ld' comes 'runs'", n);
	return 0;
}

static int parse_rule(struct parse *p)
{
	int err = parse_metric(p);

	if (!err)
		err = parse_stat(p);
	if (!err)
		err = parse_op(p);
	if (!err)
		err = next_is(p, "baseline") ? parse_relative(p) :
		      parse_quantity(p, 1, &p->rule->limit, NULL);
	if (!err)
		err = parse_runs(p);
	if (err)
		return err;
	skip_blanks(p);
	return *p->at ? bad(p, "'%.40s' is too much", p->at) : 0;
}

/* One line into @rule->text, without comment and outer blanks. */
static int take_line(struct parse *p, const char *line, size_t len)
{
	struct gate_rule *rule = p->rule;
	const char *comment = memchr(line, '#', len);
	size_t i;

	if (comment)
		len = comment - line;
	while (len && isspace((unsigned char)line[len - 1]))
		len--;
	while (len && isspace((unsigned char)*line)) {
		line++;
		len--;
	}
	if (len >= sizeof(rule->text))
		return bad(p, "longer than %zu bytes: not a rule",
			   sizeof(rule->text) - 1);
	for (i = 0; i < len; i++)
		if ((line[i] < ' ' && line[i] != '\t') || line[i] == 127)
			return bad(p, "byte %zu is not text", i + 1);
	memcpy(rule->text, line, len);
	rule->text[len] = '\0';
	return 0;
}

int gate_parse(struct gate_rules *rules, const char *path, const char *text,
	       size_t len)
{
	const char *end = text + len, *line, *next;
	unsigned int nr = 0;
	int err;

	memset(rules, 0, sizeof(*rules));
	for (line = text; line < end; line = next) {
		struct gate_rule none = { .line = ++nr, .node = -1,
					  .zone = "*" };
		struct parse p = { .path = path, .rule = &none };
		const char *stop = memchr(line, '\n', end - line);

		stop = stop ? stop : end;
		next = stop + 1;
		err = take_line(&p, line, stop - line);
		if (err)
			return err;
		if (!none.text[0])
			continue;
		if (rules->nr == GATE_MAX_RULES)
			return bad(&p, "more than %d rules", GATE_MAX_RULES);
		p.at = none.text;
		err = parse_rule(&p);
		if (err)
			return err;
		rules->rule[rules->nr++] = none;
	}
	return rules->nr ? 0 : log_err(-EINVAL, "%s: no rule in it", path);
}

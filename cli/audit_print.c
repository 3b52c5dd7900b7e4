// SPDX-License-Identifier: GPL-2.0
/*
 * audit_print.c - a report as text or JSON, both from the same lists.
 */
#include <jansson.h>
#include <string.h>

#include "audit.h"

static int hop_protected(const struct audit_report *r, int area,
			 const struct audit_hop *h)
{
	return h->leaf < 0 ? h->protect :
	       audit_leaf_protected(r, area, h->leaf);
}

/* Names come from mount tables and command lines: no control characters. */
static void put_text(FILE *out, const char *s)
{
	for (; *s; s++)
		fputc((unsigned char)*s < ' ' || *s == 0x7f ? '?' : *s, out);
}

static void text_area(const struct audit_report *r, int i, FILE *out)
{
	static const char *const word[] = { "unknown", "no", "yes" };
	const struct audit_area *a = &r->in->area[i];
	int h;

	put_text(out, a->path);
	fprintf(out, "%s  %s, %llu of %llu kB used\n",
		a->deleted ? " (deleted)" : "", a->nr_leaves ?
		audit_transports[a->leaf[0].transport].title : "local",
		a->used_kb, a->size_kb);
	for (h = 0; h < a->nr_hops; h++) {
		fprintf(out, "  %-10s %-8s ", a->hop[h].hop,
			word[hop_protected(r, i, &a->hop[h]) + 1]);
		put_text(out, a->hop[h].name);
		if (a->hop[h].detail[0]) {
			fputs("  ", out);
			put_text(out, a->hop[h].detail);
		}
		fputc('\n', out);
	}
	fputc('\n', out);
}

/* Wrap at 78 columns behind a label. */
static void text_para(FILE *out, const char *label, const char *s)
{
	size_t col = 9, n;

	fprintf(out, "  %-7s", label);
	for (s += strspn(s, " "); *s; s += strspn(s, " ")) {
		n = strcspn(s, " ");
		if (col > 9 && col + 1 + n > 78) {
			fprintf(out, "\n%9s", "");
			col = 9;
		}
		fputc(' ', out);
		for (col += 1 + n; n; n--, s++)
			fputc((unsigned char)*s < ' ' ? '?' : *s, out);
	}
	fputc('\n', out);
}

static void text_finding(const struct audit_finding *f, FILE *out)
{
	fprintf(out, "%s: %s: ", audit_severities[f->severity],
		f->rule->id);
	put_text(out, f->subject);
	fputc('\n', out);
	text_para(out, "what", f->what);
	if (f->severity == AUDIT_OK) {
		fputc('\n', out);
		return;
	}
	text_para(out, "why", f->rule->why);
	text_para(out, "remedy", f->rule->remedy);
	fputc('\n', out);
}

void audit_print_text(const struct audit_report *r, FILE *out)
{
	int safe = audit_safe(r), i;
	size_t f;

	if (r->in->nr_areas)
		fprintf(out, "Each hop, and whether it is protected against "
			"lack of memory:\n\n");
	for (i = 0; i < r->in->nr_areas; i++)
		text_area(r, i, out);
	for (f = 0; f < r->nr; f++)
		text_finding(&r->finding[f], out);
	fprintf(out, "safe: %s\n", safe < 0 ? "cannot tell" :
		safe ? "yes" : "no");
}

/* Paths may be any bytes; JSON strings must be UTF-8. */
static json_t *str(const char *s)
{
	json_t *j = json_string(s);
	char ascii[AUDIT_PATH_LEN];
	size_t i;

	if (j)
		return j;
	audit_copy(ascii, sizeof(ascii), s);
	for (i = 0; ascii[i]; i++)
		if ((unsigned char)ascii[i] > 126)
			ascii[i] = '?';
	return json_string(ascii);
}

static json_t *tri(int value)
{
	return value < 0 ? json_null() : json_boolean(value);
}

static json_t *json_hops(const struct audit_report *r, int i)
{
	const struct audit_area *a = &r->in->area[i];
	json_t *list = json_array();
	int h;

	for (h = 0; h < a->nr_hops; h++)
		json_array_append_new(list, json_pack("{s:o,s:o,s:o,s:o}",
			"hop", str(a->hop[h].hop),
			"name", str(a->hop[h].name),
			"protected", tri(hop_protected(r, i, &a->hop[h])),
			"detail", str(a->hop[h].detail)));
	return list;
}

static json_t *json_area(const struct audit_report *r, int i)
{
	const struct audit_area *a = &r->in->area[i];

	return json_pack("{s:o,s:s,s:b,s:I,s:I,s:s,s:o}",
		"path", str(a->path),
		"type", a->file ? "file" : "partition",
		"deleted", a->deleted,
		"size_bytes", (json_int_t)(a->size_kb * 1024),
		"used_bytes", (json_int_t)(a->used_kb * 1024),
		"class", a->nr_leaves ?
		audit_transports[a->leaf[0].transport].name :
		a->lost[0] ? "unknown" : "local",
		"hops", json_hops(r, i));
}

static json_t *json_finding(const struct audit_finding *f)
{
	return json_pack("{s:s,s:s,s:o,s:o,s:s,s:s}",
		"id", f->rule->id,
		"severity", audit_severities[f->severity],
		"subject", str(f->subject),
		"what", str(f->what),
		"why", f->rule->why,
		"remedy", f->rule->remedy);
}

json_t *audit_json(const struct audit_report *r)
{
	json_t *areas = json_array(), *findings = json_array();
	size_t f;
	int i, err = 0;

	for (i = 0; i < r->in->nr_areas; i++)
		err |= json_array_append_new(areas, json_area(r, i));
	for (f = 0; f < r->nr; f++)
		err |= json_array_append_new(findings,
					     json_finding(&r->finding[f]));
	if (err) {
		json_decref(areas);
		json_decref(findings);
		return NULL;
	}
	return json_pack("{s:o,s:o,s:o}", "areas", areas, "findings",
			 findings, "safe", tri(audit_safe(r)));
}

// SPDX-License-Identifier: GPL-2.0
/*
 * view_report.c - recordings as one page that needs nothing beside it.
 */
#include <math.h>
#include <string.h>
#include <time.h>

#include "markup.h"
#include "report.h"
#include "view.h"

/* Files of this folder, by report_files.S. */
extern const char report_chart_css[], report_page_css[], report_js[];

static void element(FILE *out, const char *open, const char *text,
		    const char *close)
{
	fputs(open, out);
	markup_text(out, text);
	fputs(close, out);
}

static void verdict(FILE *out, const struct report_run *run)
{
	const char *const *v = report_verdicts[report_verdict(run)];

	element(out, "<p class=\"verdict\"><strong>", v[0], "</strong>: ");
	element(out, "", v[1], ".</p>\n<ul>\n");
}

static void words(FILE *out, const struct report_run *run)
{
	struct report_text said;
	int i;

	for (i = 0; said = report_said(run, i), said.s[0]; i++)
		element(out, "<li>", said.s, "</li>\n");
	fputs("</ul>\n", out);
}

static void side_cells(FILE *out, const struct report *r, int number, bool b)
{
	struct gate_value median, range;
	const char *why;

	if (!report_number(r, number, b, &median, &range, &why)) {
		element(out, "<td class=\"r\" title=\"", why, "\">-</td>");
		fputs("<td class=\"r soft\"></td>", out);
		return;
	}
	element(out, "<td class=\"r\">", report_value(r, number, median).s,
		"</td>");
	element(out, "<td class=\"r soft\">", (b ? r->nr - r->nr_a : r->nr_a) >
		1 ? report_value(r, number, range).s : "", "</td>");
}

/* In percent of @from; what has no upper end may have been all of it. */
static double change(double from, double to)
{
	return isinf(from) ? -100 : (to - from) / fabs(from) * 100;
}

/* From the one end of what is known of both to the other. */
static void change_text(struct report_text *t, struct gate_value a,
			struct gate_value b)
{
	double least = change(a.high, b.low), most = change(a.low, b.high);
	const char *same = a.low == b.low ? "same slot, " : "";

	if (!a.low)
		snprintf(t->s, sizeof(t->s), b.low ? "from 0" : "same");
	else if (a.low == a.high && b.low == b.high)
		snprintf(t->s, sizeof(t->s), least ? "%+.3g %%" : "same", least);
	else if (isinf(most))
		snprintf(t->s, sizeof(t->s), "%s%+.0f %% or more", same, least);
	else
		snprintf(t->s, sizeof(t->s), "%s%+.0f to %+.0f %%", same, least,
			 most);
}

/* Of the medians; and with several runs a side, whether all of one lie apart. */
static struct report_text difference(const struct report *r, int number)
{
	struct report_text t = { "-" };
	struct gate_value a, b, all_a, all_b;
	const char *why;

	if (!report_number(r, number, false, &a, &all_a, &why) ||
	    !report_number(r, number, true, &b, &all_b, &why))
		return t;
	change_text(&t, a, b);
	if (r->nr_a > 1 && r->nr - r->nr_a > 1)
		strcat(t.s, all_a.high < all_b.low || all_b.high < all_a.low ?
		       ", ranges apart" : ", ranges overlap");
	return t;
}

/* What must be known to read the table; text that needs no markup. */
static void notes(FILE *out, const struct report *r)
{
	fputs("A dash was not measured, or did not happen.  A percentile is "
	      "known to the slot of a log2 histogram", out);
	fputs(r->nr > r->nr_a ? ", so its difference to a range." : ".", out);
	if (r->nr_a == 1 && r->nr == 2)
		fputs("  One run a side: how far two runs of one side lie apart "
		      "is not known.", out);
}

static void numbers(FILE *out, const struct report *r)
{
	bool compared = r->nr > r->nr_a;
	int i;

	fputs("<h2>Numbers</h2>\n<div class=\"wide\"><table><thead><tr><th>"
	      "</th>", out);
	fprintf(out, "<th class=\"r\">%s</th><th class=\"r\">%s</th>",
		compared ? "A" : r->nr > 1 ? "median" : "",
		r->nr_a > 1 ? "least to most" : "");
	if (compared)
		fprintf(out, "<th class=\"r\">B</th><th class=\"r\">%s</th>"
			"<th class=\"r\">B against A</th>", r->nr - r->nr_a > 1 ?
			"least to most" : "");
	fputs("</tr></thead>\n<tbody>\n", out);
	for (i = 0; i < REPORT_NR_NUMBERS; i++) {
		element(out, "<tr><td class=\"name\">", report_numbers[i],
			"</td>");
		side_cells(out, r, i, false);
		if (compared) {
			side_cells(out, r, i, true);
			element(out, "<td class=\"r words\">",
				difference(r, i).s, "</td>");
		}
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n<p class=\"soft\">", out);
	notes(out, r);
	fputs("</p>\n", out);
}

static void tops(FILE *out, const struct report_run *run)
{
	static const char *const titles[NSW_NR_KINDS] = {
		[NSW_K_TAKER] = "Who took from the reserve",
		[NSW_K_DROP] = "What was dropped",
		[NSW_K_THROTTLE] = "Who was put to sleep",
		[NSW_K_RECEIVED] = "What came in reserve memory",
	};
	unsigned int i, shown;
	int kind;

	for (kind = 0; kind < NSW_NR_KINDS; kind++) {
		for (i = shown = 0; titles[kind] && i < run->nr_tops; i++) {
			const struct nsw_top *t = &run->top[i];

			if (t->key.kind != kind || shown == REPORT_TOPS)
				continue;
			if (!shown++)
				fprintf(out, "<h3>%s</h3>\n<table>",
					titles[kind]);
			element(out, "<tr><td>", report_top_text(run, t).s,
				"</td>");
			element(out, "<td class=\"r\">",
				report_top_amount(t).s, "</td></tr>\n");
		}
		if (titles[kind] && shown)
			fputs("</table>\n", out);
	}
}

static void events(FILE *out, const struct report_run *run)
{
	unsigned long all = 0;
	char text[160];
	int i;

	for (i = 0; i < NSW_NR_EVENTS; i++)
		all += run->events[i];
	if (!all && !run->lost_events)
		return;
	fprintf(out, "<h3>Events: the first %d of %lu</h3>\n<div class=\""
		"wide\"><table>", run->nr_events, all);
	for (i = 0; i < run->nr_events; i++) {
		const struct nsw_event *e = &run->event[i];

		event_text(e, text, sizeof(text));
		fprintf(out, "<tr><td class=\"r\">%.3f s</td>",
			((double)e->ns - run->run.first.mono_ns) / 1e9);
		element(out, "<td>", text, "</td></tr>\n");
	}
	fputs("</table></div>\n", out);
	if (run->lost_events)
		fprintf(out, "<p>%llu more were overwritten before they were "
			"read.</p>\n", run->lost_events);
}

static void audit(FILE *out, const struct report_run *run)
{
	const struct nsw_audit_info *a = &run->run.first.audit;
	__u32 i;

	if (!a->valid)
		return;
	fprintf(out, "<h3>Audit of the swap path, as the recording began</h3>\n"
		"<p>Safe: %s.</p>\n<div class=\"wide\"><table>",
		a->safe < 0 ? "cannot tell" : a->safe ? "yes" : "no");
	for (i = 0; i < a->nr; i++) {
		const struct nsw_finding_info *f = &a->finding[i];

		element(out, "<tr><th>", f->severity, "</th>");
		element(out, "<td>", f->id, "</td>");
		element(out, "<td>", f->subject, "</td>");
		element(out, "<td>", f->what, "</td></tr>\n");
	}
	fputs("</table></div>\n", out);
}

static void row(FILE *out, const char *name, const char *value)
{
	element(out, "<tr><th>", name, "</th>");
	element(out, "<td>", value, "</td></tr>\n");
}

static void environment(FILE *out, const struct report_run *run)
{
	const struct nsw_snapshot *s = &run->run.first, *b = &run->run.last;
	time_t begin = s->wall_ms / 1000;
	char text[256] = "";
	double pages = 0;
	struct tm tm;
	__u32 i;

	fputs("<h3>Environment</h3>\n<table>", out);
	row(out, "Recording", run->run.path);
	row(out, "Host", s->host);
	row(out, "Kernel", s->kernel);
	if (gmtime_r(&begin, &tm) &&
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm))
		row(out, "Began", text);
	snprintf(text, sizeof(text), "%.1f s, %lu snapshots",
		 run_secs(&run->run), run->run.nr);
	row(out, "Length", text);
	for (i = 0; i < s->nr_zones; i++)
		pages += s->zone[i].managed_pages;
	row(out, "Memory", quantity(NSW_U_BYTES, pages * s->page_size).s);
	if (b->proc_valid[NSW_P_SWAP_TOTAL])
		row(out, "Swap", quantity(NSW_U_BYTES,
					  b->proc[NSW_P_SWAP_TOTAL]).s);
	snprintf(text, sizeof(text), "%u", b->nr_socks + b->more_socks);
	row(out, "Memalloc sockets", b->gauge_valid[NSW_G_MEMALLOC_SOCKS] ?
	    text : "-");
	for (i = 0; i < NSW_NR_GROUPS; i++) {
		if (b->group[i] || i == NSW_GRP_SELF)
			continue;
		element(out, "<tr><th>Not attached</th><td>",
			nsw_groups[i].name, ": ");
		element(out, "", nsw_groups[i].absent, "</td></tr>\n");
	}
	fputs("</table>\n", out);
}

static void figure(FILE *out, const struct report *r)
{
	int chart, i;

	fputs("<h2>Curves</h2>\n<div class=\"tools\" hidden><button id=\"in\">"
	      "zoom in</button><button id=\"out\">zoom out</button><button "
	      "id=\"all\">all</button><span class=\"soft\">Arrows move, + and "
	      "− zoom, 0 shows all; or drag.</span></div>\n<figure tabindex="
	      "\"0\" role=\"group\" aria-label=\"Curves over time; arrow keys "
	      "move, plus and minus zoom\">\n", out);
	for (chart = 0; chart < REPORT_NR_CHARTS; chart++) {
		for (i = 0; report_chart_shown(r, chart) && i < r->nr; i++) {
			fprintf(out, "<div data-run=\"%d\">", i);
			report_chart(out, r, i, chart, 0);
			fputs("</div>", out);
		}
	}
	fputs("<figcaption class=\"soft\"><span id=\"when\" aria-live=\"polite"
	      "\"></span></figcaption></figure>\n", out);
}

static void number(FILE *out, bool first, double value)
{
	if (!first)
		fputc(',', out);
	if (isnan(value))
		fputs("null", out);
	else
		fprintf(out, "%.4g", value);
}

/* For report.js: times, and by chart the values of each curve. */
static void data(FILE *out, const struct report *r)
{
	int run, chart, k, i;

	fputs("<script type=\"application/json\" id=\"data\">[", out);
	for (run = 0; run < r->nr; run++) {
		const struct report_run *one = r->run[run];

		fputs(run ? ",{\"t\":[" : "{\"t\":[", out);
		for (i = 0; i < one->nr_points; i++)
			fprintf(out, i ? ",%.3f" : "%.3f", one->point[i].at);
		fputs("],\"v\":[", out);
		for (chart = 0; chart < REPORT_NR_CHARTS; chart++) {
			const char *begin = "[";

			fputs(chart ? ",[" : "[", out);
			for (k = 0; k < REPORT_NR_SERIES; k++) {
				if (report_series[k].chart !=
				    (enum report_chart)chart)
					continue;
				fputs(begin, out);
				begin = ",[";
				for (i = 0; i < one->nr_points; i++)
					number(out, !i,
					       one->point[i].value[k]);
				fputc(']', out);
			}
			fputc(']', out);
		}
		fputs("]}", out);
	}
	fputs("]</script>\n<script>", out);
	fputs(report_js, out);
	fputs("</script>\n", out);
}

static void title(FILE *out, const struct report *r)
{
	const struct nsw_snapshot *s = &r->run[0]->run.first;

	markup_fmt(out, "netswap: %s, kernel %s", s->host, s->kernel);
	if (r->nr > r->nr_a)
		markup_fmt(out, " against %s", r->run[r->nr_a]->run.first.kernel);
}

void report_html(FILE *out, const struct report *r)
{
	int i;

	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8"
	      "\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"
	      "<title>", out);
	title(out, r);
	fputs("</title>\n<style>\n", out);
	fputs(report_chart_css, out);
	fputs(report_page_css, out);
	fputs("</style></head>\n<body>\n<h1>", out);
	title(out, r);
	fputs("</h1>\n", out);
	for (i = 0; i < r->nr; i++) {
		if (r->nr > 1) {
			element(out, "<h2>", r->nr == r->nr_a ? "Run " :
				i < r->nr_a ? "A: " : "B: ", "");
			element(out, "", r->run[i]->run.path, "</h2>\n");
		}
		verdict(out, r->run[i]);
		words(out, r->run[i]);
	}
	figure(out, r);
	numbers(out, r);
	for (i = 0; i < r->nr; i++) {
		element(out, "<h2>Details", r->nr > 1 ? ": " : "", "");
		element(out, "", r->nr > 1 ? r->run[i]->run.path : "",
			"</h2>\n");
		tops(out, r->run[i]);
		events(out, r->run[i]);
		audit(out, r->run[i]);
		environment(out, r->run[i]);
	}
	data(out, r);
	fputs("</body></html>\n", out);
}

/* Text that Markdown takes for text. */
static void md_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("\\`*_{}[]<>#|!&~", *text))
			fputc('\\', out);
		fputc((unsigned char)*text < ' ' ? '?' : *text, out);
	}
}

/* A cell of the table; one for the range as well where there are several. */
static void md_side(FILE *out, const struct report *r, int number, bool b)
{
	struct gate_value median, range;
	const char *why;
	bool known = report_number(r, number, b, &median, &range, &why);

	fprintf(out, " | %s", known ? report_value(r, number, median).s : "-");
	if ((b ? r->nr - r->nr_a : r->nr_a) > 1)
		fprintf(out, " | %s", known ?
			report_value(r, number, range).s : "");
}

static void md_numbers(FILE *out, const struct report *r)
{
	bool compared = r->nr > r->nr_a;
	const char *range_a = r->nr_a > 1 ? " least to most |" : "";
	const char *range_b = r->nr - r->nr_a > 1 ? " least to most |" : "";
	int i;

	fprintf(out, "| |%s |%s", compared ? " A" : r->nr > 1 ? " median" : "",
		range_a);
	if (compared)
		fprintf(out, " B |%s B against A |", range_b);
	fprintf(out, "\n|---|---:|%s%s%s%s\n", range_a[0] ? "---:|" : "",
		compared ? "---:|" : "", range_b[0] ? "---:|" : "",
		compared ? "---:|" : "");
	for (i = 0; i < REPORT_NR_NUMBERS; i++) {
		fputs("| ", out);
		md_text(out, report_numbers[i]);
		md_side(out, r, i, false);
		if (compared) {
			md_side(out, r, i, true);
			fprintf(out, " | %s", difference(r, i).s);
		}
		fputs(" |\n", out);
	}
	fputc('\n', out);
	notes(out, r);
	fputc('\n', out);
}

void report_md(FILE *out, const struct report *r)
{
	struct report_text said;
	int i, k;

	for (i = 0; i < r->nr; i++) {
		const struct report_run *run = r->run[i];
		const char *const *v = report_verdicts[report_verdict(run)];

		fputs(r->nr == r->nr_a ? "### " : i < r->nr_a ? "### A: " :
		      "### B: ", out);
		md_text(out, run->run.path);
		fprintf(out, "\n\n**%s**: %s.\n\n", v[0], v[1]);
		for (k = 0; said = report_said(run, k), said.s[0]; k++) {
			fputs("- ", out);
			md_text(out, said.s);
			fputc('\n', out);
		}
		fputc('\n', out);
	}
	md_numbers(out, r);
}

int report_svg_height(const struct report *r)
{
	int chart, shown = 0;

	for (chart = 0; chart < REPORT_NR_CHARTS; chart++)
		shown += report_chart_shown(r, chart);
	return report_chart_height(r) * shown * r->nr;
}

void report_svg(FILE *out, const struct report *r)
{
	int chart, i, height = report_chart_height(r), drawn = 0;

	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
		"height=\"%d\"><style>", REPORT_CHART_WIDTH,
		report_svg_height(r));
	fputs(report_chart_css, out);
	fputs("</style><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
	      out);
	for (chart = 0; chart < REPORT_NR_CHARTS; chart++)
		for (i = 0; report_chart_shown(r, chart) && i < r->nr; i++)
			report_chart(out, r, i, chart, height * drawn++);
	fputs("</svg>\n", out);
}

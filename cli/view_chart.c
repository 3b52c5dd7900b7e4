// SPDX-License-Identifier: GPL-2.0
/*
 * view_chart.c - one chart of a run, as SVG.
 *
 * Text stands beside the plot, which has a viewBox of its own: what zooms it
 * changes nothing else.  Every curve of a chart has a kind of line of its own,
 * so it can be read without colour.
 */
#include <math.h>
#include <string.h>

#include "markup.h"
#include "report.h"

#define LEFT		64
#define PLOT_WIDTH	(REPORT_CHART_WIDTH - LEFT - 16)
#define TOP		42	/* of the plot: title and key are above */
#define PLOT_HEIGHT	110
#define BOTTOM		26	/* times */
#define CAPTION		16	/* the line that names the run */
#define CAPTION_BYTES	80	/* of a path; as wide as the chart at most */
#define KEY_STEP	208

struct scale {
	double low;
	double high;
	double end;	/* seconds, of the longest run */
};

static double y_of(const struct scale *s, double value)
{
	double part = (value - s->low) / (s->high - s->low);

	return PLOT_HEIGHT * (1 - fmin(fmax(part, 0), 1));
}

static double x_of(const struct scale *s, double at)
{
	return PLOT_WIDTH * at / s->end;
}

/* 1, 2 or 5 times a power of ten: at most @most steps in @span. */
static double step_of(double span, int most)
{
	static const double times[] = { 1, 2, 5, 10 };
	double raw = fmax(span / most, 1e-9);
	double base = pow(10, floor(log10(raw)));
	int i;

	for (i = 0; i < 3 && times[i] * base < raw * 0.9999; i++)
		;
	return times[i] * base;
}

/* Before a load most memory is free: that must not flatten all the rest. */
static double cap_of(const struct report_run *run, enum report_chart chart)
{
	double high = 0;
	int i;

	for (i = 0; i < run->nr_points; i++)
		if (run->point[i].value[REPORT_S_HIGH] > high)
			high = run->point[i].value[REPORT_S_HIGH];
	return chart == REPORT_C_MEMORY && high > 0 ? 4 * high : INFINITY;
}

/* One scale for all runs; false: there is nothing to draw in any. */
static bool scale_of(struct scale *s, const struct report *r,
		     enum report_chart chart)
{
	bool any = false;
	int run, i, k;

	*s = (struct scale){ 0, 0, 1e-3 };
	for (run = 0; run < r->nr; run++) {
		const struct report_run *one = r->run[run];
		double cap = cap_of(one, chart);

		s->end = fmax(s->end, run_secs(&one->run));
		for (i = 0; i < one->nr_points; i++) {
			for (k = 0; k < REPORT_NR_SERIES; k++) {
				double v = one->point[i].value[k];

				if (report_series[k].chart != chart || isnan(v))
					continue;
				any = true;
				s->low = fmin(s->low, v);
				s->high = fmax(s->high, fmin(v, cap));
			}
		}
	}
	/* A curve of nothing but 0 lies on the ground, not in the middle. */
	if (s->high <= s->low)
		s->high = s->low + 1;
	s->high += (s->high - s->low) * 0.06;
	return any;
}

static bool silent(const struct report_run *run, int i)
{
	return i && run->point[i].secs > run->gap;
}

static void draw_line(FILE *out, const struct report_run *run,
		      const struct scale *s, int series, int nth)
{
	bool pen = false;
	int i;

	fprintf(out, "<path class=\"l%d\" d=\"", nth);
	for (i = 0; i < run->nr_points; i++) {
		double v = run->point[i].value[series];

		if (isnan(v) || silent(run, i))
			pen = false;
		if (isnan(v))
			continue;
		fprintf(out, "%c%.1f %.1f", pen ? 'L' : 'M',
			x_of(s, run->point[i].at), y_of(s, v));
		/* A point alone is a dot. */
		if (!pen)
			fputs("h.1", out);
		pen = true;
	}
	fputs("\"/>", out);
}

static void draw_silence(FILE *out, const struct report_run *run,
			 const struct scale *s)
{
	int i;

	for (i = 1; i < run->nr_points; i++)
		if (silent(run, i))
			fprintf(out, "<rect class=\"gap\" x=\"%.1f\" width="
				"\"%.1f\" height=\"%d\"><title>no snapshots"
				"</title></rect>",
				x_of(s, run->point[i - 1].at),
				x_of(s, run->point[i].at) -
				x_of(s, run->point[i - 1].at), PLOT_HEIGHT);
}

static void draw_grid(FILE *out, const struct scale *s)
{
	double step = step_of(s->high - s->low, 4), v;

	fputs("<path class=\"grid\" d=\"", out);
	for (v = ceil(s->low / step) * step; v <= s->high; v += step)
		fprintf(out, "M0 %.1fh%d", y_of(s, v), PLOT_WIDTH);
	fputs("\"/>", out);
}

static void draw_numbers(FILE *out, const struct scale *s)
{
	double step = step_of(s->high - s->low, 4), v;

	for (v = ceil(s->low / step) * step; v <= s->high; v += step)
		fprintf(out, "<text class=\"n\" x=\"%d\" y=\"%.1f\">%.4g"
			"</text>", LEFT - 6, TOP + 4 + y_of(s, v), v + 0.0);
	step = step_of(s->end, 8);
	for (v = 0; v <= s->end; v += step)
		fprintf(out, "<text class=\"t\" x=\"%.1f\" y=\"%d\">%.4g s"
			"</text>", LEFT + x_of(s, v),
			TOP + PLOT_HEIGHT + 15, v);
}

static void draw_key(FILE *out, const struct report_run *run, int series,
		     int nth)
{
	double most = NAN;
	int x = LEFT + (nth - 1) * KEY_STEP, i;

	for (i = 0; i < run->nr_points; i++)
		most = fmax(most, run->point[i].value[series]);
	fprintf(out, "<path class=\"l%d\" d=\"M%d 28h26\"/><text x=\"%d\" "
		"y=\"32\">", nth, x, x + 32);
	markup_text(out, report_series[series].label);
	if (isnan(most))
		fputs(": none", out);
	fputs(" <tspan class=\"v\"></tspan></text>", out);
}

static void draw_plot(FILE *out, const struct report_run *run,
		      const struct scale *s, enum report_chart chart)
{
	int k, nth = 0;

	fprintf(out, "<svg class=\"plot\" x=\"%d\" y=\"%d\" width=\"%d\" "
		"height=\"%d\" viewBox=\"0 0 %d %d\" preserveAspectRatio="
		"\"none\">", LEFT, TOP, PLOT_WIDTH, PLOT_HEIGHT, PLOT_WIDTH,
		PLOT_HEIGHT);
	if (chart == REPORT_C_MEMORY && s->low < 0)
		fprintf(out, "<rect class=\"below\" y=\"%.1f\" width=\"%d\" "
			"height=\"%.1f\"/>", y_of(s, 0), PLOT_WIDTH,
			PLOT_HEIGHT - y_of(s, 0));
	draw_silence(out, run, s);
	draw_grid(out, s);
	for (k = 0; k < REPORT_NR_SERIES; k++)
		if (report_series[k].chart == chart)
			draw_line(out, run, s, k, ++nth);
	/* Without something there a pointer would not be noticed. */
	fprintf(out, "<path class=\"cross\" d=\"\"/><rect class=\"hit\" "
		"width=\"%d\" height=\"%d\"/></svg>", PLOT_WIDTH, PLOT_HEIGHT);
	for (k = 0, nth = 0; k < REPORT_NR_SERIES; k++)
		if (report_series[k].chart == chart)
			draw_key(out, run, k, ++nth);
}

static void draw_title(FILE *out, const struct report_chart_info *info)
{
	fputs("<text class=\"h\" x=\"8\" y=\"14\">", out);
	markup_text(out, info->title);
	fputs(" <tspan class=\"u\">", out);
	markup_text(out, info->unit);
	fputs("</tspan></text>", out);
}

/* Of a path that is too long, its end is what tells it from others. */
static void draw_caption(FILE *out, const struct report *r, int run)
{
	const char *path = r->run[run]->run.path;
	size_t len = strlen(path);

	fprintf(out, "<text class=\"u\" x=\"8\" y=\"30\">%s",
		r->nr == r->nr_a ? "" : run < r->nr_a ? "A: " : "B: ");
	if (len > CAPTION_BYTES) {
		path += len - CAPTION_BYTES;
		while ((*path & 0xc0) == 0x80)
			path++;
		fputs("…", out);
	}
	markup_text(out, path);
	fprintf(out, "</text><g transform=\"translate(0 %d)\">", CAPTION);
}

int report_chart_height(const struct report *r)
{
	return TOP + PLOT_HEIGHT + BOTTOM + (r->nr > 1 ? CAPTION : 0);
}

bool report_chart_shown(const struct report *r, enum report_chart chart)
{
	struct scale s;

	return report_charts[chart].always || scale_of(&s, r, chart);
}

void report_chart(FILE *out, const struct report *r, int run,
		  enum report_chart chart, double y)
{
	const struct report_chart_info *info = &report_charts[chart];
	int height = report_chart_height(r);
	struct scale s;
	bool any = scale_of(&s, r, chart);

	fprintf(out, "<svg class=\"chart\" y=\"%.0f\" viewBox=\"0 0 %d %d\" "
		"width=\"%d\" height=\"%d\" role=\"img\" data-end=\"%.3f\" "
		"data-chart=\"%d\"><title>", y, REPORT_CHART_WIDTH, height,
		REPORT_CHART_WIDTH, height, s.end, chart);
	markup_fmt(out, "%s, %s", info->title, info->unit);
	fputs("</title>", out);
	draw_title(out, info);
	if (r->nr > 1)
		draw_caption(out, r, run);
	if (any) {
		draw_plot(out, r->run[run], &s, chart);
		draw_numbers(out, &s);
	} else {
		fprintf(out, "<text class=\"u\" x=\"%d\" y=\"%d\">Nothing to "
			"draw: its hooks were not attached, it did not happen, "
			"or there is one snapshot only.</text>", LEFT, TOP + 20);
	}
	fputs(r->nr > 1 ? "</g></svg>\n" : "</svg>\n", out);
}

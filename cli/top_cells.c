// SPDX-License-Identifier: GPL-2.0
/*
 * top_cells.c - the drawing primitives, all of them clipping.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "top_draw.h"

static struct nsw_cell *cell_at(const struct nsw_cells *cells, int row,
				int col)
{
	return (struct nsw_cell *)&cells->cell[row * TOP_MAX_COLS + col];
}

void cells_size(struct nsw_cells *cells, int rows, int cols)
{
	int r, c;

	cells->rows = rows < TOP_MAX_ROWS ? rows : TOP_MAX_ROWS;
	cells->cols = cols < TOP_MAX_COLS ? cols : TOP_MAX_COLS;
	for (r = 0; r < cells->rows; r++)
		for (c = 0; c < cells->cols; c++)
			*cell_at(cells, r, c) = (struct nsw_cell){ .ch = L' ' };
}

void cells_line(const struct nsw_cells *cells, int row, char *buf,
		size_t size)
{
	char mb[16];	/* no encoding is longer */
	size_t len = 0;
	int c, n, cols = cells->cols;

	while (cols > 0 && cell_at(cells, row, cols - 1)->ch == L' ')
		cols--;
	wctomb(NULL, 0);
	for (c = 0; c < cols; c++) {
		n = wctomb(mb, cell_at(cells, row, c)->ch);
		if (n < 1) {
			mb[0] = '?';
			n = 1;
		}
		if (len + n >= size)
			break;
		memcpy(buf + len, mb, n);
		len += n;
	}
	buf[len] = '\0';
}

struct top_area area_sub(const struct top_area *a, int row, int col,
			 int rows, int cols)
{
	struct top_area s = *a;

	if (row > a->rows)
		row = a->rows;
	if (col > a->cols)
		col = a->cols;
	s.row += row;
	s.col += col;
	s.rows = rows < a->rows - row ? rows : a->rows - row;
	s.cols = cols < a->cols - col ? cols : a->cols - col;
	return s;
}

void area_glyph(const struct top_area *a, int row, int col,
		enum top_attr attr, wchar_t ch)
{
	if (row < 0 || row >= a->rows || col < 0 || col >= a->cols)
		return;
	*cell_at(a->cells, a->row + row, a->col + col) =
		(struct nsw_cell){ .ch = ch, .attr = attr };
}

static void put(const struct top_area *a, int row, int col,
		enum top_attr attr, const char *text, int len)
{
	int i;

	for (i = 0; i < len; i++)
		area_glyph(a, row, col + i, attr,
			   text[i] >= ' ' && text[i] < 127 ? text[i] : '?');
}

void area_text(const struct top_area *a, int row, int col,
	       enum top_attr attr, const char *text)
{
	put(a, row, col, attr, text, strlen(text));
}

void area_fill(const struct top_area *a, int row, enum top_attr attr)
{
	int c;

	for (c = 0; c < a->cols; c++)
		area_glyph(a, row, c, attr, L' ');
}

bool area_item(const struct top_area *a, int row, int *col,
	       enum top_attr attr, const char *fmt, ...)
{
	char buf[TOP_TEXT];
	va_list ap;
	int len;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	len = strlen(buf);
	if (*col + len > a->cols || row >= a->rows) {
		*col = a->cols + 1;
		return false;
	}
	put(a, row, *col, attr, buf, len);
	*col += len + 2;
	return true;
}

void area_column(const struct top_area *a, int row, int col, int width,
		 bool right, enum top_attr attr, const char *text)
{
	int len = strlen(text);

	if (width < 1)
		return;
	if (len <= width) {
		put(a, row, right ? col + width - len : col, attr, text, len);
		return;
	}
	put(a, row, col, attr, text, width - 1);
	area_glyph(a, row, col + width - 1, attr, L'~');
}

int area_wrap(const struct top_area *a, int row, enum top_attr attr,
	      const char *text)
{
	int len, lines = 0;

	while (*text && a->cols > 0) {
		len = strlen(text);
		if (len > a->cols) {
			len = a->cols;
			while (len > 0 && text[len] != ' ')
				len--;
			if (!len)
				len = a->cols;
		}
		put(a, row + lines++, 0, attr, text, len);
		text += len;
		text += strspn(text, " ");
	}
	return lines;
}

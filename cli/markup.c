// SPDX-License-Identifier: GPL-2.0
/*
 * markup.c - text inside XML and HTML.
 */
#include <stdarg.h>

#include "markup.h"

/* Bytes of the UTF-8 character at @s, 0 if it is none that XML may hold. */
static int utf8_len(const unsigned char *s)
{
	int len = *s < 0x80 ? 1 : *s < 0xc2 ? 0 : *s < 0xe0 ? 2 :
		  *s < 0xf0 ? 3 : *s < 0xf5 ? 4 : 0;
	int i;

	if (len == 1 && (*s < ' ' || *s == 127))
		return *s == '\t' || *s == '\n';
	for (i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong, surrogates, beyond the last plane, U+FFFE, U+FFFF. */
	if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) ||
	    (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f) ||
	    (*s == 0xef && s[1] == 0xbf && s[2] > 0xbd))
		return 0;
	return len;
}

void markup_text(FILE *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	int len;

	for (; *s; s += len ? len : 1) {
		len = utf8_len(s);
		switch (*s) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fwrite(len ? (const char *)s : "?", 1, len ? len : 1,
			       out);
		}
	}
}

void markup_fmt(FILE *out, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	markup_text(out, text);
}

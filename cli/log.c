// SPDX-License-Identifier: GPL-2.0
/*
 * log.c - messages for people, on stderr.
 */
#include <stdarg.h>
#include <stdio.h>

#include "log.h"

static char last[512];

/*
 * Paths, and what a parser quotes of a foreign file: that must not command the
 * terminal, nor make two lines of one.
 */
static void clean(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 127)
			*text = '?';
}

int log_err(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(last, sizeof(last), fmt, ap);
	va_end(ap);
	clean(last);
	fprintf(stderr, "netswap: %s\n", last);
	return err;
}

void log_warn(const char *fmt, ...)
{
	char text[sizeof(last)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	clean(text);
	fprintf(stderr, "netswap: warning: %s\n", text);
}

const char *log_last(void)
{
	return last;
}

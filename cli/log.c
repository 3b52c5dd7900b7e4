// SPDX-License-Identifier: GPL-2.0
/*
 * log.c - messages for people, on stderr.
 */
#include <stdarg.h>
#include <stdio.h>

#include "log.h"
#include "util.h"

static char last[512];

int log_err(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(last, sizeof(last), fmt, ap);
	va_end(ap);
	/* It has paths, and what a parser quotes of a foreign file. */
	str_clean(last);
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
	str_clean(text);
	fprintf(stderr, "netswap: warning: %s\n", text);
}

const char *log_last(void)
{
	return last;
}

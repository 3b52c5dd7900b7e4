// SPDX-License-Identifier: GPL-2.0
/*
 * log.c - messages for people, on stderr.
 */
#include <stdarg.h>
#include <stdio.h>

#include "log.h"

static char last[512];

int log_err(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(last, sizeof(last), fmt, ap);
	va_end(ap);
	fprintf(stderr, "netswap: %s\n", last);
	return err;
}

void log_warn(const char *fmt, ...)
{
	va_list ap;

	fputs("netswap: warning: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

const char *log_last(void)
{
	return last;
}

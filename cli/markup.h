/* SPDX-License-Identifier: GPL-2.0 */
/*
 * markup.h - text inside XML and HTML.
 */
#ifndef NETSWAP_MARKUP_H
#define NETSWAP_MARKUP_H

#include <stdio.h>

/**
 * markup_text() - print @text so that it is text, in content and attributes
 *
 * Bytes that are not UTF-8, and control characters, which XML can't hold,
 * become '?'.
 */
void markup_text(FILE *out, const char *text);

/** markup_fmt() - the same of a formatted text of at most 1023 bytes. */
void markup_fmt(FILE *out, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* NETSWAP_MARKUP_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * json.h - the ends of a command that prints JSON.
 */
#ifndef NETSWAP_JSON_H
#define NETSWAP_JSON_H

#include <jansson.h>

/**
 * json_end() - print @doc as one document, release it, return @code
 *
 * Return: @code, or NSW_EXIT_FAILED if there is no memory or stdout fails.
 */
int json_end(json_t *doc, int code);

/**
 * json_fail() - end a command that failed
 *
 * With --json prints {"error": ...} with the last log_err() message, so that
 * stdout is one valid document all the same.  Return: NSW_EXIT_FAILED.
 */
int json_fail(void);

#endif /* NETSWAP_JSON_H */

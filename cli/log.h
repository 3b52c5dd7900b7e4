/* SPDX-License-Identifier: GPL-2.0 */
/*
 * log.h - messages for people, on stderr.
 *
 * One line each: subject, action, reason, remedy.  The message is written
 * once, where the context is known; callers pass the error on.
 */
#ifndef NETSWAP_LOG_H
#define NETSWAP_LOG_H

/**
 * log_err() - print "netswap: MESSAGE" and return @err
 * @err: what to return, usually a negative errno
 *
 * With --json the message also becomes the document {"error": MESSAGE} if
 * the command prints nothing else; see json_end().
 */
int log_err(int err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** log_warn() - print "netswap: warning: MESSAGE". */
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** log_last() - the last log_err() message, or "". */
const char *log_last(void);

#endif /* NETSWAP_LOG_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * child.h - run a command beside us, as env(1) and timeout(1) do.
 */
#ifndef NETSWAP_CHILD_H
#define NETSWAP_CHILD_H

#include <linux/types.h>
#include <stdbool.h>

/* Exit codes of ours that no command should have; those of timeout(1). */
enum child_exit {
	CHILD_FAILED = 125,
	CHILD_NOT_EXECUTABLE = 126,
	CHILD_NOT_FOUND = 127,
	CHILD_SIGNALLED = 128,	/* and the number of the signal */
};

/**
 * child_fork() - fork, and hold the command back until child_release()
 * @argv: command and arguments, NULL at the end
 *
 * Early, so that it has nothing of what the caller sets up for itself: no
 * thread, no locked memory, no place in the OOM killer's order.  If the
 * caller goes without releasing it, the command never runs.
 *
 * Return: 0 or a negative errno, reported.
 */
int child_fork(char **argv);

/**
 * child_release() - let the command begin
 *
 * From now on SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1 and SIGUSR2 go to
 * the command, except those of a terminal, which sends them to both.
 *
 * Return: 0 or, if it can't be run, enum child_exit, reported.
 */
int child_release(void);

/**
 * child_wait() - sleep until the command ends
 * @until_ns: CLOCK_MONOTONIC, not longer than that; ~0 for no limit
 * @status: its exit status, or CHILD_SIGNALLED and the signal
 *
 * Return: true once it has ended.
 */
bool child_wait(__u64 until_ns, int *status);

#endif /* NETSWAP_CHILD_H */

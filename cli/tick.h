/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tick.h - for commands that go on at an interval until they are stopped.
 */
#ifndef NETSWAP_TICK_H
#define NETSWAP_TICK_H

#include <linux/types.h>
#include <signal.h>

/** tick_stopped - SIGINT or SIGTERM came; after tick_signals(). */
extern volatile sig_atomic_t tick_stopped;

/** tick_signals() - let SIGINT and SIGTERM end the series, not the program. */
void tick_signals(void);

/**
 * tick_wait() - sleep until a tick, or until stopped
 * @start_ns: when the series began, now_mono_ns()
 * @tick: number of the tick, from 0
 * @secs: time between two
 */
void tick_wait(__u64 start_ns, unsigned long tick, double secs);

#endif /* NETSWAP_TICK_H */

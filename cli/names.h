/* SPDX-License-Identifier: GPL-2.0 */
/*
 * names.h - names for what the maps hold as numbers: kernel stacks, cgroups.
 */
#ifndef NETSWAP_NAMES_H
#define NETSWAP_NAMES_H

#include "snapshot.h"

/**
 * names_stacks() - symbols of the stacks of the top takers in @snap
 *
 * Reads nsw_stacks and scans /proc/kallsyms once for all addresses: some
 * ten milliseconds.  Nothing where either can't be read.
 */
void names_stacks(struct nsw_snapshot *snap);

/**
 * names_cgroups() - paths of the cgroups that rows and waiters of @snap name
 *
 * Asks the kernel by file handle, so the cost does not grow with the number
 * of cgroups on the machine.  Needs CAP_DAC_READ_SEARCH.
 */
void names_cgroups(struct nsw_snapshot *snap);

/**
 * names_cgroups_walk() - the same for what is still without a path
 *
 * Looks at all cgroups of the machine, if there is any need to; for who may
 * not open them by handle.
 */
void names_cgroups_walk(struct nsw_snapshot *snap);

/** cgroup_path() - path of @id in @snap, or NULL. */
const char *cgroup_path(const struct nsw_snapshot *snap, __u64 id);

/** stack_info() - stack @id in @snap, or NULL. */
const struct nsw_stack_info *stack_info(const struct nsw_snapshot *snap,
					__s32 id);

#endif /* NETSWAP_NAMES_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guard_place.h - between guard_place.c, guard_tc.c and guard_admit.c.
 */
#ifndef NETSWAP_GUARD_PLACE_H
#define NETSWAP_GUARD_PLACE_H

#include "guard.h"

/** place_path() - path of the pin @name of a place. */
void place_path(char *path, size_t size, const struct guard_place *p,
		const char *name);

/** place_pin_link() - pin and close @link; 0 or a negative errno. */
int place_pin_link(int link, const char *path);

/** tc_find() - priority of our filter at an interface, 0 if there is none. */
__u32 tc_find(unsigned int ifindex);

/**
 * tc_attach() - put the filter there, and pin what tells of it
 * @prog: the program
 * @path: pin of the place
 *
 * Return: 0 or a negative errno, not reported.
 */
int tc_attach(const struct guard_place *p, int prog, const char *path);

/** tc_detach() - the contrary, in this network namespace; 0 or an errno. */
int tc_detach(const struct guard_place *p);

/** tc_forget() - the interface is gone: only what tc_attach() pinned. */
void tc_forget(const struct guard_place *p);

#endif /* NETSWAP_GUARD_PLACE_H */

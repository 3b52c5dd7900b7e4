/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guard_place.h - between guard_place.c, guard_tc.c, guard_shared.c and
 * guard_admit.c.
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

/**
 * shared_attach() - join libxdp's dispatcher, if that has the interface
 * @prog: the program that is pinned at @path; another one of it joins
 * @why: the reason, in words, if it can't
 *
 * Return: 0; -ENOENT if XDP is not shared there; or another negative errno,
 * none of them reported.
 */
int shared_attach(const struct guard_place *p, int prog, const char *path,
		  char *why, size_t size);

/** shared_there() - is the guard in the interface's dispatcher? */
bool shared_there(const struct guard_place *p);

/**
 * shared_detach() - leave it to the others, in this network namespace
 * Return: 0 or a negative errno, reported.
 */
int shared_detach(const struct guard_place *p);

/**
 * shared_sweep() - what libxdp has pinned of the guard, and no interface has
 *
 * That is what stays when an interface goes, or whoever changes its dispatcher
 * is killed.
 */
void shared_sweep(unsigned int ifindex);

#endif /* NETSWAP_GUARD_PLACE_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guard.h - turning the guard on and off: the files that do it.
 *
 *   guard.c        load, policy, state
 *   guard_place.c  where it is attached; guard_tc.c: by tc;
 *                  guard_shared.c: beside other XDP programs
 *   guard_admit.c  where a patched kernel asks
 *   guard_pcap.c   a capture through the program
 *
 * Beside what `netswap load` pins there are guard/PROGRAM, maps/nsw_g_*, and
 * one pin per place in links/, whose name says where:
 *
 *   links/nsw_guard_xdp-IFINDEX-NETNS-NAME    the link
 *   links/nsw_guard_xdp-libxdp-IFINDEX-NETNS-NAME
 *                                             the program; libxdp has the link
 *   links/nsw_guard_tc-IFINDEX-NETNS-NAME     the program; the filter is in tc
 *   links/nsw_guard_qdisc-IFINDEX-NETNS-NAME  the same: clsact is ours
 *   links/nsw_guard_cg-CGROUP                 the link
 *   links/nsw_g_admit_p                       the link, on a patched kernel
 *
 * NAME is what the interface was called then, for when it goes and comes back.
 *
 * A pin is made before what it stands for, where that is not the pin itself,
 * and goes after it: whoever is killed in between leaves nothing unlisted.
 */
#ifndef NETSWAP_GUARD_CLI_H
#define NETSWAP_GUARD_CLI_H

#include <jansson.h>
#include <stdio.h>

#include "bpf.h"
#include "policy.h"

#define GUARD_MAX_PLACES	64
#define GUARD_DIR		NSW_PIN_DIR "/guard"

/**
 * struct guard_place - where the guard is, or shall be
 * @hook: NSW_HOOK_GUARD_XDP, _TC, _CG, or _ADMIT: where the kernel asks
 * @ifindex, @netns: of the interface; @netns is the inode
 * @shared: of XDP: in libxdp's dispatcher, beside other programs
 * @cgroup: cgroup v2 id
 * @dev: what the interface was called when the guard was attached
 * @name: interface or cgroup, as it was given or is found now
 * @there: the kernel still has it; an interface may be gone
 */
struct guard_place {
	enum nsw_hook hook;
	unsigned int ifindex;
	unsigned int netns;
	bool shared;
	__u64 cgroup;
	char dev[16];
	char name[256];
	bool there;
};

/**
 * struct guard_options - what `netswap guard on` was asked for
 * @dev: interfaces, separated by commas, or NULL
 * @cgroup: directory of a cgroup2 file system, or NULL
 * @policy: file, or NULL: the one in force, else the built-in one
 * @hook: "xdp" or "tc" only, or NULL: the best that the driver has
 * @mode: enum nsw_guard_mode; NSW_GUARD_OFF: the one in force, else enforce
 * @secs: 0, or when the guard ends by itself
 * @again: come back to what was gone, and do nothing where the guard is off
 */
struct guard_options {
	const char *dev;
	const char *cgroup;
	const char *policy;
	const char *hook;
	enum nsw_guard_mode mode;
	double secs;
	bool again;
};

/**
 * guard_on() - load, set the policy, attach
 *
 * All is checked before anything is attached; if one place fails, those of
 * this call are given up again.  Called again it adds places, comes back to
 * those that were gone, and changes policy and mode at once.
 *
 * Return: 0, 1 if pressure can't be seen for lack of hooks, or a negative errno,
 * reported.
 */
int guard_on(const struct guard_options *o);

/**
 * guard_off() - detach and forget everything of the guard
 * Return: 0, or a negative errno, reported, if some of it had to stay.
 */
int guard_off(void);

/**
 * guard_off_locked() - the same with the lock of pin_dir_lock() held
 * @force: forget also what can't be detached from here; it passes everything
 */
int guard_off_locked(bool force);

/**
 * guard_open() - load the guard's object
 * @own_maps: not those that are pinned: nothing that is in force is touched
 *
 * Return: the object, to be closed, or NULL, reported.
 */
struct bpf_object *guard_open(bool own_maps);

/**
 * guard_load() - load one of the guard's objects
 * @name: of the build, "guard" or "guard_patched"
 * @own_maps: as for guard_open()
 * @to: result, to be closed
 *
 * Return: 0 or a negative errno, not reported.
 */
int guard_load(const char *name, bool own_maps, struct bpf_object **to);

/**
 * guard_open_alone() - open the guard's object for one program of it
 * @to: result, to be loaded and closed; its maps are those that are pinned
 *
 * Return: 0 or a negative errno, not reported.
 */
int guard_open_alone(const char *program, struct bpf_object **to);

/**
 * guard_answer() - where a patched kernel asks, let the policy answer
 *
 * Does nothing on other kernels.  What fails is a warning: the guard is one
 * without that, too.
 */
void guard_answer(void);

/** guard_is_on() - is it attached anywhere? */
bool guard_is_on(void);

/** guard_press() - pressure by hand, for one lease; 0 or an errno, reported. */
int guard_press(void);

/** struct guard_maps - the guard's maps, in memory. */
struct guard_maps {
	struct nsw_guard *guard;
	struct nsw_policy *policy;	/* two */
	struct nsw_bucket *bucket;
	struct nsw_guard_cpu *count;
	__u32 cpus;			/* rows of @count */
};

/**
 * guard_map() - map the maps of a loaded object, to read and write
 * @m: result; the mapping stays until the process ends
 *
 * Return: 0 or a negative errno, reported.
 */
int guard_map(const struct bpf_object *obj, struct guard_maps *m);

/** guard_map_one() - map the map @name; NULL and errno if it can't be. */
void *guard_map_one(const struct bpf_object *obj, const char *name,
		    __u32 *entries);

/**
 * guard_set_policy() - put a policy in force
 *
 * Atomic for packets: each sees the old policy or the new one.  A lease that
 * is running goes on.
 */
void guard_set_policy(struct guard_maps *m, const struct policy *p);

/**
 * guard_set_mode() - from now on
 * @until_ns: end of the guard, CLOCK_MONOTONIC, 0 = none
 */
void guard_set_mode(struct guard_maps *m, enum nsw_guard_mode mode,
		    __u64 until_ns);

/**
 * place_again() - where the guard was, is no more, and could be again
 * @place: result, with the hook that it had: an interface of that name is there
 *
 * Return: number of places, or a negative errno, reported.
 */
int place_again(struct guard_place *place, int max);

/** place_list() - places that are pinned, at most @max; their number. */
int place_list(struct guard_place *place, int max);

/**
 * place_find() - where --dev and --cgroup lead
 *
 * Checks that each can be attached to at all.  Return: number of places, or
 * a negative errno, reported.
 */
int place_find(const struct guard_options *o, struct guard_place *place,
	       int max);

/**
 * place_attach() - attach the program of @place, and pin what tells of it
 * @prog: programs by hook; -1 where there is none
 * @hook: see struct guard_options
 *
 * XDP that the driver has not becomes tc, and @place->hook says so; XDP that
 * others have is shared if it can be, and @place->shared says so.  Return: 0,
 * 1 if it was there already, or a negative errno, reported.
 */
int place_attach(struct guard_place *place, const int prog[NSW_NR_HOOKS],
		 const char *hook);

/** place_detach() - the contrary; 0 or a negative errno, reported. */
int place_detach(const struct guard_place *place);

/**
 * guard_pcap() - run a capture through the guard's XDP program
 * @path: file, as libpcap reads it
 * @policy: file or NULL
 * @dev: interface that it shall have come in at, for rules with dev, or NULL
 * @out: one line per packet, or NULL: @doc gets an array of objects
 *
 * With maps of its own, under pressure, in enforce mode, in the network
 * namespace of the caller.  Return: 0 or a negative errno, reported.
 */
int guard_pcap(const char *path, const char *policy, const char *dev,
	       FILE *out, json_t *doc);

#endif /* NETSWAP_GUARD_CLI_H */

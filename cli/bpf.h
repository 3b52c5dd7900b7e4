/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bpf.h - loading, pinning, attaching: the face of the files that know
 * libbpf (probe.c, load.c, attach.c, pin.c).
 */
#ifndef NETSWAP_BPF_H
#define NETSWAP_BPF_H

#include <linux/types.h>

#include "metric.h"

#define NSW_BPFFS	"/sys/fs/bpf"
#define NSW_PIN_NAME	"netswap"
#define NSW_PIN_DIR	NSW_BPFFS "/" NSW_PIN_NAME

/** struct nsw_build - one compiled object inside this binary. */
struct nsw_build {
	const char *name;	/* stem and variant: "vmscan_fentry" */
	const void *data;
	__u64 size;
};

/** build_count(), build_get() - the objects, by index. */
int build_count(void);
struct nsw_build build_get(int i);

/** build_hash() - tells two builds of the objects apart; never 0. */
__u64 build_hash(void);

/**
 * struct nsw_probe - what the kernel said to one hook
 * @err: 0 = its kind of program loads here, else a negative errno
 * @why: the reason and the remedy when @err
 */
struct nsw_probe {
	int err;
	char why[160];
};

/**
 * probe_hooks() - try each hook with a program that does nothing
 * @probe: result, one per hook
 *
 * Loads and at once drops a two-instruction program for each hook; attaches
 * nothing.  Return: 0, or a negative errno, reported, if nothing at all can
 * work (no BTF, no privilege); @probe then says so for each hook.
 */
int probe_hooks(struct nsw_probe probe[NSW_NR_HOOKS]);

struct btf;

/**
 * probe_target() - what the kernel has for a hook to attach to
 * @btf: the kernel's types
 *
 * Return: its BTF id; 0 for a hook that needs none; negative if it is not there.
 */
int probe_target(const struct btf *btf, const struct nsw_hook_info *hook);

/**
 * struct nsw_pins - what is pinned below NSW_PIN_DIR
 * @prog: program per hook, -1 = none
 * @link: 1 if its link is pinned
 */
struct nsw_pins {
	int prog[NSW_NR_HOOKS];
	bool link[NSW_NR_HOOKS];
};

/**
 * pin_scan() - open all pinned programs
 * @pins: result; close with pin_close()
 *
 * Return: 0, -ENOENT if nothing is pinned, or another negative errno.
 * Reports nothing: without privilege that is the normal case.
 */
int pin_scan(struct nsw_pins *pins);
void pin_close(struct nsw_pins *pins);

/**
 * pin_maps() - open every pinned map of a name
 * @name: map name
 * @fd: result, distinct maps (by id); the caller closes them
 * @max: room in @fd
 *
 * Return: how many, 0 for none, or a negative errno.
 */
int pin_maps(const char *name, int *fd, int max);

/**
 * pin_map_size() - value size and number of entries of a map
 */
int pin_map_size(int fd, __u32 *value_size, __u32 *entries);

/**
 * group_rank() - which alternative of a group is attached
 * @pins: scan result
 * @group: hook group
 *
 * Return: the rank all of whose programs are attached, or -1.
 */
int group_rank(const struct nsw_pins *pins, enum nsw_group group);

/** group_has_hooks() - false for a group that follows from others. */
bool group_has_hooks(enum nsw_group group);

/**
 * group_on_demand() - is it loaded by a command of its own?
 *
 * That is the guard: `netswap load` leaves it alone, and without it nothing is
 * degraded.
 */
bool group_on_demand(enum nsw_group group);

/** hook_attached() - linked, or of a kind that is run and not attached. */
bool hook_attached(const struct nsw_pins *pins, enum nsw_hook hook);

/**
 * nsw_load() - load and pin the best alternative of every group
 * @without: hook types (names of NSW_TYPES, separated by commas) to leave
 *	out, so that fallbacks can be tried on a kernel that would not need
 *	them; NULL for none.  Replaces what is loaded
 *
 * A second call with the same build changes nothing; another build replaces
 * the old one.  Return: 0, 1 if some group stayed without a program, or a
 * negative errno, reported.
 */
int nsw_load(const char *without);

/** nsw_load_replaces() - would nsw_load(NULL) unload another version first? */
bool nsw_load_replaces(void);

/**
 * nsw_attach() - attach what is pinned, by whomever
 *
 * Takes the best complete alternative of each group; one that is worse and
 * attached gives way first, so nothing is ever counted twice.  Return: as
 * nsw_load().
 */
int nsw_attach(void);

/**
 * nsw_unload() - remove every link, program and map
 * Return: 0, -ENOENT if there was nothing, or another negative errno,
 * reported.
 */
int nsw_unload(void);

/** hook_stats() - run count, run time and skipped runs of a program. */
int hook_stats(int prog_fd, __u64 *runs, __u64 *ns, __u64 *misses);

/**
 * hook_run() - run a SEC("syscall") program once
 * @args: its argument, NULL for none; @size: its size, bytes
 */
int hook_run(int prog_fd, void *args, __u32 size);

/**
 * iter_open() - open one reading of an iterator program
 * Return: a file descriptor to read() from, in the caller's current network
 * namespace, or a negative errno.
 */
int iter_open(int prog_fd);

/** bpf_quiet() - send libbpf's own messages nowhere, or to stderr. */
void bpf_quiet(bool quiet);

#endif /* NETSWAP_BPF_H */

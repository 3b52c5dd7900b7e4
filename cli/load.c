// SPDX-License-Identifier: GPL-2.0
/*
 * load.c - choose, load and pin programs.
 *
 * Choosing is a loop: take the best rank that no one has refused yet for
 * each group, load the objects for it; if the verifier or the kernel refuses
 * one after all, strike that rank out and start again.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach.h"
#include "bpf.h"
#include "guard.h"
#include "log.h"

#define NSW_MAX_SHARED		24

/* Maps made so far, by name: later objects use them instead of their own. */
struct shared_maps {
	char name[NSW_MAX_SHARED][BPF_OBJ_NAME_LEN];
	int fd[NSW_MAX_SHARED];
	int nr;
};

struct loader {
	struct nsw_probe probe[NSW_NR_HOOKS];
	bool want[NSW_NR_HOOKS];
	struct shared_maps maps;
	struct bpf_object *obj[NSW_NR_OBJECTS * NSW_NR_VARIANTS];
	int nr_obj;
};

static char libbpf_last[256];
static bool libbpf_aloud;

static int keep_message(enum libbpf_print_level level, const char *fmt,
			va_list ap)
{
	va_list again;

	if (libbpf_aloud) {
		va_copy(again, ap);
		vfprintf(stderr, fmt, again);
		va_end(again);
	}
	if (level == LIBBPF_WARN) {
		vsnprintf(libbpf_last, sizeof(libbpf_last), fmt, ap);
		libbpf_last[strcspn(libbpf_last, "\n")] = '\0';
	}
	return 0;
}

void bpf_quiet(bool quiet)
{
	libbpf_aloud = !quiet;
	libbpf_set_print(keep_message);
}

/* The best rank of @group whose hooks nobody has refused, or -1. */
static int choose_rank(const struct loader *l, enum nsw_group group)
{
	int rank, i;

	for (rank = 0; rank < 4; rank++) {
		bool some = false, ok = true;

		for (i = 0; i < NSW_NR_HOOKS; i++) {
			if (nsw_hooks[i].group != group ||
			    nsw_hooks[i].rank != rank)
				continue;
			some = true;
			ok &= !l->probe[i].err;
		}
		if (some && ok)
			return rank;
	}
	return -1;
}

static void choose(struct loader *l)
{
	int g, i;

	memset(l->want, 0, sizeof(l->want));
	for (g = 0; g < NSW_NR_GROUPS; g++) {
		int rank = group_on_demand(g) ? -1 : choose_rank(l, g);

		for (i = 0; i < NSW_NR_HOOKS; i++)
			if (nsw_hooks[i].group == (enum nsw_group)g &&
			    nsw_hooks[i].rank == rank)
				l->want[i] = true;
	}
}

/* Is hook @i in the object called @name (stem and variant suffix)? */
static bool hook_in_build(int i, const char *name)
{
	const struct nsw_hook_info *h = &nsw_hooks[i];
	char own[64];

	snprintf(own, sizeof(own), "%s%s", nsw_objects[h->object],
		 nsw_variants[nsw_type_variant[h->type]]);
	return !strcmp(own, name);
}

static bool build_wanted(const struct loader *l, const char *name)
{
	int i;

	for (i = 0; i < NSW_NR_HOOKS; i++)
		if (l->want[i] && hook_in_build(i, name))
			return true;
	return false;
}

static int share_maps_in(struct loader *l, struct bpf_object *obj)
{
	int cpus = libbpf_num_possible_cpus();
	struct bpf_map *map;
	int i;

	bpf_object__for_each_map(map, obj) {
		const char *name = bpf_map__name(map);

		/* Fewer CPUs need fewer rows: less memory, faster reading. */
		if (!strcmp(name, "nsw_cpus") && cpus > 0 &&
		    cpus < NSW_CPU_ROWS)
			bpf_map__set_max_entries(map, cpus);
		for (i = 0; i < l->maps.nr; i++)
			if (!strcmp(name, l->maps.name[i]))
				break;
		if (i < l->maps.nr)
			bpf_map__reuse_fd(map, l->maps.fd[i]); /* frees name */
	}
	return 0;
}

static int share_maps_out(struct loader *l, struct bpf_object *obj)
{
	struct bpf_map *map;
	int i;

	bpf_object__for_each_map(map, obj) {
		const char *name = bpf_map__name(map);

		for (i = 0; i < l->maps.nr; i++)
			if (!strcmp(name, l->maps.name[i]))
				break;
		if (i < l->maps.nr || i >= NSW_MAX_SHARED)
			continue;
		snprintf(l->maps.name[i], BPF_OBJ_NAME_LEN, "%s", name);
		l->maps.fd[i] = bpf_map__fd(map);
		l->maps.nr++;
	}
	return 0;
}

/* Load one object with only the wanted programs; on failure strike it out. */
static int load_build(struct loader *l, const struct nsw_build *b)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = b->name);
	struct bpf_object *obj;
	struct bpf_program *prog;
	int i, err;

	obj = bpf_object__open_mem(b->data, b->size, &opts);
	if (!obj)
		return log_err(-errno, "object %s: cannot open: %s", b->name,
			       strerror(errno));
	for (i = 0; i < NSW_NR_HOOKS; i++) {
		if (!hook_in_build(i, b->name))
			continue;
		prog = bpf_object__find_program_by_name(obj,
						nsw_hooks[i].program);
		if (prog)
			bpf_program__set_autoload(prog, l->want[i]);
	}
	share_maps_in(l, obj);
	libbpf_last[0] = '\0';
	err = bpf_object__load(obj);
	if (err) {
		for (i = 0; i < NSW_NR_HOOKS; i++) {
			if (!l->want[i] || !hook_in_build(i, b->name))
				continue;
			l->probe[i].err = err;
			snprintf(l->probe[i].why, sizeof(l->probe[i].why),
				 "%s: %.100s", strerror(-err), libbpf_last);
		}
		log_warn("object %s: cannot load: %s (%s); using a fallback",
			 b->name, strerror(-err), libbpf_last);
		bpf_object__close(obj);
		return err;
	}
	share_maps_out(l, obj);
	l->obj[l->nr_obj++] = obj;
	return 0;
}

static void loader_drop(struct loader *l)
{
	while (l->nr_obj)
		bpf_object__close(l->obj[--l->nr_obj]);
	l->maps.nr = 0;
}

static int load_all(struct loader *l)
{
	int i, err;

	for (i = 0; i < build_count(); i++) {
		struct nsw_build b = build_get(i);

		if (!build_wanted(l, b.name))
			continue;
		err = load_build(l, &b);
		if (err) {
			loader_drop(l);
			return err;
		}
	}
	return 0;
}

static int pin_program(const char *dir, struct bpf_program *prog)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, bpf_program__name(prog));
	if (bpf_obj_pin(bpf_program__fd(prog), path))
		return log_err(-errno, "%s: cannot pin: %s", path,
			       strerror(errno));
	return 0;
}

static int pin_object(struct bpf_object *obj)
{
	struct bpf_program *prog;
	char dir[PATH_MAX];
	int err;

	snprintf(dir, sizeof(dir), NSW_PIN_DIR "/%s", bpf_object__name(obj));
	if (mkdir(dir, 0700) && errno != EEXIST)
		return log_err(-errno, "%s: cannot make: %s", dir,
			       strerror(errno));
	bpf_object__for_each_program(prog, obj) {
		if (bpf_program__fd(prog) < 0)
			continue;
		err = pin_program(dir, prog);
		if (err)
			return err;
	}
	return 0;
}

static int pin_map(const struct shared_maps *maps, int i)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), NSW_PIN_DIR "/maps/%s", maps->name[i]);
	if (bpf_obj_pin(maps->fd[i], path))
		return log_err(-errno, "%s: cannot pin: %s", path,
			       strerror(errno));
	return 0;
}

static int pin_all(struct loader *l)
{
	int i, err, conf = 0;

	if (mkdir(NSW_PIN_DIR "/maps", 0700) && errno != EEXIST)
		return log_err(-errno, NSW_PIN_DIR "/maps: cannot make: %s",
			       strerror(errno));
	for (i = 0; i < l->nr_obj; i++) {
		err = pin_object(l->obj[i]);
		if (err)
			return err;
	}
	/*
	 * nsw_conf last: its build hash says that all is there.  After a
	 * load that was killed before, the next one starts from nothing.
	 */
	for (i = 0; i < l->maps.nr; i++) {
		/* Global variables: programs hold them; bpffs takes no dots. */
		if (strchr(l->maps.name[i], '.'))
			continue;
		if (!strcmp(l->maps.name[i], "nsw_conf")) {
			conf = i;
			continue;
		}
		err = pin_map(&l->maps, i);
		if (err)
			return err;
	}
	return pin_map(&l->maps, conf);
}

static int write_conf(struct loader *l)
{
	struct nsw_conf conf = {
		.abi = NSW_ABI_VERSION,
		.build = build_hash(),
	};
	__u32 zero = 0;
	int i;

	for (i = 0; i < l->maps.nr; i++)
		if (!strcmp(l->maps.name[i], "nsw_conf"))
			return bpf_map_update_elem(l->maps.fd[i], &zero, &conf,
						   BPF_ANY);
	return 0;
}

/* Build hash of what is loaded; 0 for bpftool's, or nothing. */
static __u64 loaded_build(void)
{
	struct nsw_conf conf = {};
	__u32 zero = 0, size = 0, entries;
	int fd;

	if (pin_maps("nsw_conf", &fd, 1) < 1)
		return 0;
	if (!pin_map_size(fd, &size, &entries) && size == sizeof(conf))
		bpf_map_lookup_elem(fd, &zero, &conf);
	close(fd);
	return conf.build;
}

/* Strike out the hook types named in @list. */
static int leave_out(struct nsw_probe *probe, const char *list)
{
	size_t len;
	int t, i;

	for (; list && *list; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		for (t = 0; t < NSW_NR_TYPES; t++)
			if (strlen(nsw_types[t]) == len &&
			    !strncmp(nsw_types[t], list, len))
				break;
		if (t == NSW_NR_TYPES)
			return log_err(-EINVAL, "--without: '%.*s' is no hook "
				       "type: see 'netswap probe'", (int)len,
				       list);
		for (i = 0; i < NSW_NR_HOOKS; i++)
			if (nsw_hooks[i].type == (enum nsw_hook_type)t)
				probe[i].err = -ECANCELED;
	}
	return 0;
}

/* Strike out what was wanted and loaded but did not attach; true if any. */
static bool strike_unattached(struct loader *l)
{
	struct nsw_pins pins;
	bool any = false;
	int i;

	if (pin_scan(&pins))
		return false;
	for (i = 0; i < NSW_NR_HOOKS; i++) {
		if (!l->want[i] || hook_attached(&pins, i))
			continue;
		l->probe[i].err = -EBUSY;
		any = true;
	}
	pin_close(&pins);
	return any;
}

/* One round with what is not struck out.  0, 1 if degraded, or an error. */
static int load_round(struct loader *l)
{
	int err;

	do {
		choose(l);
		err = load_all(l);
		/* EPERM on everything: no rank will do any better. */
	} while (err && err != -EPERM);
	if (err)
		return err;
	/* The tick needs nothing but BPF itself. */
	if (!l->nr_obj)
		return log_err(-EPERM, "no program can be loaded: %s",
			       l->probe[NSW_HOOK_TICK].why);
	write_conf(l);
	err = pin_all(l);
	return err ? err : attach_locked();
}

static int load_locked(const char *without)
{
	struct loader *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return -ENOMEM;
	err = probe_hooks(l->probe);
	if (!err)
		err = leave_out(l->probe, without);
	while (!err) {
		err = load_round(l);
		loader_drop(l);
		if (err < 0)
			unload_locked();
		if (err != 1 || !strike_unattached(l))
			break;
		/* Loaded but not attached: begin again without those. */
		unload_locked();
		err = pin_dir_make();
	}
	free(l);
	return err;
}

bool nsw_load_replaces(void)
{
	return loaded_build() != build_hash();
}

int nsw_load(const char *without)
{
	static struct nsw_probe unused[NSW_NR_HOOKS];
	int lock, err;

	/* A wrong list must not cost what is loaded. */
	err = leave_out(unused, without);
	if (err)
		return err;
	lock = pin_dir_lock(true);
	if (lock < 0)
		return lock;
	if (!without && !nsw_load_replaces()) {
		err = attach_locked();
	} else {
		/* Also what bpftool pinned: its maps know no build. */
		if (guard_is_on())
			log_warn("the guard was on, and is off now: run "
				 "'netswap guard on'");
		unload_locked();
		err = pin_dir_make();
		if (!err)
			err = load_locked(without);
	}
	close(lock);
	return err;
}

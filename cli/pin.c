// SPDX-License-Identifier: GPL-2.0
/*
 * pin.c - what is pinned below /sys/fs/bpf/netswap.
 *
 *   OBJECT/PROGRAM   programs, and maps that bpftool pinned beside them
 *   maps/NAME        maps, shared by the objects of one `netswap load`
 *   links/PROGRAM    attachments
 *
 * Names decide what a file is: programs are in the hook table, maps begin
 * with nsw_ too but are not in it.
 */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bpf.h"

static int hook_by_name(const char *name)
{
	int i;

	for (i = 0; i < NSW_NR_HOOKS; i++)
		if (!strcmp(nsw_hooks[i].program, name))
			return i;
	return -1;
}

static bool is_link_dir(const char *name)
{
	return !strcmp(name, "links");
}

/*
 * Call @fn for each file in each directory below NSW_PIN_DIR, until it
 * returns non-zero.
 */
static int pin_walk(int (*fn)(void *ctx, const char *dir, const char *name,
			      const char *path), void *ctx)
{
	char sub[PATH_MAX], path[PATH_MAX * 2];
	struct dirent *d, *f;
	int err = 0;
	DIR *top, *in;

	top = opendir(NSW_PIN_DIR);
	if (!top)
		return -errno;
	while (!err && (d = readdir(top))) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(sub, sizeof(sub), NSW_PIN_DIR "/%s", d->d_name);
		in = opendir(sub);
		if (!in)
			continue;
		while (!err && (f = readdir(in))) {
			if (f->d_name[0] == '.')
				continue;
			snprintf(path, sizeof(path), "%s/%s", sub, f->d_name);
			err = fn(ctx, d->d_name, f->d_name, path);
		}
		closedir(in);
	}
	closedir(top);
	return err;
}

/* Whose link is called @name: the program, or the program and a place. */
static int hook_by_link(const char *name)
{
	size_t len;
	int i;

	for (i = 0; i < NSW_NR_HOOKS; i++) {
		len = strlen(nsw_hooks[i].program);
		if (!strncmp(nsw_hooks[i].program, name, len) &&
		    (!name[len] || name[len] == '-'))
			return i;
	}
	return -1;
}

static int scan_one(void *ctx, const char *dir, const char *name,
		    const char *path)
{
	struct nsw_pins *pins = ctx;
	int hook = is_link_dir(dir) ? hook_by_link(name) : hook_by_name(name);

	if (hook < 0)
		return 0;
	if (is_link_dir(dir)) {
		pins->link[hook] = true;
		return 0;
	}
	if (pins->prog[hook] < 0)
		pins->prog[hook] = bpf_obj_get(path);
	return 0;
}

int pin_scan(struct nsw_pins *pins)
{
	int i, err, found = 0;

	memset(pins, 0, sizeof(*pins));
	for (i = 0; i < NSW_NR_HOOKS; i++)
		pins->prog[i] = -1;
	err = pin_walk(scan_one, pins);
	if (err)
		return err;
	for (i = 0; i < NSW_NR_HOOKS; i++)
		found += pins->prog[i] >= 0;
	return found ? 0 : -ENOENT;
}

void pin_close(struct nsw_pins *pins)
{
	int i;

	for (i = 0; i < NSW_NR_HOOKS; i++) {
		if (pins->prog[i] >= 0)
			close(pins->prog[i]);
		pins->prog[i] = -1;
	}
}

struct find_map {
	const char *name;
	int *fd;
	__u32 id[NSW_NR_OBJECTS * NSW_NR_VARIANTS];
	int nr, max;
};

static int find_map_one(void *ctx, const char *dir, const char *name,
			const char *path)
{
	struct bpf_map_info info = {};
	struct find_map *find = ctx;
	__u32 len = sizeof(info);
	int i, fd;

	(void)dir;
	if (strcmp(name, find->name) || find->nr >= find->max)
		return 0;
	/*
	 * Not BPF_F_RDONLY: mmap() takes VM_SHARED from a mapping of a file
	 * that is not open for writing, and bpf_map_mmap() then refuses it.
	 * The mapping itself is PROT_READ.
	 */
	fd = bpf_obj_get(path);
	if (fd < 0)
		return -errno;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		goto out_close;
	for (i = 0; i < find->nr; i++)
		if (find->id[i] == info.id)
			goto out_close;
	find->id[find->nr] = info.id;
	find->fd[find->nr++] = fd;
	return 0;
out_close:
	close(fd);
	return 0;
}

int pin_maps(const char *name, int *fd, int max)
{
	struct find_map find = { .name = name, .fd = fd, .max = max };
	int err;

	if (find.max > (int)(sizeof(find.id) / sizeof(find.id[0])))
		find.max = sizeof(find.id) / sizeof(find.id[0]);
	err = pin_walk(find_map_one, &find);
	if (err) {
		while (find.nr)
			close(fd[--find.nr]);
		return err;
	}
	return find.nr;
}

int pin_map_size(int fd, __u32 *value_size, __u32 *entries)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	*value_size = info.value_size;
	*entries = info.max_entries;
	return 0;
}

bool hook_attached(const struct nsw_pins *pins, enum nsw_hook hook)
{
	enum nsw_hook_type type = nsw_hooks[hook].type;

	if (type == NSW_T_RUN || type == NSW_T_ITER)
		return pins->prog[hook] >= 0;
	return pins->link[hook];
}

bool group_on_demand(enum nsw_group group)
{
	return group == NSW_GRP_GUARD;
}

bool group_has_hooks(enum nsw_group group)
{
	int i;

	for (i = 0; i < NSW_NR_HOOKS; i++)
		if (nsw_hooks[i].group == group)
			return true;
	return false;
}

int group_rank(const struct nsw_pins *pins, enum nsw_group group)
{
	int rank, i;

	for (rank = 0; rank < 4; rank++) {
		int want = 0, have = 0;

		for (i = 0; i < NSW_NR_HOOKS; i++) {
			if (nsw_hooks[i].group != group ||
			    nsw_hooks[i].rank != rank)
				continue;
			want++;
			have += hook_attached(pins, i);
		}
		if (want && want == have)
			return rank;
	}
	return -1;
}

int hook_stats(int prog_fd, __u64 *runs, __u64 *ns, __u64 *misses)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(prog_fd, &info, &len))
		return -errno;
	*runs = info.run_cnt;
	*ns = info.run_time_ns;
	*misses = info.recursion_misses;
	return 0;
}

int hook_run(int prog_fd, void *args, __u32 size)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args,
		    .ctx_size_in = size);

	if (bpf_prog_test_run_opts(prog_fd, &opts))
		return -errno;
	return opts.retval ? -EIO : 0;
}

int iter_open(int prog_fd)
{
	int link, fd, err;

	link = bpf_link_create(prog_fd, 0, BPF_TRACE_ITER, NULL);
	if (link < 0)
		return -errno;
	fd = bpf_iter_create(link);
	err = -errno;
	close(link);
	return fd < 0 ? err : fd;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * attach.c - attach pinned programs, and take everything away again.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attach.h"
#include "bpf.h"
#include "log.h"
#include "swapdev.h"
#include "util.h"

static void link_path(char *path, size_t size, enum nsw_hook hook)
{
	snprintf(path, size, NSW_PIN_DIR "/links/%s", nsw_hooks[hook].program);
}

/* A kprobe by its event source: libbpf's link for it can't be pinned. */
static int kprobe_link(int prog, const struct nsw_hook_info *h)
{
	struct perf_event_attr attr = { .size = sizeof(attr) };
	int fd, link, err;
	char buf[32];

	if (read_file("/sys/bus/event_source/devices/kprobe/type", buf,
		      sizeof(buf)) <= 0)
		return -EINVAL;
	attr.type = atoi(buf);
	/* Bit 0 of the config is "retprobe" (format/retprobe). */
	attr.config = h->type == NSW_T_KRETPROBE;
	attr.config1 = (__u64)(unsigned long)h->target;
	fd = syscall(__NR_perf_event_open, &attr, -1, 0, -1,
		     PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	link = bpf_link_create(prog, fd, BPF_PERF_EVENT, NULL);
	err = -errno;
	close(fd);
	return link < 0 ? err : link;
}

static int make_link(int prog, const struct nsw_hook_info *h)
{
	int link;

	if (h->type == NSW_T_KPROBE || h->type == NSW_T_KRETPROBE)
		return kprobe_link(prog, h);
	link = bpf_raw_tracepoint_open(h->type == NSW_T_RAW ? h->target : NULL,
				       prog);
	return link < 0 ? -errno : link;
}

static int attach_hook(struct nsw_pins *pins, enum nsw_hook hook)
{
	const struct nsw_hook_info *h = &nsw_hooks[hook];
	char path[PATH_MAX];
	int link, err = 0;

	if (h->type == NSW_T_ITER || pins->link[hook])
		return 0;
	if (h->type == NSW_T_RUN)
		/* Starting the timer again does no harm. */
		return hook == NSW_HOOK_TICK ?
		       hook_run(pins->prog[hook], NULL, 0) : 0;
	link = make_link(pins->prog[hook], h);
	if (link < 0)
		return link;
	link_path(path, sizeof(path), hook);
	if (bpf_obj_pin(link, path))
		err = -errno;
	else
		pins->link[hook] = true;
	close(link);
	return err;
}

static void detach_hook(struct nsw_pins *pins, enum nsw_hook hook)
{
	char path[PATH_MAX];

	link_path(path, sizeof(path), hook);
	unlink(path);
	pins->link[hook] = false;
}

/* Is every program of this alternative pinned? */
static bool rank_pinned(const struct nsw_pins *pins, enum nsw_group group,
			int rank)
{
	bool some = false;
	int i;

	for (i = 0; i < NSW_NR_HOOKS; i++) {
		if (nsw_hooks[i].group != group || nsw_hooks[i].rank != rank)
			continue;
		if (pins->prog[i] < 0)
			return false;
		some = true;
	}
	return some;
}

static void detach_group(struct nsw_pins *pins, enum nsw_group group,
			 int except)
{
	int i;

	for (i = 0; i < NSW_NR_HOOKS; i++)
		if (nsw_hooks[i].group == group &&
		    nsw_hooks[i].rank != except && pins->link[i])
			detach_hook(pins, i);
}

static int attach_rank(struct nsw_pins *pins, enum nsw_group group, int rank)
{
	int i, err;

	detach_group(pins, group, rank);
	for (i = 0; i < NSW_NR_HOOKS; i++) {
		if (nsw_hooks[i].group != group || nsw_hooks[i].rank != rank)
			continue;
		err = attach_hook(pins, i);
		if (!err)
			continue;
		log_warn("%s: cannot attach to %s %s: %s",
			 nsw_hooks[i].program, nsw_types[nsw_hooks[i].type],
			 nsw_hooks[i].target, strerror(-err));
		detach_group(pins, group, -1);
		return err;
	}
	return 0;
}

static int attach_group(struct nsw_pins *pins, enum nsw_group group)
{
	int rank, err = -ENOENT;

	for (rank = 0; rank < 4; rank++) {
		if (!rank_pinned(pins, group, rank))
			continue;
		err = attach_rank(pins, group, rank);
		if (!err)
			break;
	}
	return err;
}

/*
 * bpftool pins maps only when it is told to; pin those of each program
 * beside it, so that readers find them without CAP_SYS_ADMIN.
 */
static void pin_prog_maps(int prog, const char *dir)
{
	struct bpf_prog_info info = {};
	struct bpf_map_info map = {};
	__u32 ids[16], i, len = sizeof(info);
	char path[PATH_MAX];
	int fd;

	info.nr_map_ids = ARRAY_SIZE(ids);
	info.map_ids = (__u64)(unsigned long)ids;
	if (bpf_obj_get_info_by_fd(prog, &info, &len))
		return;
	for (i = 0; i < info.nr_map_ids && i < ARRAY_SIZE(ids); i++) {
		fd = bpf_map_get_fd_by_id(ids[i]);
		if (fd < 0)
			continue;
		len = sizeof(map);
		/* Global variables have a dot in their name; bpffs takes none. */
		if (!bpf_obj_get_info_by_fd(fd, &map, &len) &&
		    !strchr(map.name, '.')) {
			snprintf(path, sizeof(path), "%s/%s", dir, map.name);
			bpf_obj_pin(fd, path);	/* fails where it is pinned */
		}
		close(fd);
	}
}

static void pin_missing_maps(void)
{
	char dir[PATH_MAX], path[PATH_MAX * 2];
	struct dirent *d;
	int i, fd;
	DIR *top;

	if (!access(NSW_PIN_DIR "/maps", F_OK))
		return;		/* `netswap load` pinned them */
	top = opendir(NSW_PIN_DIR);
	while (top && (d = readdir(top))) {
		if (d->d_name[0] == '.' || !strcmp(d->d_name, "links"))
			continue;
		snprintf(dir, sizeof(dir), NSW_PIN_DIR "/%s", d->d_name);
		for (i = 0; i < NSW_NR_HOOKS; i++) {
			snprintf(path, sizeof(path), "%s/%s", dir,
				 nsw_hooks[i].program);
			fd = access(path, F_OK) ? -1 : bpf_obj_get(path);
			if (fd < 0)
				continue;
			pin_prog_maps(fd, dir);
			close(fd);
		}
	}
	if (top)
		closedir(top);
}

int attach_locked(void)
{
	struct nsw_pins pins;
	int g, err, missing = 0;

	err = pin_scan(&pins);
	if (err)
		return log_err(err, "nothing is pinned below " NSW_PIN_DIR
			       ": run 'netswap load', or 'bpftool prog loadall "
			       "FILE " NSW_PIN_DIR "/NAME' first");
	if (mkdir(NSW_PIN_DIR "/links", 0700) && errno != EEXIST) {
		err = log_err(-errno, NSW_PIN_DIR "/links: cannot make: %s",
			      strerror(errno));
		goto out_close;
	}
	pin_missing_maps();
	for (g = 0; g < NSW_NR_GROUPS; g++)
		if (group_has_hooks(g) && !group_on_demand(g) &&
		    attach_group(&pins, g))
			missing++;
	swapdev_write_classes();
	err = missing ? 1 : 0;
out_close:
	pin_close(&pins);
	return err;
}

int nsw_attach(void)
{
	int lock = pin_dir_lock(false), err;

	if (lock == -ENOENT)
		return log_err(lock, "nothing is pinned below " NSW_PIN_DIR
			       ": run 'netswap load' first");
	if (lock < 0)
		return lock;
	err = attach_locked();
	close(lock);
	return err;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * names.c - names for what the maps hold as numbers.
 */
#include <bpf/bpf.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpf.h"
#include "names.h"
#include "util.h"

#define MAX_ADDRS	(NSW_SNAP_STACKS * NSW_STACK_SHOWN)
#define CGROUP_ROOT	"/sys/fs/cgroup"
#define CGROUP_UNIFIED	CGROUP_ROOT "/unified"
#define MAX_DEPTH	32
#define FILEID_KERNFS	0xfe	/* include/linux/exportfs.h: u64 id */

/* An address of some stack, and the closest symbol at or below it so far. */
struct addr_name {
	__u64 addr;
	__u64 symbol;
	char *to;
	char name[NSW_SYM_LEN];
};

struct addr_names {
	struct addr_name row[MAX_ADDRS];
	int nr;
};

static int by_addr(const void *a, const void *b)
{
	const struct addr_name *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

/*
 * @symbol may be the closest one for the first address at or above it; those
 * further up learn of it from their neighbour, in name_addrs().
 */
static void offer(struct addr_names *all, __u64 symbol, const char *name)
{
	int low = 0, high = all->nr, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (all->row[mid].addr < symbol)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == all->nr || symbol < all->row[low].symbol)
		return;
	all->row[low].symbol = symbol;
	str_copy(all->row[low].name, name, sizeof(all->row[low].name));
}

static void name_addrs(struct addr_names *all)
{
	unsigned long long symbol;
	char line[256], name[128], type;
	FILE *f = fopen("/proc/kallsyms", "re");
	int i;

	qsort(all->row, all->nr, sizeof(all->row[0]), by_addr);
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%llx %c %127s", &symbol, &type, name) == 3 &&
		    symbol && (type == 't' || type == 'T'))
			offer(all, symbol, name);
	if (f)
		fclose(f);
	for (i = 0; i < all->nr; i++) {
		struct addr_name *row = &all->row[i];

		if (i && row[-1].symbol > row->symbol) {
			row->symbol = row[-1].symbol;
			memcpy(row->name, row[-1].name, sizeof(row->name));
		}
		if (row->symbol)
			str_copy(row->to, row->name, NSW_SYM_LEN);
		else
			snprintf(row->to, NSW_SYM_LEN, "0x%llx", row->addr);
	}
}

static void read_stack(int map, struct nsw_stack_info *info,
		       struct addr_names *all)
{
	__u64 addrs[NSW_STACK_DEPTH] = {};
	__u32 id = info->id;
	int i;

	if (bpf_map_lookup_elem(map, &id, addrs))
		return;
	for (i = 0; i < NSW_STACK_SHOWN && addrs[i]; i++) {
		if (all->nr == MAX_ADDRS)
			return;
		all->row[all->nr].addr = addrs[i];
		all->row[all->nr++].to = info->sym[info->nr++];
	}
}

void names_stacks(struct nsw_snapshot *snap)
{
	struct addr_names *all;
	int map;
	__u32 i;

	for (i = 0; i < snap->nr_tops; i++) {
		const struct nsw_key *k = &snap->top[i].key;

		if (k->kind != NSW_K_TAKER || k->stack < 0 ||
		    stack_info(snap, k->stack))
			continue;
		if (snap->nr_stacks == NSW_SNAP_STACKS)
			break;
		snap->stack[snap->nr_stacks++].id = k->stack;
	}
	if (!snap->nr_stacks || pin_maps("nsw_stacks", &map, 1) < 1)
		return;
	all = calloc(1, sizeof(*all));
	for (i = 0; all && i < snap->nr_stacks; i++)
		read_stack(map, &snap->stack[i], all);
	if (all)
		name_addrs(all);
	free(all);
	close(map);
}

/* Path below the cgroup root of the cgroup with inode number @id. */
static bool path_of(int mount, __u64 id, char *path, size_t size)
{
	struct {
		struct file_handle head;
		__u64 id;
	} handle = { .head = { sizeof(__u64), FILEID_KERNFS } };
	char link[64], full[PATH_MAX];
	const char *root;
	ssize_t n;
	int fd;

	memcpy(handle.head.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(mount, &handle.head, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, full, sizeof(full) - 1);
	close(fd);
	if (n <= 0)
		return false;
	full[n] = '\0';
	root = strstr(full, CGROUP_ROOT);
	root = root ? root + strlen(CGROUP_ROOT) : full;
	str_copy(path, root[0] ? root : "/", size);
	return true;
}

static int cgroup2_mount(void)
{
	/* Hybrid systems have version 2 one level down. */
	int fd = open(CGROUP_UNIFIED, O_RDONLY | O_CLOEXEC);

	return fd >= 0 ? fd : open(CGROUP_ROOT, O_RDONLY | O_CLOEXEC);
}

static void add_cgroup(struct nsw_snapshot *snap, int mount, __u64 id)
{
	struct nsw_cgroup_info *info = &snap->cgroup[snap->nr_cgroups];

	if (!id || snap->nr_cgroups == NSW_SNAP_CGROUPS ||
	    cgroup_path(snap, id))
		return;
	if (path_of(mount, id, info->path, sizeof(info->path))) {
		info->id = id;
		snap->nr_cgroups++;
	}
}

void names_cgroups(struct nsw_snapshot *snap)
{
	int mount = cgroup2_mount();
	__u32 i;

	if (mount < 0)
		return;
	for (i = 0; i < snap->nr_tops; i++)
		add_cgroup(snap, mount, snap->top[i].key.cgroup);
	for (i = 0; i < snap->nr_waiters; i++)
		add_cgroup(snap, mount, snap->waiter[i].cgroup);
	for (i = 0; i < snap->nr_events; i++)
		add_cgroup(snap, mount, snap->event[i].key.cgroup);
	for (i = 0; i < snap->nr_socks; i++)
		add_cgroup(snap, mount, snap->sock[i].sock.memcg);
	close(mount);
}

static bool unnamed(const struct nsw_snapshot *snap, __u64 id)
{
	__u32 i;

	for (i = 0; i < snap->nr_tops; i++)
		if (snap->top[i].key.cgroup && !cgroup_path(snap,
		    snap->top[i].key.cgroup) &&
		    (!id || snap->top[i].key.cgroup == id))
			return snap->nr_cgroups < NSW_SNAP_CGROUPS;
	return false;
}

/* @path: PATH_MAX bytes that hold a directory of length @len. */
static void walk(struct nsw_snapshot *snap, char *path, size_t len, int depth)
{
	struct nsw_cgroup_info *to = &snap->cgroup[snap->nr_cgroups];
	DIR *dir = opendir(path);
	struct dirent *d;
	struct stat st;
	size_t n;

	if (dir && !fstat(dirfd(dir), &st) && unnamed(snap, st.st_ino)) {
		to->id = st.st_ino;
		str_copy(to->path, depth ? path + strlen(CGROUP_ROOT) : "/",
			 sizeof(to->path));
		snap->nr_cgroups++;
	}
	while (dir && depth < MAX_DEPTH && (d = readdir(dir))) {
		if (d->d_type != DT_DIR || !strcmp(d->d_name, ".") ||
		    !strcmp(d->d_name, ".."))
			continue;
		n = snprintf(path + len, PATH_MAX - len, "/%s", d->d_name);
		if (n < PATH_MAX - len)
			walk(snap, path, len + n, depth + 1);
	}
	path[len] = '\0';
	if (dir)
		closedir(dir);
}

void names_cgroups_walk(struct nsw_snapshot *snap)
{
	char path[PATH_MAX] = CGROUP_UNIFIED;

	if (access(path, F_OK))
		str_copy(path, CGROUP_ROOT, sizeof(path));
	if (unnamed(snap, 0))
		walk(snap, path, strlen(path), 0);
}

const char *cgroup_path(const struct nsw_snapshot *snap, __u64 id)
{
	__u32 i;

	for (i = 0; i < snap->nr_cgroups; i++)
		if (snap->cgroup[i].id == id)
			return snap->cgroup[i].path;
	return NULL;
}

const struct nsw_stack_info *stack_info(const struct nsw_snapshot *snap,
					__s32 id)
{
	__u32 i;

	for (i = 0; i < snap->nr_stacks; i++)
		if (snap->stack[i].id == id)
			return &snap->stack[i];
	return NULL;
}

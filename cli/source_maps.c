// SPDX-License-Identifier: GPL-2.0
/*
 * source_maps.c - open the pinned maps, once, into memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source.h"

static int map_one(struct mapped *m, int fd, __u32 want)
{
	long page = sysconf(_SC_PAGESIZE);
	__u32 size;
	int err;

	err = pin_map_size(fd, &size, &m->entries);
	if (err)
		return err;
	if (size != want)
		return -EPROTO;
	m->stride = (size + 7) & ~7u;
	m->len = ((size_t)m->stride * m->entries + page - 1) & ~(page - 1);
	m->at = mmap(NULL, m->len, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	return m->at == MAP_FAILED ? -errno : 0;
}

static int map_open(struct map_set *set, const char *name, __u32 want)
{
	int fd[NSW_MAX_MAPS], i, n, err = 0;

	set->nr = 0;
	n = pin_maps(name, fd, NSW_MAX_MAPS);
	if (n < 0)
		return n;
	for (i = 0; i < n; i++) {
		if (!err) {
			err = map_one(&set->map[set->nr], fd[i], want);
			set->nr += !err;
		}
		close(fd[i]);
	}
	return err;
}

static void map_close(struct map_set *set)
{
	while (set->nr) {
		set->nr--;
		munmap((void *)set->map[set->nr].at, set->map[set->nr].len);
	}
}

void maps_close(struct nsw_source *src)
{
	map_close(&src->cpus);
	map_close(&src->tops);
	map_close(&src->rings);
	map_close(&src->zones);
	map_close(&src->waiters);
	map_close(&src->guard);
	map_close(&src->policy);
	map_close(&src->counts);
	pin_close(&src->pins);
	if (src->links >= 0)
		close(src->links);
}

/* One line: what is missing, and the remedy. */
static void say_why(struct nsw_source *src, int err)
{
	const char *why = "no programs are loaded: run 'netswap load' as root";

	if (err == -EACCES || err == -EPERM)
		why = "the BPF maps are not readable: run as root, or with "
		      "CAP_BPF and access to " NSW_PIN_DIR;
	else if (err == -EPROTO)
		why = "the loaded programs are of another version: run "
		      "'netswap load' to replace them";
	else if (access("/sys/kernel/btf/vmlinux", F_OK))
		why = "this kernel has no BTF (CONFIG_DEBUG_INFO_BTF): only "
		      "/proc is read";
	snprintf(src->why, sizeof(src->why), "%s", why);
}

/* What follows from the hooks attached; metrics.h names these groups. */
static void find_groups(struct nsw_source *src)
{
	int g, i;

	src->progs = 0;
	for (i = 0; i < NSW_NR_HOOKS; i++) {
		src->hook[i] = hook_attached(&src->pins, i);
		src->progs += src->hook[i];
	}
	for (g = 0; g < NSW_NR_GROUPS; g++)
		src->group[g] = group_rank(&src->pins, g) >= 0;
	src->group[NSW_GRP_SKF_EXIT] = src->hook[NSW_HOOK_SKF_EXIT];
	/* Dips are seen at allocations, so that hook is needed as well. */
	src->group[NSW_GRP_LOW_WATER] &= src->group[NSW_GRP_RESERVE] &&
					 src->group[NSW_GRP_WATERMARK];
}

/*
 * Objects loaded one by one have a map each, but only that of the program
 * that ticks is filled.
 */
const struct nsw_zones *maps_zones(const struct nsw_source *src)
{
	const struct nsw_zones *z, *live = NULL;
	int m;

	for (m = 0; m < src->zones.nr; m++) {
		z = (const void *)src->zones.map[m].at;
		if (!live || z->tick_ns > live->tick_ns)
			live = z;
	}
	return live;
}

__u64 maps_counter(const struct nsw_source *src, int c)
{
	const struct nsw_cpu *row;
	__u64 sum = 0;
	__u32 cpu;
	int m;

	for (m = 0; m < src->cpus.nr; m++)
		for (cpu = 0; cpu < src->cpus.map[m].entries; cpu++) {
			row = (const void *)(src->cpus.map[m].at +
				(size_t)cpu * src->cpus.map[m].stride);
			sum += row->counter[c];
		}
	return sum;
}

/* The order inside the maps, too: sizes alone do not tell. */
static bool same_abi(const struct nsw_source *src)
{
	const struct nsw_zones *z = maps_zones(src);

	return !z || !z->abi || z->abi == NSW_ABI_VERSION;
}

/*
 * Another value after each load and unload: the directory is made anew.
 * @fd: the one that was opened, for who may not look it up by name any more;
 * -1: the one that is there now.
 */
static __u64 pin_stamp(int fd)
{
	struct stat st;

	if (fd >= 0 ? fstat(fd, &st) || !st.st_nlink :
		      stat(NSW_PIN_DIR "/links", &st))
		return 0;
	return st.st_ino ^ (__u64)st.st_mtim.tv_sec << 32 ^
	       (__u64)st.st_mtim.tv_nsec;
}

/* What is there is seen to go by its directory; what is not, to come by this. */
void maps_watch(struct nsw_source *src)
{
	src->watch = src->links < 0 ? inotify_init1(IN_NONBLOCK | IN_CLOEXEC) :
				      -1;
	if (src->watch < 0)
		return;
	inotify_add_watch(src->watch, NSW_BPFFS, IN_CREATE);
	inotify_add_watch(src->watch, NSW_PIN_DIR, IN_CREATE);
	/* They may have come since they were looked for. */
	if (pin_stamp(-1) != src->pin_stamp)
		atomic_store(&src->stale, true);
}

static bool pins_came(int watch)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *e;
	ssize_t n, at;

	while ((n = read(watch, buf, sizeof(buf))) > 0) {
		for (at = 0; at < n; at += sizeof(*e) + e->len) {
			e = (const void *)(buf + at);
			if (e->len && (!strcmp(e->name, NSW_PIN_NAME) ||
				       !strcmp(e->name, "links")))
				return true;
		}
	}
	return false;
}

bool maps_changed(const struct nsw_source *src)
{
	if (src->kept && src->links < 0)
		return src->watch >= 0 && pins_came(src->watch);
	return pin_stamp(src->kept ? src->links : -1) != src->pin_stamp;
}

void maps_open(struct nsw_source *src)
{
	int err;

	src->pin_stamp = pin_stamp(-1);
	src->links = open(NSW_PIN_DIR "/links", O_PATH | O_CLOEXEC);
	err = pin_scan(&src->pins);

	if (!err)
		err = map_open(&src->cpus, "nsw_cpus", sizeof(struct nsw_cpu));
	if (!err)
		err = map_open(&src->tops, "nsw_top", sizeof(struct nsw_top));
	if (!err)
		err = map_open(&src->rings, "nsw_events",
			       sizeof(struct nsw_ring));
	if (!err)
		err = map_open(&src->zones, "nsw_zones",
			       sizeof(struct nsw_zones));
	if (!err)
		err = map_open(&src->waiters, "nsw_waiters",
			       sizeof(struct nsw_waiters));
	if (!err)
		err = map_open(&src->guard, "nsw_guard",
			       sizeof(struct nsw_guard));
	if (!err)
		err = map_open(&src->policy, "nsw_g_policy",
			       sizeof(struct nsw_policy));
	if (!err)
		err = map_open(&src->counts, "nsw_g_counts",
			       sizeof(struct nsw_guard_cpu));
	if (!err && !same_abi(src))
		err = -EPROTO;
	src->bpf = !err && src->cpus.nr;
	src->why[0] = '\0';
	if (src->bpf)
		find_groups(src);
	else
		say_why(src, err);
}

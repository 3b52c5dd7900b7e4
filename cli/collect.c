// SPDX-License-Identifier: GPL-2.0
/*
 * collect.c - from the pinned maps to a snapshot.
 *
 * The maps are mapped once; source_read() then only loads from memory.  The
 * slow readings have two places: the helper writes the one that is not
 * current and then flips, so a reader never waits for it.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bpf.h"
#include "collect.h"
#include "record.h"
#include "slow.h"
#include "tops.h"
#include "util.h"

#define MAX_MAPS	8
#define NSEC		1000000000ull

/* One pinned map, mapped read-only. */
struct mapped {
	const char *at;
	__u32 stride;
	__u32 entries;
	size_t len;
};

struct map_set {
	struct mapped map[MAX_MAPS];
	int nr;
};

struct nsw_source {
	struct replay *replay;		/* NULL = live */
	struct nsw_pins pins;
	struct map_set cpus, tops, rings, zones, waiters;
	__u64 cursor[MAX_MAPS];		/* per ring: last event read */
	__u64 last_ns;			/* previous source_read() */
	char host[64], kernel[64], why[160];
	bool bpf;
	bool all_events;
	/* The helper holds it while it reads; the reader only tries it. */
	pthread_mutex_t lock;
	__u64 pin_stamp;		/* of the pins the maps came from */
	_Atomic bool stale;		/* pins changed: open them anew */
	bool hook[NSW_NR_HOOKS], group[NSW_NR_GROUPS];
	int progs;			/* attached */
	struct nsw_slow slow[2];
	_Atomic unsigned int slow_seq;	/* readings so far; & 1 = current */
	struct tops_work work;
};

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
	int fd[MAX_MAPS], i, n, err = 0;

	set->nr = 0;
	n = pin_maps(name, fd, MAX_MAPS);
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

static void close_maps(struct nsw_source *src)
{
	map_close(&src->cpus);
	map_close(&src->tops);
	map_close(&src->rings);
	map_close(&src->zones);
	map_close(&src->waiters);
	pin_close(&src->pins);
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

/* Another value after each load and unload: the directory is made anew. */
static __u64 pin_stamp(void)
{
	struct stat st;

	if (stat(NSW_PIN_DIR "/links", &st))
		return 0;
	return st.st_ino ^ (__u64)st.st_mtim.tv_sec << 32 ^
	       (__u64)st.st_mtim.tv_nsec;
}

static void open_maps(struct nsw_source *src)
{
	int err;

	src->pin_stamp = pin_stamp();
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
	src->bpf = !err && src->cpus.nr;
	src->why[0] = '\0';
	if (src->bpf)
		find_groups(src);
	else
		say_why(src, err);
}

int source_live(struct nsw_source **out)
{
	struct nsw_source *src = calloc(1, sizeof(*src));
	struct utsname uts;

	*out = src;
	if (!src)
		return -ENOMEM;
	if (!uname(&uts)) {
		str_copy(src->host, uts.nodename, sizeof(src->host));
		str_copy(src->kernel, uts.release, sizeof(src->kernel));
	}
	pthread_mutex_init(&src->lock, NULL);
	open_maps(src);
	return 0;
}

/*
 * Programs were loaded, attached or unloaded since: go over to what is there
 * now.  Not while the helper reads; then at a later tick.
 */
static void reopen_maps(struct nsw_source *src)
{
	if (pthread_mutex_trylock(&src->lock))
		return;
	close_maps(src);
	src->last_ns = 0;
	open_maps(src);
	atomic_store(&src->stale, false);
	pthread_mutex_unlock(&src->lock);
}

int source_replay(struct nsw_source **out, const char *path)
{
	struct nsw_source *src = calloc(1, sizeof(*src));
	int err;

	*out = src;
	if (!src)
		return -ENOMEM;
	err = replay_open(&src->replay, path);
	if (err) {
		free(src);
		*out = NULL;
	}
	return err;
}

void source_all_events(struct nsw_source *src)
{
	src->all_events = true;
}

bool source_live_p(const struct nsw_source *src)
{
	return !src->replay;
}

void source_close(struct nsw_source *src)
{
	if (!src)
		return;
	if (src->replay)
		replay_close(src->replay);
	else
		close_maps(src);
	free(src);
}

static void read_misses(const struct nsw_source *src, struct nsw_slow *slow)
{
	__u64 runs, ns, misses;
	int i;

	slow->misses = 0;
	for (i = 0; i < NSW_NR_HOOKS; i++)
		if (src->pins.prog[i] >= 0 &&
		    !hook_stats(src->pins.prog[i], &runs, &ns, &misses))
			slow->misses += misses;
}

/*
 * Objects loaded one by one have a map each, but only that of the program
 * that ticks is filled.
 */
static const struct nsw_zones *live_zones(const struct nsw_source *src)
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

/* Positive key and not one socket: it leaked; leave an event once. */
static void check_leak(const struct nsw_source *src, struct nsw_slow *slow)
{
	const struct nsw_zones *z = live_zones(src);
	struct nsw_key args = {};
	int prog = src->pins.prog[NSW_HOOK_EV_LEAK];

	if (!slow->socks_valid || slow->nr_socks || !z || !z->key_valid ||
	    (__s64)z->key <= 0 || prog < 0)
		return;
	args.pad3 = z->key;
	hook_run(prog, &args, sizeof(args));
}

void source_read_proc(struct nsw_source *src)
{
	unsigned int seq = atomic_load(&src->slow_seq);
	struct nsw_slow *slow = &src->slow[(seq + 1) & 1];

	if (src->replay)
		return;
	pthread_mutex_lock(&src->lock);
	memset(slow, 0, sizeof(*slow));
	slow_read_proc(slow);
	if (src->bpf) {
		read_misses(src, slow);
		slow_read_socks(slow, src->pins.prog[NSW_HOOK_IT_TCP],
				src->pins.prog[NSW_HOOK_IT_UDP],
				src->pins.prog[NSW_HOOK_IT_FILE]);
		check_leak(src, slow);
	}
	slow->proc_ns = now_mono_ns();
	if (pin_stamp() != src->pin_stamp)
		atomic_store(&src->stale, true);
	pthread_mutex_unlock(&src->lock);
	atomic_store(&src->slow_seq, seq + 1);
}

static void sum_cpus(const struct nsw_source *src, struct nsw_snapshot *snap)
{
	__u32 cpu;
	int m, i, j;

	for (m = 0; m < src->cpus.nr; m++) {
		const struct mapped *map = &src->cpus.map[m];

		for (cpu = 0; cpu < map->entries; cpu++) {
			const struct nsw_cpu *row = (const void *)
				(map->at + (size_t)cpu * map->stride);

			for (i = 0; i < NSW_NR_COUNTERS; i++)
				snap->counter[i] += row->counter[i];
			for (i = 0; i < NSW_NR_HISTS; i++) {
				snap->hist[i].sum += row->hist[i].sum;
				for (j = 0; j < NSW_HIST_SLOTS; j++)
					snap->hist[i].slot[j] +=
						row->hist[i].slot[j];
			}
		}
	}
}

/*
 * The lowest distance since @since.  Marks are kept per second; the second
 * of @since itself is included, so a dip just before may be shown twice but
 * none is missed.  After more than a minute only the last minute is known.
 */
static void read_low_water(struct nsw_zone_info *to, const struct nsw_zone *z,
			   __u64 since, __u64 now)
{
	__u64 sec = now / NSEC, first = since / NSEC, val;

	to->low_ever_pages = (__s32)z->low_ever;
	to->low_water_valid = z->low_ever != 0;
	to->low_water_pages = to->low_ever_pages;
	if (!since || !z->low_ever)
		return;
	if (sec - first >= NSW_LOW_SLOTS)
		first = sec - NSW_LOW_SLOTS + 1;
	to->low_water_pages = (__s64)(z->free_pages - z->min_pages);
	for (; first <= sec; first++) {
		val = z->low[first % NSW_LOW_SLOTS];
		if (val && val >> 32 == (first & 0xffffffff) &&
		    (__s32)val < to->low_water_pages)
			to->low_water_pages = (__s32)val;
	}
}

static void read_zones(const struct nsw_source *src, struct nsw_snapshot *snap)
{
	const struct nsw_zones *all = live_zones(src);
	__u32 i;

	if (!all)
		return;

	snap->tick_age_ns = snap->mono_ns > all->tick_ns ?
			    snap->mono_ns - all->tick_ns : 0;
	snap->softirq_known = all->softirq_known;
	snap->gauge[NSW_G_MEMALLOC_KEY] = all->key;
	snap->gauge_valid[NSW_G_MEMALLOC_KEY] = all->key_valid;
	snap->group[NSW_GRP_SK_KEY] = all->key_valid;
	/* The tick counts nr up from 0; the slots themselves stay. */
	for (i = 0; i < NSW_MAX_ZONES && all->zone[i].zone; i++) {
		const struct nsw_zone *z = &all->zone[i];
		struct nsw_zone_info *to = &snap->zone[i];

		to->node = z->node;
		to->index = z->index;
		str_copy(to->name, z->name, sizeof(to->name));
		to->free_pages = z->free_pages;
		to->min_pages = z->min_pages;
		to->low_pages = z->low_pages;
		to->high_pages = z->high_pages;
		to->boost_pages = z->boost_pages;
		to->managed_pages = z->managed_pages;
		read_low_water(to, z, src->last_ns, snap->mono_ns);
	}
	snap->nr_zones = i;
}

static void read_waiters(const struct nsw_source *src,
			 struct nsw_snapshot *snap)
{
	int m, i;

	for (m = 0; m < src->waiters.nr; m++) {
		const struct nsw_waiters *all =
			(const void *)src->waiters.map[m].at;

		for (i = 0; i < NSW_MAX_WAITERS; i++) {
			if (!all->waiter[i].start_ns ||
			    snap->nr_waiters == NSW_MAX_WAITERS)
				continue;
			snap->waiter[snap->nr_waiters++] = all->waiter[i];
		}
	}
}

/* Events after the cursor; the oldest are gone when we were overtaken. */
static void read_ring(struct nsw_source *src, int m, struct nsw_snapshot *snap)
{
	const struct nsw_ring *ring = (const void *)src->rings.map[m].at;
	__u64 head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
	__u64 *cursor = &src->cursor[m];

	/* What came before the first read is not lost, only old. */
	if (!src->last_ns) {
		__u64 old = src->all_events ? NSW_RING_SLOTS - 1 :
					      NSW_SNAP_EVENTS;

		*cursor = head > old ? head - old : 0;
	}
	if (head - *cursor >= NSW_RING_SLOTS) {
		snap->lost_events += head - *cursor - (NSW_RING_SLOTS - 1);
		*cursor = head - (NSW_RING_SLOTS - 1);
	}
	while (*cursor < head && snap->nr_events < NSW_SNAP_EVENTS) {
		const struct nsw_event *ev =
			&ring->ev[(*cursor + 1) & (NSW_RING_SLOTS - 1)];
		__u64 seq = __atomic_load_n(&ev->seq, __ATOMIC_ACQUIRE);

		if (!seq || seq < *cursor + 1)
			break;		/* still being written */
		snap->event[snap->nr_events] = *ev;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (__atomic_load_n(&ev->seq, __ATOMIC_RELAXED) == *cursor + 1)
			snap->nr_events++;
		else
			snap->lost_events++;
		++*cursor;
	}
}

/* Several rings (objects loaded one by one) give events out of order. */
static void sort_events(struct nsw_snapshot *snap)
{
	struct nsw_event ev;
	__u32 i, j;

	for (i = 1; i < snap->nr_events; i++) {
		ev = snap->event[i];
		for (j = i; j && snap->event[j - 1].ns > ev.ns; j--)
			snap->event[j] = snap->event[j - 1];
		snap->event[j] = ev;
	}
}

static void read_gauges(const struct nsw_source *src, struct nsw_snapshot *s,
			const struct nsw_slow *slow)
{
	const __u64 *c = s->counter;

	s->gauge[NSW_G_OUTSTANDING] = c[NSW_C_RSV_TRACKED] -
				      c[NSW_C_RSV_FREED];
	s->gauge_valid[NSW_G_OUTSTANDING] = s->group[NSW_GRP_OUTSTANDING];
	s->gauge[NSW_G_THROTTLED] = c[NSW_C_THR_BEGIN] - c[NSW_C_THR_END];
	s->gauge_valid[NSW_G_THROTTLED] = s->group[NSW_GRP_THROTTLE];
	s->gauge[NSW_G_MEMALLOC_SOCKS] = slow->nr_socks + slow->more_socks;
	s->gauge_valid[NSW_G_MEMALLOC_SOCKS] = slow->socks_valid;
	s->gauge[NSW_G_KEY_LEAKED] = s->gauge[NSW_G_MEMALLOC_KEY] > 0 &&
				     !s->gauge[NSW_G_MEMALLOC_SOCKS];
	s->gauge_valid[NSW_G_KEY_LEAKED] = slow->socks_valid &&
		s->gauge_valid[NSW_G_MEMALLOC_KEY];
	s->gauge[NSW_G_PROG_MISSES] = slow->misses;
	s->gauge_valid[NSW_G_PROG_MISSES] = s->bpf && slow->proc_ns;
	s->gauge[NSW_G_PROGS] = src->progs;
	s->gauge_valid[NSW_G_PROGS] = s->bpf;
}

static void copy_slow(struct nsw_source *src, struct nsw_snapshot *s)
{
	unsigned int seq, again;
	const struct nsw_slow *slow;

	do {
		seq = atomic_load(&src->slow_seq);
		slow = &src->slow[seq & 1];
		s->proc_ns = slow->proc_ns;
		memcpy(s->proc, slow->proc, sizeof(s->proc));
		memcpy(s->proc_valid, slow->proc_valid, sizeof(s->proc_valid));
		if (!s->nr_zones) {
			memcpy(s->zone, slow->zone, sizeof(s->zone));
			s->nr_zones = slow->nr_zones;
		}
		s->nr_socks = slow->nr_socks;
		s->more_socks = slow->more_socks;
		memcpy(s->sock, slow->sock, slow->nr_socks *
		       sizeof(slow->sock[0]));
		if (s->bpf)
			read_gauges(src, s, slow);
		again = atomic_load(&src->slow_seq);
	} while (again - seq > 1);
}

static void read_maps(struct nsw_source *src, struct nsw_snapshot *snap)
{
	int m;

	memcpy(snap->group, src->group, sizeof(snap->group));
	memcpy(snap->hook, src->hook, sizeof(snap->hook));
	sum_cpus(src, snap);
	read_zones(src, snap);
	read_waiters(src, snap);
	for (m = 0; m < src->rings.nr; m++)
		read_ring(src, m, snap);
	sort_events(snap);
	tops_begin(&src->work);
	for (m = 0; m < src->tops.nr; m++)
		tops_add(&src->work, (const void *)src->tops.map[m].at,
			 src->tops.map[m].entries);
	snap->nr_tops = tops_end(&src->work, snap->top, NSW_SNAP_TOPS);
}

int source_read(struct nsw_source *src, struct nsw_snapshot *snap)
{
	if (src->replay)
		return replay_next(src->replay, snap);
	if (atomic_load(&src->stale))
		reopen_maps(src);
	memset(snap, 0, sizeof(*snap));
	snap->mono_ns = now_mono_ns();
	snap->wall_ms = now_wall_ms();
	snap->page_size = sysconf(_SC_PAGESIZE);
	snap->bpf = src->bpf;
	memcpy(snap->host, src->host, sizeof(snap->host));
	memcpy(snap->kernel, src->kernel, sizeof(snap->kernel));
	memcpy(snap->why, src->why, sizeof(snap->why));
	if (src->bpf)
		read_maps(src, snap);
	copy_slow(src, snap);
	src->last_ns = snap->mono_ns;
	return 1;
}

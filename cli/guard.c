// SPDX-License-Identifier: GPL-2.0
/*
 * guard.c - load the guard, put a policy in force, take everything away.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/membarrier.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "attach.h"
#include "guard.h"
#include "log.h"
#include "util.h"

#define MAPS		NSW_PIN_DIR "/maps"
#define NSEC		1000000000ull

/* Maps that are the guard's alone; nsw_guard is that of the events, too. */
static bool own_map(const char *name)
{
	return !strncmp(name, "nsw_g_", 6);
}

static struct nsw_build guard_build(const char *name)
{
	struct nsw_build b = {};
	int i;

	for (i = 0; i < build_count(); i++)
		if (!strcmp(build_get(i).name, name))
			b = build_get(i);
	return b;
}

/* Use the pinned maps, so that events, packets and readers share them. */
static int reuse_maps(struct bpf_object *obj)
{
	struct bpf_map *map;
	char path[PATH_MAX];
	int fd, err;

	bpf_object__for_each_map(map, obj) {
		snprintf(path, sizeof(path), MAPS "/%s", bpf_map__name(map));
		fd = bpf_obj_get(path);
		if (fd < 0)
			continue;
		err = bpf_map__reuse_fd(map, fd);
		close(fd);
		if (err)
			return err;
	}
	return 0;
}

static int open_build(const char *name, bool own_maps, struct bpf_object **to)
{
	struct nsw_build b = guard_build(name);
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = b.name);
	struct bpf_object *obj = bpf_object__open_mem(b.data, b.size, &opts);
	int err = obj ? 0 : -errno;

	if (!err && !own_maps)
		err = reuse_maps(obj);
	if (err)
		bpf_object__close(obj);
	else
		*to = obj;
	return err;
}

int guard_load(const char *name, bool own_maps, struct bpf_object **to)
{
	struct bpf_object *obj;
	int err = open_build(name, own_maps, &obj);

	if (err)
		return err;
	err = bpf_object__load(obj);
	if (err)
		bpf_object__close(obj);
	else
		*to = obj;
	return err;
}

int guard_open_alone(const char *program, struct bpf_object **to)
{
	struct bpf_program *prog;
	int err = open_build(nsw_objects[NSW_O_GUARD], false, to);

	if (err)
		return err;
	bpf_object__for_each_program(prog, *to)
		bpf_program__set_autoload(prog, !strcmp(program,
						bpf_program__name(prog)));
	return 0;
}

struct bpf_object *guard_open(bool own_maps)
{
	struct bpf_object *obj = NULL;
	int err = guard_load(nsw_objects[NSW_O_GUARD], own_maps, &obj);

	if (err)
		log_err(err, "guard: cannot load: %s; needs root, and a kernel "
			"from 6.1 with CONFIG_DEBUG_INFO_BTF", strerror(-err));
	return obj;
}

void *guard_map_one(const struct bpf_object *obj, const char *name,
		    __u32 *entries)
{
	int fd = bpf_object__find_map_fd_by_name(obj, name);
	long page = sysconf(_SC_PAGESIZE);
	__u32 size;
	size_t len;
	void *at;

	if (fd < 0 || pin_map_size(fd, &size, entries))
		return NULL;
	len = ((size_t)((size + 7) & ~7u) * *entries + page - 1) & ~(page - 1);
	at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return at == MAP_FAILED ? NULL : at;
}

int guard_map(const struct bpf_object *obj, struct guard_maps *m)
{
	__u32 n;

	m->guard = guard_map_one(obj, "nsw_guard", &n);
	m->policy = guard_map_one(obj, "nsw_g_policy", &n);
	m->bucket = guard_map_one(obj, "nsw_g_buckets", &n);
	m->count = guard_map_one(obj, "nsw_g_counts", &m->cpus);
	if (m->guard && m->policy && m->bucket && m->count)
		return 0;
	return log_err(-ENOMEM, "guard: cannot map its maps: %s",
		       strerror(errno));
}

/* The clocks that move once a tick tell how long a tick is. */
static __u64 tick_ns(void)
{
	struct timespec res = {};

	clock_getres(CLOCK_MONOTONIC_COARSE, &res);
	return res.tv_nsec ? res.tv_nsec : 10 * 1000 * 1000;
}

/* Programs that began before see nothing of what is written after. */
static void wait_for_programs(void)
{
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

#define put(to, value)	__atomic_store_n(&(to), (value), __ATOMIC_SEQ_CST)

void guard_set_policy(struct guard_maps *m, const struct policy *p)
{
	struct nsw_guard *g = m->guard;
	__u32 next = !(g->active & 1), cpu;

	m->policy[next] = p->rules;
	memset(&m->bucket[next * NSW_GUARD_CLASSES], 0,
	       NSW_GUARD_CLASSES * sizeof(m->bucket[0]));
	for (cpu = 0; cpu < m->cpus; cpu++)
		memset(m->count[cpu].packets[next], 0,
		       sizeof(m->count[cpu].packets[next]));
	put(g->enter_percent, p->enter_percent);
	put(g->leave_percent, p->leave_percent);
	put(g->causes, p->causes);
	put(g->active, next);
	put(g->lease_ns, p->lease_ns);
	/* Nobody reads the other one any more when it is written next. */
	wait_for_programs();
}

void guard_set_mode(struct guard_maps *m, enum nsw_guard_mode mode,
		    __u64 until_ns)
{
	struct nsw_guard *g = m->guard;
	__u64 seed = g->seed;

	if (!seed && getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0)
		seed = now_ktime_ns();
	put(g->seed, seed);
	put(g->tick_ns, tick_ns());
	put(g->until_ns, until_ns);
	put(g->mode, mode);
}

static int pin_new(int fd, const char *path)
{
	if (!access(path, F_OK) || !bpf_obj_pin(fd, path))
		return 0;
	return log_err(-errno, "%s: cannot pin: %s", path, strerror(errno));
}

static int pin_guard(struct bpf_object *obj)
{
	struct bpf_program *prog;
	struct bpf_map *map;
	char path[PATH_MAX];
	int err = 0;

	if (mkdir(GUARD_DIR, 0700) && errno != EEXIST)
		return log_err(-errno, GUARD_DIR ": cannot make: %s",
			       strerror(errno));
	bpf_object__for_each_map(map, obj) {
		if (!own_map(bpf_map__name(map)))
			continue;
		snprintf(path, sizeof(path), MAPS "/%s", bpf_map__name(map));
		err = err ? err : pin_new(bpf_map__fd(map), path);
	}
	bpf_object__for_each_program(prog, obj) {
		snprintf(path, sizeof(path), GUARD_DIR "/%s",
			 bpf_program__name(prog));
		err = err ? err : pin_new(bpf_program__fd(prog), path);
	}
	return err;
}

/* Attach to all of @place; what this call attached goes if one fails. */
static int attach_all(struct guard_place *place, int nr, const char *hook,
		      struct bpf_object *obj)
{
	int prog[NSW_NR_HOOKS], i, err = 0;
	bool ours[GUARD_MAX_PLACES] = {};

	for (i = 0; i < NSW_NR_HOOKS; i++)
		prog[i] = nsw_hooks[i].object == NSW_O_GUARD ?
			  bpf_program__fd(bpf_object__find_program_by_name(obj,
						nsw_hooks[i].program)) : -1;
	for (i = 0; i < nr && err >= 0; i++) {
		err = place_attach(&place[i], prog, hook);
		ours[i] = !err;
	}
	while (err < 0 && i--)
		if (ours[i])
			place_detach(&place[i]);
	return err < 0 ? err : 0;
}

/* Called for its places alone, what is on ends when it was to end. */
static __u64 end_ns(const struct nsw_guard *g, const struct guard_options *o)
{
	bool places = !o->dev && !o->cgroup && !o->policy && !o->mode;
	__u64 now = now_ktime_ns();

	if (o->secs > 0)
		return now + o->secs * NSEC;
	return places && g->mode && g->until_ns > now ? g->until_ns : 0;
}

static void set_all(struct guard_maps *m, const struct guard_options *o,
		    const struct policy *p)
{
	__u64 until = end_ns(m->guard, o);
	enum nsw_guard_mode mode = o->mode ? o->mode : m->guard->mode;

	/* What is to be monitored must not be enforced first. */
	if (mode == NSW_GUARD_MONITOR && m->guard->mode)
		guard_set_mode(m, mode, until);
	/* lease_ns: a policy is in force. */
	if (o->policy || !m->guard->lease_ns)
		guard_set_policy(m, p);
	guard_set_mode(m, mode ? mode : NSW_GUARD_ENFORCE, until);
}

/* The policy goes in force only when it has somewhere to be. */
static int on_locked(const struct guard_options *o, const struct policy *p,
		     struct guard_place *place, int nr)
{
	struct bpf_object *obj;
	struct guard_maps m;
	int err;

	if (access(MAPS "/nsw_guard", F_OK))
		return log_err(-ENOENT, "guard: what 'netswap load' pins is "
			       "not there: run 'netswap load'");
	obj = guard_open(false);
	if (!obj)
		return -EINVAL;
	err = guard_map(obj, &m);
	if (!err)
		err = pin_guard(obj);
	if (!err && mkdir(NSW_PIN_DIR "/links", 0700) && errno != EEXIST)
		err = -errno;
	if (!err)
		err = attach_all(place, nr, o->hook, obj);
	if (!err) {
		set_all(&m, o, p);
		guard_answer();
	}
	bpf_object__close(obj);
	return err;
}

bool guard_is_on(void)
{
	struct guard_place place;

	return place_list(&place, 1) > 0;
}

int guard_on(const struct guard_options *o)
{
	struct guard_place place[GUARD_MAX_PLACES];
	int lock, nr, loaded, err;
	struct policy p;

	err = policy_read(&p, o->policy);
	if (err)
		return err;
	/* Who has put it off wants no interface that comes to undo that. */
	if (o->again && !guard_is_on())
		return 0;
	if (o->dev || o->cgroup || !guard_is_on())
		nr = place_find(o, place, GUARD_MAX_PLACES);
	else
		nr = place_again(place, GUARD_MAX_PLACES);
	if (nr < 0)
		return nr;
	/* Its places, policy and mode would go with what it was loaded by. */
	if (guard_is_on() && nsw_load_replaces())
		return log_err(-EBUSY, "guard: another version of netswap has "
			       "put it on: run 'netswap guard off', then on "
			       "with its options");
	loaded = nsw_load(NULL);
	if (loaded < 0)
		return loaded;
	lock = pin_dir_lock(true);
	if (lock < 0)
		return lock;
	/* Another version that was loaded may have taken places with it. */
	if (!nr && !o->again && !guard_is_on())
		nr = place_find(o, place, GUARD_MAX_PLACES);
	if (o->again && !guard_is_on())
		err = 0;	/* put off while we waited */
	else
		err = nr < 0 ? nr : on_locked(o, &p, place, nr);
	/* Nothing attached: then nothing else either. */
	if (err < 0 && !guard_is_on())
		guard_off_locked(false);
	close(lock);
	return err < 0 ? err : loaded;
}

/* From here on every program passes everything, attached or not. */
static void disarm(void)
{
	struct nsw_guard *g;
	int fd = bpf_obj_get(MAPS "/nsw_guard");

	if (fd < 0)
		return;
	g = mmap(NULL, sizeof(*g), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (g == MAP_FAILED)
		return;
	put(g->lease_ns, 0);
	put(g->mode, NSW_GUARD_OFF);
	put(g->deadline, 0);
	munmap(g, sizeof(*g));
}

static void unlink_in(const char *dir, bool (*which)(const char *name))
{
	char path[PATH_MAX];
	struct dirent *d;
	DIR *in = opendir(dir);

	while (in && (d = readdir(in))) {
		if (!which(d->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, d->d_name);
		unlink(path);
	}
	if (in)
		closedir(in);
}

static bool is_file(const char *name)
{
	return name[0] != '.';
}

int guard_off_locked(bool force)
{
	struct guard_place place[GUARD_MAX_PLACES];
	int i, n, one, err = 0;

	disarm();
	n = place_list(place, GUARD_MAX_PLACES);
	for (i = 0; i < n; i++) {
		one = place_detach(&place[i]);
		err = err ? err : one;
	}
	if (err && !force)
		return err;
	unlink_in(GUARD_DIR, is_file);
	unlink_in(MAPS, own_map);
	rmdir(GUARD_DIR);
	return err;
}

int guard_off(void)
{
	int lock = pin_dir_lock(false), err;

	if (lock < 0)
		return lock == -ENOENT ? 0 : lock;
	err = guard_off_locked(false);
	close(lock);
	return err;
}

int guard_press(void)
{
	char path[PATH_MAX];
	int fd, err;

	snprintf(path, sizeof(path), GUARD_DIR "/%s",
		 nsw_hooks[NSW_HOOK_GUARD_PRESS].program);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return log_err(-errno, "guard: is not on: %s; run 'netswap "
			       "guard on' as root", strerror(errno));
	err = hook_run(fd, NULL, 0);
	close(fd);
	return err ? log_err(err, "%s: cannot run: %s", path, strerror(-err)) :
		     0;
}

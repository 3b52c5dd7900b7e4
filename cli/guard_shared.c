// SPDX-License-Identifier: GPL-2.0
/*
 * guard_shared.c - the guard beside other XDP programs, by libxdp.
 *
 * libxdp's dispatcher is a program with a function for each that shares the
 * interface, and they replace those functions.  Whenever one joins or leaves,
 * by whomever, libxdp builds another dispatcher, links all of them to it, puts
 * it in the place of the one before, and pins programs and links in a directory
 * that has the dispatcher's id in its name (libxdp's protocol.org).  So there is
 * no link that would be ours to keep: the guard is found again in the dispatcher,
 * by its name and by a map that it shares.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include <xdp/libxdp.h>
#include <xdp/prog_dispatcher.h>

#include "attach.h"
#include "guard_place.h"
#include "log.h"
#include "slow.h"

#define LIBXDP_DIR	NSW_BPFFS "/xdp"
#define MAX_MAPS	32
/* Before who may take the frame: others have 50 unless they say. */
#define RUN_PRIORITY	1

static const char *program(void)
{
	return nsw_hooks[NSW_HOOK_GUARD_XDP].program;
}

static __u32 map_id(void)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int fd = bpf_obj_get(NSW_PIN_DIR "/maps/nsw_guard");

	if (fd < 0)
		return 0;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		info.id = 0;
	close(fd);
	return info.id;
}

/* Is it the guard, and not that of another netswap (in a container, say)? */
static bool is_ours(int prog)
{
	__u32 id[MAX_MAPS] = {}, ours = map_id(), i;
	struct bpf_prog_info info = {
		.nr_map_ids = MAX_MAPS, .map_ids = (__u64)(unsigned long)id,
	};
	__u32 len = sizeof(info);

	if (!ours || bpf_obj_get_info_by_fd(prog, &info, &len) ||
	    strcmp(info.name, program()))
		return false;
	for (i = 0; i < info.nr_map_ids && i < MAX_MAPS; i++)
		if (id[i] == ours)
			return true;
	return false;
}

/* What shares the interface; NULL if there is no such dispatcher, and why. */
static struct xdp_multiprog *dispatcher(unsigned int ifindex, int *err)
{
	struct xdp_multiprog *all;

	/* It tells on stderr what we tell in a line. */
	if (!getenv("NETSWAP_DEBUG"))
		libxdp_set_print(NULL);
	all = xdp_multiprog__get_from_ifindex(ifindex);
	*err = all ? libxdp_get_error(all) : -ENOENT;
	if (*err)
		return NULL;
	if (!xdp_multiprog__is_legacy(all))
		return all;
	xdp_multiprog__close(all);
	*err = -ENOENT;
	return NULL;
}

static struct xdp_program *find(const struct xdp_multiprog *all)
{
	struct xdp_program *one = NULL;

	while ((one = xdp_multiprog__next_prog(one, all)))
		if (is_ours(xdp_program__fd(one)))
			break;
	return one;
}

bool shared_there(const struct guard_place *p)
{
	struct xdp_multiprog *all;
	bool there;
	int err;

	all = dispatcher(p->ifindex, &err);
	there = all && find(all);
	xdp_multiprog__close(all);
	return there;
}

/*
 * Can the guard replace a function there?  Where the kernel lets nobody, libxdp
 * has but a "busy" for that.
 */
static int try_replace(const struct xdp_multiprog *all)
{
	struct bpf_program *prog;
	struct bpf_object *obj;
	int err = guard_open_alone(program(), &obj);

	if (err)
		return err;
	prog = bpf_object__find_program_by_name(obj, program());
	bpf_program__set_type(prog, BPF_PROG_TYPE_EXT);
	bpf_program__set_expected_attach_type(prog, 0);
	err = bpf_program__set_attach_target(prog, xdp_program__fd(
			xdp_multiprog__main_prog(all)), "prog0");
	if (!err)
		err = bpf_object__load(obj);
	bpf_object__close(obj);
	return err;
}

static int join(const struct guard_place *p)
{
	struct xdp_program *prog;
	struct bpf_object *obj;
	int err = guard_open_alone(program(), &obj);

	if (err)
		return err;
	/*
	 * Where it fails, and the others have just left, libxdp would attach it
	 * without a dispatcher.  The kernel does not take one of this type; in
	 * a dispatcher it is of none.
	 */
	bpf_program__set_expected_attach_type(
		bpf_object__find_program_by_name(obj, program()),
		BPF_XDP_DEVMAP);
	prog = xdp_program__from_bpf_obj(obj, "xdp.frags");
	err = libxdp_get_error(prog);
	if (!err)
		err = xdp_program__set_run_prio(prog, RUN_PRIORITY);
	if (!err)
		err = xdp_program__set_chain_call_enabled(prog, XDP_PASS, true);
	/* Else no frame in pieces would come to the others any more. */
	if (!err)
		err = xdp_program__set_xdp_frags_support(prog, true);
	if (!err)
		err = xdp_program__attach(prog, p->ifindex, XDP_MODE_NATIVE, 0);
	if (!libxdp_get_error(prog))
		xdp_program__close(prog);
	bpf_object__close(obj);
	return err;
}

static int can_join(const struct xdp_multiprog *all, char *why, size_t size)
{
	int err;

	if (xdp_multiprog__attach_mode(all) != XDP_MODE_NATIVE) {
		snprintf(why, size, "it is in generic mode, after the skb");
		return -EOPNOTSUPP;
	}
	if (xdp_multiprog__program_count(all) >= MAX_DISPATCHER_ACTIONS) {
		snprintf(why, size, "it has no room for one more");
		return -ENOSPC;
	}
	err = try_replace(all);
	if (err)
		snprintf(why, size, "this kernel does not let it replace a "
			 "function there (freplace): %s", strerror(-err));
	return err;
}

int shared_attach(const struct guard_place *p, int prog, const char *path,
		  char *why, size_t size)
{
	struct xdp_multiprog *all;
	int err;

	all = dispatcher(p->ifindex, &err);
	if (!all) {
		snprintf(why, size, "%s", strerror(-err));
		return err;
	}
	err = can_join(all, why, size);
	xdp_multiprog__close(all);
	if (err)
		return err;
	if (bpf_obj_pin(prog, path) && errno != EEXIST)
		err = -errno;
	else
		err = join(p);
	if (err) {
		snprintf(why, size, "%s", strerror(-err));
		unlink(path);
	}
	return err;
}

int shared_detach(const struct guard_place *p)
{
	struct xdp_multiprog *all;
	struct xdp_program *one;
	int err;

	all = dispatcher(p->ifindex, &err);
	one = all ? find(all) : NULL;
	if (one)
		err = xdp_program__detach(one, p->ifindex,
					  xdp_multiprog__attach_mode(all), 0);
	xdp_multiprog__close(all);
	/* Gone, or it is another's alone. */
	if (!one && (!err || err == -ENOENT || err == -ENODEV))
		return 0;
	return !err ? 0 : log_err(err, "%s: cannot leave libxdp's dispatcher: "
				  "%s: try 'netswap guard off' again", p->name,
				  strerror(-err));
}

/* Has an interface of that number, in any network namespace, that program? */
struct has {
	unsigned int ifindex;
	__u32 prog;
	bool found;
};

static void visit(void *ctx, unsigned long inode)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, opts);
	struct has *has = ctx;

	(void)inode;
	if (!bpf_xdp_query(has->ifindex, 0, &opts))
		has->found |= has->prog == opts.drv_prog_id ||
			      has->prog == opts.skb_prog_id;
}

static bool is_stale(unsigned int ifindex, __u32 prog)
{
	struct has has = { .ifindex = ifindex, .prog = prog };

	return netns_each(visit, &has) && !has.found;
}

static bool pinned_prog_is_ours(const char *path)
{
	int fd = bpf_obj_get(path);
	bool ours;

	if (fd < 0)
		return false;
	ours = is_ours(fd);
	close(fd);
	return ours;
}

static bool pinned_link_is_ours(const char *path)
{
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);
	int link = bpf_obj_get(path), prog;
	bool ours = false;

	if (link < 0)
		return false;
	prog = bpf_obj_get_info_by_fd(link, &info, &len) ? -1 :
	       bpf_prog_get_fd_by_id(info.prog_id);
	if (prog >= 0) {
		ours = is_ours(prog);
		close(prog);
	}
	close(link);
	return ours;
}

/* Either alone is left by who was killed while it pinned, or took away. */
static bool holds_ours(const char *dir)
{
	char prog[PATH_MAX], link[PATH_MAX];
	int i;

	for (i = 0; i < MAX_DISPATCHER_ACTIONS; i++) {
		snprintf(prog, sizeof(prog), "%s/prog%d-prog", dir, i);
		snprintf(link, sizeof(link), "%s/prog%d-link", dir, i);
		if (pinned_prog_is_ours(prog) || pinned_link_is_ours(link))
			return true;
	}
	return false;
}

void shared_sweep(unsigned int ifindex)
{
	int lock = open(LIBXDP_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char path[PATH_MAX];
	unsigned int at;
	struct dirent *d;
	__u32 prog;
	DIR *in;

	if (lock < 0 || flock(lock, LOCK_EX))
		goto out;
	in = opendir(LIBXDP_DIR);
	while (in && (d = readdir(in))) {
		if (sscanf(d->d_name, "dispatch-%u-%u", &at, &prog) != 2 ||
		    at != ifindex)
			continue;
		snprintf(path, sizeof(path), LIBXDP_DIR "/%s", d->d_name);
		if (holds_ours(path) && is_stale(ifindex, prog))
			pin_remove_dir(path);
		else
			rmdir(path);	/* if there is nothing in it */
	}
	if (in)
		closedir(in);
out:
	if (lock >= 0)
		close(lock);
}

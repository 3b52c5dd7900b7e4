// SPDX-License-Identifier: GPL-2.0
/*
 * guard_place.c - where the guard is attached: find, attach, list, detach.
 *
 * XDP and cgroups have links, which end with their last pin; for tc see
 * guard_tc.c, for XDP beside other programs guard_shared.c.  What is someone
 * else's is never replaced, and never removed.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guard_place.h"
#include "log.h"
#include "slow.h"
#include "util.h"

#define LINKS		NSW_PIN_DIR "/links"
#define SHARED		"-libxdp"	/* after the program, in a pin's name */

static unsigned int own_netns(void)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) ? 0 : st.st_ino;
}

/* bpffs takes no '.' in a name, the kernel no ':' in that of an interface. */
static void swap_chars(char *s, char from, char to)
{
	for (; *s; s++)
		if (*s == from)
			*s = to;
}

void place_path(char *path, size_t size, const struct guard_place *p,
		       const char *name)
{
	char dev[sizeof(p->dev)];

	str_copy(dev, p->dev, sizeof(dev));
	swap_chars(dev, '.', ':');
	if (p->hook == NSW_HOOK_GUARD_ADMIT)
		snprintf(path, size, LINKS "/%s", name);
	else if (p->hook == NSW_HOOK_GUARD_CG)
		snprintf(path, size, LINKS "/%s-%llu", name, p->cgroup);
	else
		snprintf(path, size, LINKS "/%s-%u-%u-%s", name, p->ifindex,
			 p->netns, dev);
}

static void place_pin_path(char *path, size_t size, const struct guard_place *p)
{
	char name[32];

	snprintf(name, sizeof(name), "%s%s", nsw_hooks[p->hook].program,
		 p->shared ? SHARED : "");
	place_path(path, size, p, name);
}

static bool link_there(const char *path, unsigned int *ifindex)
{
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);
	int fd = bpf_obj_get(path);
	bool there = false;

	if (fd < 0)
		return false;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len))
		there = ifindex ? (*ifindex = info.xdp.ifindex) != 0 :
				  info.cgroup.cgroup_id != 0;
	close(fd);
	return there;
}

/* Of tc and of libxdp only netlink tells, and in its network namespace. */
static bool by_netlink(const struct guard_place *p)
{
	return p->hook == NSW_HOOK_GUARD_TC || p->shared;
}

static bool netlink_has(const struct guard_place *p)
{
	return p->shared ? shared_there(p) : tc_find(p->ifindex) != 0;
}

static int netlink_detach(const struct guard_place *p)
{
	return p->shared ? shared_detach(p) : tc_detach(p);
}

/* A visit to the network namespace of such a place. */
struct elsewhere {
	const struct guard_place *place;
	bool detach, been;
	int result;
};

static void visit(void *ctx, unsigned long inode)
{
	struct elsewhere *e = ctx;

	if ((unsigned int)inode != e->place->netns)
		return;
	e->been = true;
	e->result = e->detach ? netlink_detach(e->place) :
				netlink_has(e->place);
}

/*
 * Is the guard there, or take it away.  -ENOENT where there is no such
 * namespace any more, -EXDEV where that can't be told.
 */
static int elsewhere(const struct guard_place *p, bool detach)
{
	struct elsewhere e = { .place = p, .detach = detach };
	bool all = netns_each(visit, &e);

	return e.been ? e.result : all ? -ENOENT : -EXDEV;
}

static bool netlink_there(const struct guard_place *p, bool here)
{
	int there;

	if (here)
		return netlink_has(p);
	there = elsewhere(p, false);
	return there && there != -ENOENT;
}

/* Is it still there, and what is it called now? */
static void place_look(struct guard_place *p)
{
	bool here = p->netns == own_netns();
	unsigned int ifindex = 0;
	char path[PATH_MAX];

	place_pin_path(path, sizeof(path), p);
	if (p->hook == NSW_HOOK_GUARD_ADMIT) {
		str_copy(p->name, "the kernel", sizeof(p->name));
		p->there = true;
		return;
	}
	if (p->hook == NSW_HOOK_GUARD_CG) {
		snprintf(p->name, sizeof(p->name), "cgroup %llu", p->cgroup);
		p->there = link_there(path, NULL);
		return;
	}
	if (by_netlink(p))
		p->there = netlink_there(p, here);
	else
		p->there = link_there(path, &ifindex);
	/* Of one that is gone another may have the index. */
	if (!here || !p->there || !if_indextoname(p->ifindex, p->name))
		snprintf(p->name, sizeof(p->name), "%s%s", p->dev,
			 here ? "" : " of another network namespace");
}

static bool place_of_pin(const char *name, struct guard_place *p)
{
	static const enum nsw_hook hooks[] = {
		NSW_HOOK_GUARD_XDP, NSW_HOOK_GUARD_TC, NSW_HOOK_GUARD_CG,
		NSW_HOOK_GUARD_ADMIT
	};
	size_t i, len;

	memset(p, 0, sizeof(*p));
	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		len = strlen(nsw_hooks[hooks[i]].program);
		if (strncmp(name, nsw_hooks[hooks[i]].program, len))
			continue;
		p->hook = hooks[i];
		name += len;
		if (p->hook == NSW_HOOK_GUARD_ADMIT)
			return !name[0];
		if (p->hook == NSW_HOOK_GUARD_CG)
			return sscanf(name, "-%llu", &p->cgroup) == 1;
		p->shared = !strncmp(name, SHARED, strlen(SHARED));
		if (p->shared)
			name += strlen(SHARED);
		if (sscanf(name, "-%u-%u-%15s", &p->ifindex, &p->netns,
			   p->dev) != 3)
			return false;
		swap_chars(p->dev, ':', '.');
		return true;
	}
	return false;
}

int place_list(struct guard_place *place, int max)
{
	struct dirent *d;
	DIR *in = opendir(LINKS);
	int n = 0;

	while (in && n < max && (d = readdir(in))) {
		if (!place_of_pin(d->d_name, &place[n]))
			continue;
		place_look(&place[n++]);
	}
	if (in)
		closedir(in);
	return n;
}

/* Frames of other devices have no Ethernet header to begin with. */
static bool is_ethernet(const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq req = {};
	bool ok;

	str_copy(req.ifr_name, name, sizeof(req.ifr_name));
	ok = fd >= 0 && !ioctl(fd, SIOCGIFHWADDR, &req) &&
	     (req.ifr_hwaddr.sa_family == ARPHRD_ETHER ||
	      req.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK);
	if (fd >= 0)
		close(fd);
	return ok;
}

static int find_dev(const char *name, struct guard_place *p)
{
	memset(p, 0, sizeof(*p));
	p->hook = NSW_HOOK_GUARD_XDP;
	p->netns = own_netns();
	p->ifindex = if_nametoindex(name);
	if (!p->ifindex)
		return log_err(-ENODEV, "%s: there is no such interface: see "
			       "'ip link'", name);
	if (!is_ethernet(name))
		return log_err(-EOPNOTSUPP, "%s: is no Ethernet interface: "
			       "guard the one that its packets come through, "
			       "or a cgroup", name);
	str_copy(p->dev, name, sizeof(p->dev));
	str_copy(p->name, name, sizeof(p->name));
	return 0;
}

int place_again(struct guard_place *place, int max)
{
	struct guard_place all[GUARD_MAX_PLACES];
	int i, err, again = 0, n = place_list(all, GUARD_MAX_PLACES);

	for (i = 0; i < n && again < max; i++) {
		if (all[i].there || !all[i].dev[0] ||
		    all[i].netns != own_netns() ||
		    !if_nametoindex(all[i].dev))
			continue;
		err = find_dev(all[i].dev, &place[again]);
		if (err)
			return err;
		place[again++].hook = all[i].hook;
	}
	return again;
}

static int find_cgroup(const char *path, struct guard_place *p)
{
	int err;

	memset(p, 0, sizeof(*p));
	p->hook = NSW_HOOK_GUARD_CG;
	str_copy(p->name, path, sizeof(p->name));
	err = cgroup_id(path, &p->cgroup);
	return err ? log_err(err, "%s: is no directory of a cgroup2 file "
			     "system: %s", path, strerror(-err)) : 0;
}

/* Every interface that has a device behind it and is up. */
static int find_all(struct guard_place *place, int max)
{
	struct if_nameindex *all = if_nameindex(), *i;
	char path[PATH_MAX], state[16];
	int n = 0;

	for (i = all; i && i->if_index && n < max; i++) {
		snprintf(path, sizeof(path), "/sys/class/net/%s/device",
			 i->if_name);
		if (access(path, F_OK))
			continue;
		snprintf(path, sizeof(path), "/sys/class/net/%s/operstate",
			 i->if_name);
		if (read_file(path, state, sizeof(state)) <= 0 ||
		    strncmp(state, "up", 2) || !is_ethernet(i->if_name))
			continue;
		n += !find_dev(i->if_name, &place[n]);
	}
	if_freenameindex(all);
	return n ? n : log_err(-ENODEV, "guard: no interface with a device is "
			       "up: name one with --dev");
}

int place_find(const struct guard_options *o, struct guard_place *place,
	       int max)
{
	char name[IFNAMSIZ + 1];
	const char *at = o->dev;
	int n = 0, err;
	size_t len;

	if (!o->dev && !o->cgroup)
		return find_all(place, max);
	if (at && !*at)
		return log_err(-EINVAL, "--dev: is empty: name an interface");
	for (; at && *at; at += len + (at[len] == ',')) {
		len = strcspn(at, ",");
		if (!len)
			return log_err(-EINVAL, "--dev: '%s' has a comma too "
				       "many: name interfaces as eth0,eth1",
				       o->dev);
		if (n == max - 1)
			return log_err(-E2BIG, "--dev: more than %d interfaces",
				       max - 1);
		snprintf(name, sizeof(name), "%.*s", (int)len, at);
		err = find_dev(name, &place[n]);
		if (err)
			return err;
		n++;
	}
	if (o->cgroup) {
		err = find_cgroup(o->cgroup, &place[n]);
		if (err)
			return err;
		n++;
	}
	return n;
}

/* Who has the interface's XDP hook, in words. */
static void xdp_owner(unsigned int ifindex, char *buf, size_t size)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, opts);
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	int fd = -1;

	snprintf(buf, size, "another program");
	if (bpf_xdp_query(ifindex, 0, &opts) || !opts.prog_id)
		return;
	fd = bpf_prog_get_fd_by_id(opts.prog_id);
	if (fd < 0)
		return;
	/* The kernel keeps 15 characters of it: "xdp_dispatcher". */
	if (!bpf_obj_get_info_by_fd(fd, &info, &len))
		snprintf(buf, size, "%sprogram %u (%s)",
			 strcmp(info.name, "xdp_dispatcher") ? "" :
			 "libxdp's ", opts.prog_id, info.name);
	close(fd);
}

int place_pin_link(int link, const char *path)
{
	int err = bpf_obj_pin(link, path) ? -errno : 0;

	close(link);
	return err;
}

/* Someone else's program is there: join it where libxdp can, else refuse. */
static int share_xdp(struct guard_place *p, int prog)
{
	char path[PATH_MAX], owner[64], why[160];
	int err;

	xdp_owner(p->ifindex, owner, sizeof(owner));
	p->shared = true;
	place_pin_path(path, sizeof(path), p);
	err = shared_attach(p, prog, path, why, sizeof(why));
	if (!err)
		return 0;
	p->shared = false;
	return err == -ENOENT ?
	       log_err(-EBUSY, "%s: XDP belongs to %s, which is not replaced: "
		       "use --hook tc", p->name, owner) :
	       log_err(-EBUSY, "%s: XDP belongs to %s, which the guard can't "
		       "join: %s: use --hook tc", p->name, owner, why);
}

/* 0, -EOPNOTSUPP (not reported) where the driver has none, or an error. */
static int attach_xdp(struct guard_place *p, int prog, const char *path)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);
	int link = bpf_link_create(prog, p->ifindex, BPF_XDP, &opts);

	if (link >= 0)
		return place_pin_link(link, path);
	return errno == EBUSY || errno == EEXIST ? share_xdp(p, prog) : -errno;
}

static int attach_cgroup(const struct guard_place *p, int prog,
			 const char *path)
{
	int dir = open(p->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int link, err;

	if (dir < 0)
		return -errno;
	link = bpf_link_create(prog, dir, BPF_CGROUP_INET_INGRESS, NULL);
	err = -errno;
	close(dir);
	return link < 0 ? err : place_pin_link(link, path);
}

static int attach_as(struct guard_place *p, int prog)
{
	char path[PATH_MAX];

	place_pin_path(path, sizeof(path), p);
	if (p->hook == NSW_HOOK_GUARD_CG)
		return attach_cgroup(p, prog, path);
	return p->hook == NSW_HOOK_GUARD_XDP ? attach_xdp(p, prog, path) :
					       tc_attach(p, prog, path);
}

/*
 * Is the guard at this interface or cgroup already, by whichever hook?  A
 * negative errno, reported, if it is at as many as can be listed.
 */
static int place_known(struct guard_place *p)
{
	struct guard_place all[GUARD_MAX_PLACES];
	int i, n = place_list(all, GUARD_MAX_PLACES), left = 0;
	bool known = false;

	for (i = 0; i < n; i++) {
		/* One more is kept for where the kernel asks. */
		if (all[i].hook == NSW_HOOK_GUARD_ADMIT)
			continue;
		left++;
		if (!all[i].there) {
			/* A cgroup does not return; and this one is back. */
			if (all[i].hook == NSW_HOOK_GUARD_CG ||
			    (all[i].netns == p->netns &&
			     !strcmp(all[i].dev, p->dev)))
				left -= !place_detach(&all[i]);
		} else if (all[i].ifindex == p->ifindex &&
			   all[i].netns == p->netns &&
			   all[i].cgroup == p->cgroup) {
			p->hook = all[i].hook;
			known = true;
		}
	}
	return known || left < GUARD_MAX_PLACES - 1 ? known :
	       log_err(-E2BIG, "%s: the guard is at %d places already: "
		       "guard a cgroup instead", p->name, left);
}

int place_attach(struct guard_place *p, const int prog[NSW_NR_HOOKS],
		 const char *hook)
{
	int err = -EOPNOTSUPP, known = place_known(p);

	if (known)
		return known;
	if (p->hook == NSW_HOOK_GUARD_XDP) {
		if (!hook || !strcmp(hook, "xdp"))
			err = attach_as(p, prog[NSW_HOOK_GUARD_XDP]);
		if (!err || err == -EBUSY)
			return err;
		if (hook && !strcmp(hook, "xdp"))
			return log_err(err, "%s: its driver takes no native "
				       "XDP program: %s: use --hook tc",
				       p->name, strerror(-err));
		p->hook = NSW_HOOK_GUARD_TC;
	}
	err = attach_as(p, prog[p->hook]);
	if (!err)
		return 0;
	place_detach(p);
	return log_err(err, "%s: cannot attach the guard to %s: %s", p->name,
		       nsw_hooks[p->hook].target, strerror(-err));
}

int place_detach(const struct guard_place *p)
{
	char path[PATH_MAX];
	int fd, err = 0;

	place_pin_path(path, sizeof(path), p);
	if (by_netlink(p) && p->netns != own_netns()) {
		err = elsewhere(p, true);
		if (err == -EXDEV)
			return log_err(err, "%s: cannot look for it there: "
				       "nsenter --net=... netswap guard off",
				       p->name);
		/* Gone with its namespace; what tells of it is not. */
		if (err == -ENOENT) {
			if (!p->shared)
				tc_forget(p);
			err = 0;
		}
	} else if (by_netlink(p)) {
		err = netlink_detach(p);
	} else {
		/* At once; the last reference may live a moment longer. */
		fd = bpf_obj_get(path);
		if (fd >= 0) {
			bpf_link_detach(fd);
			close(fd);
		}
	}
	if (!err && p->shared)
		shared_sweep(p->ifindex);
	if (!err)
		unlink(path);
	return err;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * guard_tc.c - the guard as a filter of tc.
 *
 * Before 6.6 there is no link for it: the filter is found again by its handle,
 * and by its program being ours.  Its place is the first priority at which no
 * other kind of filter is; the clsact qdisc is made if need be, and then also
 * removed, unless others have put filters into it.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guard_place.h"
#include "log.h"

#define QDISC_PIN	"nsw_guard_qdisc"
#define TC_HANDLE	0x6e7377	/* "nsw" */
#define TC_PRIORITIES	16

/* Is the filter at @priority ours?  By its program's name, after a crash. */
static bool tc_ours(unsigned int ifindex, __u32 priority)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
		    .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = TC_HANDLE,
		    .priority = priority);
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	bool ours = false;
	int fd;

	if (bpf_tc_query(&hook, &opts))
		return false;
	fd = bpf_prog_get_fd_by_id(opts.prog_id);
	if (fd < 0)
		return false;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len))
		ours = !strcmp(info.name, nsw_hooks[NSW_HOOK_GUARD_TC].program);
	close(fd);
	return ours;
}

/* Priority of our filter, 0 if it is not there. */
__u32 tc_find(unsigned int ifindex)
{
	__u32 priority;

	for (priority = 1; priority <= TC_PRIORITIES; priority++)
		if (tc_ours(ifindex, priority))
			return priority;
	return 0;
}

/* Is there any filter below @parent?  What can't be asked counts as one. */
static bool tc_any_filter(unsigned int ifindex, __u32 parent)
{
	struct {
		struct nlmsghdr h;
		struct tcmsg t;
	} req = {
		.h = { .nlmsg_len = sizeof(req), .nlmsg_type = RTM_GETTFILTER,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.t = { .tcm_ifindex = ifindex, .tcm_parent = parent },
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	char buf[16384] __attribute__((aligned(8)));
	struct nlmsghdr *h = (void *)buf;
	bool any = true;
	ssize_t len;

	if (fd >= 0 && send(fd, &req, sizeof(req), 0) == sizeof(req)) {
		len = recv(fd, buf, sizeof(buf), 0);
		/* The first message is the end where there is none. */
		any = len <= 0 || !NLMSG_OK(h, len) ||
		      h->nlmsg_type != NLMSG_DONE;
	}
	if (fd >= 0)
		close(fd);
	return any;
}

static void qdisc_remove(const struct guard_place *p)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = p->ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	char path[PATH_MAX];

	place_path(path, sizeof(path), p, QDISC_PIN);
	if (access(path, F_OK))
		return;
	/* Others may have put filters into it since. */
	if (!tc_any_filter(p->ifindex, TC_H_MAKE(TC_H_CLSACT,
						 TC_H_MIN_INGRESS)) &&
	    !tc_any_filter(p->ifindex, TC_H_MAKE(TC_H_CLSACT,
						 TC_H_MIN_EGRESS)))
		bpf_tc_hook_destroy(&hook);
	unlink(path);
}

static bool has_clsact(unsigned int ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
		    .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = 1);
	int err = bpf_tc_query(&hook, &opts);

	/* Without the qdisc the parent is unknown: EINVAL; else ENOENT. */
	return !err || err == -ENOENT;
}

int tc_attach(const struct guard_place *p, int prog, const char *path)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = p->ifindex,
		    .attach_point = BPF_TC_INGRESS);
	bool ours = !has_clsact(p->ifindex);
	char qdisc[PATH_MAX];
	__u32 priority;
	int err;

	place_path(qdisc, sizeof(qdisc), p, QDISC_PIN);
	if (bpf_obj_pin(prog, path) && errno != EEXIST)
		return -errno;
	if (ours && bpf_obj_pin(prog, qdisc) && errno != EEXIST)
		return -errno;
	err = bpf_tc_hook_create(&hook);
	if (err && err != -EEXIST)
		return err;
	/* The first priority at which nobody else's kind of filter is. */
	for (priority = 1; priority <= TC_PRIORITIES; priority++) {
		LIBBPF_OPTS(bpf_tc_opts, opts, .handle = TC_HANDLE,
			    .priority = priority, .prog_fd = prog);

		err = bpf_tc_attach(&hook, &opts);
		if (!err)
			break;
	}
	return err;
}

int tc_detach(const struct guard_place *p)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = p->ifindex,
		    .attach_point = BPF_TC_INGRESS);
	__u32 priority;
	int err = 0;

	while (!err && (priority = tc_find(p->ifindex))) {
		LIBBPF_OPTS(bpf_tc_opts, opts, .handle = TC_HANDLE,
			    .priority = priority);

		err = bpf_tc_detach(&hook, &opts);
	}
	if (err)
		return log_err(err, "%s: cannot remove the filter: %s", p->name,
			       strerror(-err));
	qdisc_remove(p);
	return 0;
}

void tc_forget(const struct guard_place *p)
{
	char path[PATH_MAX];

	place_path(path, sizeof(path), p, QDISC_PIN);
	unlink(path);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * audit_rules_guard.c - rules about `netswap guard`: what it can't save on this
 * kernel, whether it is on or not, and where it is not what it should be.
 */
#include <string.h>

#include "audit.h"
#include "snapshot.h"

/* Before 6.1 netswap does not run, so all others have what 6.1 had. */
static bool has_xdp(const struct audit_input *in, const struct audit_driver *d)
{
	return d->xdp && (in->major != 6 || (int)in->minor >= d->xdp);
}

static void late_one(struct audit_report *r, const struct audit_if *f,
		     bool swap)
{
	const struct audit_driver *d = audit_find_driver(f->driver);

	if (swap && d && !has_xdp(r->in, d))
		audit_add(r, AUDIT_INFO, -1, -1, f->name,
			  "%s has no native XDP: the guard works by tc there",
			  f->driver);
}

static void late(struct audit_report *r)
{
	audit_each_nic(r, late_one);
}

static void tcp_memory(struct audit_report *r)
{
	const struct audit_input *in = r->in;
	bool tight;

	if (in->patched || in->tcp_max_pages <= 0 || in->tcp_used_pages < 0 ||
	    !audit_nr_socket_leaves(in))
		return;
	tight = in->tcp_used_pages >= in->tcp_max_pages / 4 * 3;
	audit_add(r, tight ? AUDIT_WARN : AUDIT_INFO, -1, -1,
		  "net.ipv4.tcp_mem", "all TCP sockets together, those of swap "
		  "among them, may use %lld pages, and use %lld",
		  in->tcp_max_pages, in->tcp_used_pages);
}

static bool is_nfs(const struct audit_leaf *l)
{
	return !l->loop && (l->transport == AUDIT_T_NFS ||
			    l->transport == AUDIT_T_NFS_RDMA);
}

/* Of the area: its sockets are as protected as they were. */
static void writeback(struct audit_report *r)
{
	int a, l;

	for (a = 0; a < r->in->nr_areas && !r->in->patched; a++)
		for (l = 0; l < r->in->area[a].nr_leaves; l++) {
			if (!is_nfs(&r->in->area[a].leaf[l]))
				continue;
			audit_add(r, AUDIT_WARN, a, -1, NULL,
				  "nothing bounds how many pages are on their "
				  "way to %s at once",
				  r->in->area[a].leaf[l].name);
			break;
		}
}

static void gone(struct audit_report *r)
{
	const struct audit_place *p;

	for (p = r->in->place; p < r->in->place + r->in->nr_places; p++)
		if (!p->there)
			audit_add(r, AUDIT_WARN, -1, -1, p->name,
				  "the guard was attached there, and is no "
				  "more");
}

static void blind(struct audit_report *r)
{
	const struct nsw_snapshot *s = r->in->snap;

	if (r->in->nr_places && s && !s->group[NSW_GRP_RESERVE] &&
	    !s->group[NSW_GRP_WATERMARK] && !s->group[NSW_GRP_THROTTLE])
		audit_add(r, AUDIT_WARN, -1, -1, "guard",
			  "is attached, but no program sees pressure");
}

/* Is the guard at @f, or at what stands on it, a bond say? */
static bool covered(const struct audit_input *in, const struct audit_if *f)
{
	const struct audit_place *p;
	const struct audit_if *at;
	int i;

	for (p = in->place; p < in->place + in->nr_places; p++) {
		if (p->cgroup)
			return true;
		i = p->there ? audit_find_if(in, p->name) : -1;
		if (i < 0)
			continue;
		at = &in->ifs[i];
		if (at == f)
			return true;
		for (i = 0; i < at->nr_lower; i++)
			if (&in->ifs[at->lower[i]] == f)
				return true;
	}
	return false;
}

static void elsewhere_one(struct audit_report *r, const struct audit_if *f,
			  bool swap)
{
	if (swap && r->in->nr_places && !covered(r->in, f))
		audit_add(r, AUDIT_WARN, -1, -1, f->name,
			  "swap goes through it, and the guard is elsewhere");
}

static void degraded(struct audit_report *r)
{
	gone(r);
	blind(r);
	audit_each_nic(r, elsewhere_one);
}

#define RULE(name, fn, because, fix)	\
	{ .id = name, .host = fn, .why = because, .remedy = fix }

const struct audit_rule audit_rules_guard[] = {
	RULE("guard-degraded", degraded,
	     "what comes in where the guard is not uses up the reserve, as "
	     "without it",
	     "netswap guard on --dev IF, again; netswap guard status shows "
	     "its places"),
	RULE("guard-late", late,
	     "a packet has taken its page and its sk_buff when the guard "
	     "drops it: they come back at once, but a burst of packets must "
	     "find them first",
	     "raise vm.min_free_kbytes, or use a NIC whose driver has XDP"),
	RULE("tcp-mem-shared", tcp_memory,
	     "when others have used that up, replies to swap are dropped, "
	     "memalloc socket or not, and swap crawls.  The guard drops what "
	     "arrives while memory is short, not what is queued already; "
	     "kernel-patches/ exempts the sockets of swap",
	     "raise net.ipv4.tcp_mem, or lower the third number of "
	     "net.ipv4.tcp_rmem, with which a slow receiver takes less"),
	RULE("nfs-writeback", writeback,
	     "when nearly all memory is on its way out, none is left to send "
	     "and to receive with, and the OOM killer is called while swap is "
	     "free; packets have no part in it, so the guard can't help",
	     "raise vm.min_free_kbytes, or use NBD, whose queue is bounded; "
	     "kernel-patches/ has a bound"),
	{ .id = NULL }
};

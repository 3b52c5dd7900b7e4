// SPDX-License-Identifier: GPL-2.0
/*
 * audit_rules_host.c - rules about the machine, and the ones that sum up.
 */
#include <string.h>

#include "audit.h"
#include "snapshot.h"

#define TINY_KB		8192	/* a convention: see docs/audit.md */
#define SOCK_CAP	(4u << 20)	/* rmem and wmem may be set absurdly */

static void lost(struct audit_report *r)
{
	int a;

	for (a = 0; a < r->in->nr_areas; a++)
		if (r->in->area[a].lost[0])
			audit_add(r, AUDIT_UNKNOWN, a, -1, NULL, "%s",
				  r->in->area[a].lost);
}

static void incomplete(struct audit_report *r)
{
	if (r->in->full)
		audit_add(r, AUDIT_UNKNOWN, -1, -1, "host",
			  "some of /proc or /sys was malformed or too long");
}

/* Only transports that use sockets of the kernel depend on the answer. */
static void socks_unknown(struct audit_report *r)
{
	const struct nsw_snapshot *s = r->in->snap;

	if (!audit_nr_socket_leaves(r->in) || audit_socks_known(r->in))
		return;
	audit_add(r, AUDIT_UNKNOWN, -1, -1, "host",
		  s && s->more_socks ? "more memalloc sockets than netswap "
		  "can list" : "cannot tell which sockets are memalloc");
}

static void key_leaked(struct audit_report *r)
{
	const struct nsw_snapshot *s = r->in->snap;

	if (s && s->gauge_valid[NSW_G_KEY_LEAKED] &&
	    s->gauge[NSW_G_KEY_LEAKED] > 0)
		audit_add(r, AUDIT_WARN, -1, -1, "host",
			  "memalloc_socks_key counts %lld sockets that no "
			  "longer exist",
			  (long long)s->gauge[NSW_G_KEY_LEAKED]);
}

static unsigned long long capped(__u32 bytes)
{
	return bytes < SOCK_CAP ? bytes : SOCK_CAP;
}

/*
 * What the swap sockets may hold in reserve memory at once is bounded by
 * their buffers.  Half of min is what allow_direct_reclaim() protects for
 * them; reclaim's own allocations take from the rest.
 */
static void min_free_low(struct audit_report *r)
{
	const struct nsw_snapshot *s = r->in->snap;
	unsigned long long need = 0;
	unsigned int i;

	if (!audit_nr_socket_leaves(r->in) || !audit_socks_known(r->in) ||
	    r->in->min_free_kb < 0)
		return;
	for (i = 0; i < s->nr_socks; i++)
		need += capped(s->sock[i].sock.rcvbuf) +
			capped(s->sock[i].sock.sndbuf);
	need = need / 1024 * 2;
	if ((unsigned long long)r->in->min_free_kb >= need)
		return;
	audit_add(r, AUDIT_WARN, -1, -1, "vm.min_free_kbytes",
		  "%lld kB, but %u memalloc sockets may hold %llu kB in "
		  "their buffers: %llu kB would be enough",
		  r->in->min_free_kb, s->nr_socks, need / 2, need);
}

static void min_free_tiny(struct audit_report *r)
{
	if (audit_nr_leaves(r->in) && r->in->min_free_kb >= 0 &&
	    r->in->min_free_kb < TINY_KB)
		audit_add(r, AUDIT_WARN, -1, -1, "vm.min_free_kbytes",
			  "only %lld kB", r->in->min_free_kb);
}

static bool on_wire(const struct audit_leaf *l)
{
	return l->transport != AUDIT_T_USERSPACE &&
	       l->transport != AUDIT_T_HBA &&
	       !(l->transport == AUDIT_T_NBD && l->unix_sock);
}

/* A leaf whose way was not found may go through any interface. */
static bool carries(const struct audit_input *in, int f)
{
	bool routed = true;
	int a, l, i;

	for (a = 0; a < in->nr_areas; a++)
		for (l = 0; l < in->area[a].nr_leaves; l++) {
			const struct audit_leaf *leaf = &in->area[a].leaf[l];

			if (!on_wire(leaf))
				continue;
			routed &= leaf->nr_ifaces > 0;
			for (i = 0; i < leaf->nr_ifaces; i++)
				if (leaf->iface[i] == f)
					return true;
		}
	return !routed;
}

/* Without network swap a NIC is only worth a note. */
void audit_each_nic(struct audit_report *r,
		    void (*fn)(struct audit_report *r,
			       const struct audit_if *f, bool swap))
{
	bool swap = audit_nr_leaves(r->in);
	int i;

	for (i = 0; i < r->in->nr_ifs; i++)
		if (r->in->ifs[i].kind == AUDIT_IF_PHYSICAL &&
		    (!swap || carries(r->in, i)))
			fn(r, &r->in->ifs[i], swap);
}

static bool virtio_hangs(const struct audit_input *in)
{
	return !in->patched &&
	       (in->major < 6 || (in->major == 6 && in->minor < 19));
}

static void virtio_one(struct audit_report *r, const struct audit_if *f,
		       bool swap)
{
	enum audit_severity bad = r->in->major ? AUDIT_BAD : AUDIT_UNKNOWN;

	if (!strcmp(f->driver, "virtio_net") && virtio_hangs(r->in))
		audit_add(r, swap ? bad : AUDIT_INFO, -1, -1, f->name,
			  "virtio_net of Linux %s may stop receiving when "
			  "memory is short", r->in->kernel);
}

static void nic_virtio(struct audit_report *r)
{
	audit_each_nic(r, virtio_one);
}

static void reserve_one(struct audit_report *r, const struct audit_if *f,
			bool swap)
{
	const struct audit_driver *d = audit_find_driver(f->driver);

	/* kernel-patches/ has let these refill from the reserves. */
	if (d && r->in->patched && (!strcmp(d->name, "virtio_net") ||
				    !strncmp(d->note, "page_pool", 9)))
		return;
	if (f->rx == AUDIT_RX_NONE || f->rx == AUDIT_RX_PARTLY)
		audit_add(r, swap && f->rx == AUDIT_RX_NONE ? AUDIT_WARN :
			  AUDIT_INFO, -1, -1, f->name, "%s %s: %s", f->driver,
			  f->rx == AUDIT_RX_NONE ? "never refills its receive "
			  "ring from the reserves" : "only partly refills its "
			  "receive ring from the reserves", d ? d->note : "");
}

static void nic_reserve(struct audit_report *r)
{
	audit_each_nic(r, reserve_one);
}

static void unknown_one(struct audit_report *r, const struct audit_if *f,
			bool swap)
{
	if (f->rx == AUDIT_RX_UNKNOWN && swap)
		audit_add(r, AUDIT_INFO, -1, -1, f->name,
			  "nothing is known about driver %s", f->driver);
}

static void nic_unknown(struct audit_report *r)
{
	audit_each_nic(r, unknown_one);
}

static bool needs(const struct audit_input *in, const char *comm)
{
	const struct audit_leaf *l;
	int a, i;

	for (a = 0; a < in->nr_areas; a++)
		for (i = 0; i < in->area[a].nr_leaves; i++) {
			l = &in->area[a].leaf[i];
			if (!strcmp(comm, "tlshd") && l->tls &&
			    l->transport != AUDIT_T_NBD)
				return true;
			if (!strcmp(comm, "rpc.gssd") && l->krb5)
				return true;
			if (!strcmp(comm, "iscsid") &&
			    (l->transport == AUDIT_T_ISCSI ||
			     l->transport == AUDIT_T_ISER))
				return true;
		}
	return false;
}

static void helper(struct audit_report *r)
{
	const struct audit_task *t;
	int i;

	for (i = 0; i < r->in->nr_tasks; i++) {
		t = &r->in->task[i];
		if (!t->locked && needs(r->in, t->comm))
			audit_add(r, AUDIT_WARN, -1, -1, t->comm,
				  "%s (pid %d) may be swapped out", t->comm,
				  t->pid);
	}
}

static void none(struct audit_report *r)
{
	if (!audit_nr_leaves(r->in))
		audit_add(r, AUDIT_OK, -1, -1, "host",
			  r->in->nr_areas ? "no swap area leads over a network"
			  : "no swap area is active");
}

static void protect(struct audit_report *r, int a, int l)
{
	if (r->worst[a][l] < AUDIT_WARN && audit_leaf_protected(r, a, l) == 1)
		audit_add(r, AUDIT_OK, a, l, NULL,
			  "protected by %d memalloc socket(s)",
			  r->in->area[a].leaf[l].nr_socks);
}

#define RULE(name, fn, because, fix)	\
	{ .id = name, .host = fn, .why = because, .remedy = fix }

const struct audit_rule audit_rules_host[] = {
	RULE("path-unknown", lost,
	     "a path that can't be followed to its end can't be judged",
	     "run as root with /proc and /sys mounted"),
	RULE("input-incomplete", incomplete,
	     "what was not read can't be judged",
	     "compare /proc/swaps with the areas above"),
	RULE("sockets-unknown", socks_unknown,
	     "only BPF shows SOCK_MEMALLOC: the kernel has no file for it",
	     "run `netswap load` as root on a kernel with BTF, then audit "
	     "again"),
	RULE("key-leaked", key_leaked,
	     "nbd, iSCSI and NVMe never unmark a socket they close, so until "
	     "the next boot packets for ordinary sockets are dropped when "
	     "memory is short, even without swap",
	     "reboot when convenient; reconnect as rarely as possible"),
	RULE("min-free-low", min_free_low,
	     "kswapd and these sockets share the reserve below the min "
	     "watermark; when it is gone, replies are dropped",
	     "sysctl vm.min_free_kbytes=... as above"),
	RULE("min-free-tiny", min_free_tiny,
	     "one burst of packets can use it up before kswapd wakes",
	     "sysctl vm.min_free_kbytes=65536, less on machines below 1 GB"),
	RULE("nic-virtio-refill", nic_virtio,
	     "a failed refill is left to a work item that turns reception "
	     "off and then waits for memory, which waits for swap, which "
	     "waits for reception; fixed in 6.19 (fcdef3bcbb2c).  The guard "
	     "makes it rarer and can't rule it out",
	     "use 6.19 or a kernel with that fix, or another NIC model "
	     "(e1000e, igb)"),
	RULE("nic-no-reserve", nic_reserve,
	     "when memory is short its ring runs empty and replies to swap "
	     "are lost before any socket sees them",
	     "raise vm.min_free_kbytes and the ring size (ethtool -G), or "
	     "use a NIC whose driver can"),
	RULE("nic-unknown", nic_unknown,
	     "if its receive refill can't use the reserves, replies are lost "
	     "when memory is short",
	     "look for dev_alloc_pages or page_pool in the driver's source"),
	RULE("helper-swappable", helper,
	     "the connection can't be renewed without this process; if it is "
	     "swapped out to that very connection, both wait for ever",
	     "run it with LimitMEMLOCK=infinity and mlockall, or keep it out "
	     "of swap with MemorySwapMax=0"),
	{ .id = NULL }
};

const struct audit_rule audit_rules_sum[] = {
	RULE("no-network-swap", none,
	     "nothing of what this audit looks for can happen",
	     "nothing to do"),
	{ .id = "path-protected", .leaf = protect,
	  .why = "its sockets may use the reserves to receive",
	  .remedy = "nothing to do" },
	{ .id = NULL }
};

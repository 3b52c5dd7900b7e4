// SPDX-License-Identifier: GPL-2.0
/*
 * audit_rules.c - rules about one path: what is wrong with this transport?
 *
 * docs/audit.md has the kernel functions behind each.
 */
#include <string.h>

#include "audit.h"
#include "snapshot.h"

static const struct audit_leaf *get(const struct audit_report *r, int a,
				    int l)
{
	return &r->in->area[a].leaf[l];
}

static const struct audit_task *task_of(const struct audit_report *r, int a,
					int l)
{
	int i = get(r, a, l)->task;

	return i < 0 ? NULL : &r->in->task[i];
}

static void nbd_tls(struct audit_report *r, int a, int l)
{
	const struct audit_leaf *leaf = get(r, a, l);

	if (leaf->transport == AUDIT_T_NBD && leaf->tls)
		audit_add(r, AUDIT_BAD, a, l, NULL,
			  "nbd-client decrypts %s in user space", leaf->name);
}

static void nbd_unix(struct audit_report *r, int a, int l)
{
	const struct audit_leaf *leaf = get(r, a, l);

	if (leaf->transport == AUDIT_T_NBD && leaf->unix_sock)
		audit_add(r, AUDIT_BAD, a, l, NULL,
			  "%s is connected by a Unix socket", leaf->name);
}

/* With all sockets known, a connected nbd without a TCP one has another. */
static void nbd_socket(struct audit_report *r, int a, int l)
{
	const struct audit_leaf *leaf = get(r, a, l);

	if (leaf->transport == AUDIT_T_NBD && leaf->connected &&
	    !leaf->tls && !leaf->unix_sock && !leaf->nr_socks &&
	    audit_socks_known(r->in))
		audit_add(r, AUDIT_BAD, a, l, NULL,
			  "%s is connected, but no memalloc TCP socket "
			  "belongs to it", leaf->name);
}

static void nbd_gone(struct audit_report *r, int a, int l)
{
	const struct audit_leaf *leaf = get(r, a, l);

	if (leaf->transport == AUDIT_T_NBD && !leaf->connected)
		audit_add(r, AUDIT_BAD, a, l, NULL,
			  "%s holds swap but is not connected", leaf->name);
}

static void nbd_client(struct audit_report *r, int a, int l)
{
	const struct audit_task *t = task_of(r, a, l);

	if (get(r, a, l)->transport != AUDIT_T_NBD || !t ||
	    strcmp(t->comm, "nbd-client") ||
	    (t->locked && t->oom_score_adj == -1000))
		return;
	audit_add(r, AUDIT_WARN, a, l, NULL,
		  "nbd-client (pid %d) %s%s%s", t->pid,
		  t->locked ? "" : "may be swapped out",
		  t->locked || t->oom_score_adj == -1000 ? "" : " and ",
		  t->oom_score_adj == -1000 ? "" : "may be killed by the "
		  "OOM killer");
}

static void server_here(struct audit_report *r, int a, int l)
{
	const struct audit_leaf *leaf = get(r, a, l);
	const struct audit_task *t = task_of(r, a, l);
	int i;

	if (t && strcmp(t->comm, "nbd-client")) {
		audit_add(r, AUDIT_BAD, a, l, NULL,
			  "%s (pid %d) on this machine serves %s", t->comm,
			  t->pid, leaf->name);
		return;
	}
	if (audit_is_local(r->in, leaf->peer)) {
		audit_add(r, AUDIT_BAD, a, l, NULL,
			  "the server %s is this machine", leaf->peer);
		return;
	}
	for (i = 0; i < leaf->nr_socks; i++) {
		const struct nsw_sock *s = &r->in->snap->sock[leaf->sock[i]]
					    .sock;

		if (memcmp(s->laddr, s->raddr, sizeof(s->laddr)))
			continue;
		audit_add(r, AUDIT_BAD, a, l, NULL,
			  "its socket is connected to this machine itself");
		return;
	}
}

static void userspace(struct audit_report *r, int a, int l)
{
	if (get(r, a, l)->transport == AUDIT_T_USERSPACE)
		audit_add(r, AUDIT_BAD, a, l, NULL,
			  "a process on this machine stores the pages");
}

static void netfs(struct audit_report *r, int a, int l)
{
	if (get(r, a, l)->transport == AUDIT_T_NETFS)
		audit_add(r, AUDIT_BAD, a, l, NULL,
			  "the file system has no swap support");
}

static void loop_file(struct audit_report *r, int a, int l)
{
	if (get(r, a, l)->loop)
		audit_add(r, AUDIT_BAD, a, l, NULL,
			  "swap goes through a loop device to %s",
			  get(r, a, l)->name);
}

static bool is_nfs(const struct audit_leaf *l)
{
	return l->transport == AUDIT_T_NFS ||
	       l->transport == AUDIT_T_NFS_RDMA;
}

static void nfs_rdma(struct audit_report *r, int a, int l)
{
	if (get(r, a, l)->transport == AUDIT_T_NFS_RDMA)
		audit_add(r, AUDIT_BAD, a, l, NULL, "mounted with proto=rdma");
}

static void nfs_tls(struct audit_report *r, int a, int l)
{
	if (is_nfs(get(r, a, l)) && get(r, a, l)->tls)
		audit_add(r, AUDIT_BAD, a, l, NULL,
			  "mounted with xprtsec=tls or mtls");
}

static void nfs_pnfs(struct audit_report *r, int a, int l)
{
	if (get(r, a, l)->pnfs[0])
		audit_add(r, AUDIT_BAD, a, l, NULL,
			  "pages go to pNFS data servers (%s)",
			  get(r, a, l)->pnfs);
}

static void nfs_krb5(struct audit_report *r, int a, int l)
{
	if (is_nfs(get(r, a, l)) && get(r, a, l)->krb5)
		audit_add(r, AUDIT_WARN, a, l, NULL,
			  "mounted with Kerberos (sec=krb5...)");
}

static void nfs_trunk(struct audit_report *r, int a, int l)
{
	if (is_nfs(get(r, a, l)) && get(r, a, l)->max_connect)
		audit_add(r, AUDIT_WARN, a, l, NULL,
			  "mounted with max_connect: connections may be "
			  "added after swapon");
}

static void smb(struct audit_report *r, int a, int l)
{
	if (get(r, a, l)->transport == AUDIT_T_SMB)
		audit_add(r, AUDIT_BAD, a, l, NULL, "swap file on SMB");
}

static void ceph(struct audit_report *r, int a, int l)
{
	if (get(r, a, l)->transport == AUDIT_T_CEPH)
		audit_add(r, AUDIT_BAD, a, l, NULL, "swap on Ceph");
}

static void drbd(struct audit_report *r, int a, int l)
{
	if (get(r, a, l)->transport == AUDIT_T_DRBD)
		audit_add(r, AUDIT_BAD, a, l, NULL, "swap on DRBD");
}

static void rdma_block(struct audit_report *r, int a, int l)
{
	enum audit_transport t = get(r, a, l)->transport;

	if (t == AUDIT_T_ISER || t == AUDIT_T_NVME_RDMA)
		audit_add(r, AUDIT_BAD, a, l, NULL, "swap over %s",
			  audit_transports[t].title);
}

static void nvme_tls(struct audit_report *r, int a, int l)
{
	if (get(r, a, l)->transport == AUDIT_T_NVME_TCP && get(r, a, l)->tls)
		audit_add(r, AUDIT_BAD, a, l, NULL, "NVMe over TCP with TLS");
}

static void hba(struct audit_report *r, int a, int l)
{
	if (get(r, a, l)->transport == AUDIT_T_HBA)
		audit_add(r, AUDIT_UNKNOWN, a, l, NULL,
			  "an adapter with its own network stack carries "
			  "the swap");
}

static void unmarked(struct audit_report *r, int a, int l)
{
	const struct audit_leaf *leaf = get(r, a, l);

	/* numbers of sockets are meaningless to what has none or is bad */
	if (leaf->transport == AUDIT_T_NBD || leaf->nr_socks || leaf->loop ||
	    !audit_socks_known(r->in) ||
	    audit_transports[leaf->transport].protect != 1)
		return;
	audit_add(r, leaf->transport == AUDIT_T_NFS ? AUDIT_UNKNOWN :
		  AUDIT_BAD, a, l, NULL, "no memalloc socket to %s %s",
		  leaf->peer[0] ? leaf->peer : "its server", "was found");
}

static void memcg(struct audit_report *r, int a, int l)
{
	const struct audit_leaf *leaf = get(r, a, l);
	const struct nsw_sock *s;
	int i;

	for (i = 0; i < leaf->nr_socks; i++) {
		s = &r->in->snap->sock[leaf->sock[i]].sock;
		if (s->memcg <= 1)	/* none, or the root */
			continue;
		audit_add(r, AUDIT_WARN, a, l, NULL,
			  "its socket is charged to memory cgroup %llu",
			  (unsigned long long)s->memcg);
		return;
	}
}

static bool has_if(const struct audit_report *r, int a, int l,
		   enum audit_if_kind kind, const char **name)
{
	const struct audit_leaf *leaf = get(r, a, l);
	int i;

	for (i = 0; i < leaf->nr_ifaces; i++) {
		if (r->in->ifs[leaf->iface[i]].kind != kind)
			continue;
		*name = r->in->ifs[leaf->iface[i]].name;
		return true;
	}
	return false;
}

static void tun(struct audit_report *r, int a, int l)
{
	const char *name;

	if (has_if(r, a, l, AUDIT_IF_TUN, &name))
		audit_add(r, AUDIT_BAD, a, l, NULL,
			  "the way to the server leads over %s, which a "
			  "process serves", name);
}

static void wireguard(struct audit_report *r, int a, int l)
{
	const char *name;

	if (has_if(r, a, l, AUDIT_IF_WIREGUARD, &name))
		audit_add(r, AUDIT_INFO, a, l, NULL,
			  "the way to the server leads over WireGuard "
			  "interface %s", name);
}

#define RULE(name, fn, because, fix)	\
	{ .id = name, .leaf = fn, .why = because, .remedy = fix }

const struct audit_rule audit_rules_leaf[] = {
	RULE("nbd-tls", nbd_tls,
	     "the kernel's end is a local socket pair; the TCP socket is the "
	     "process's and is not memalloc, so replies are dropped just "
	     "when memory is short",
	     "use NBD without TLS inside WireGuard or IPsec"),
	RULE("nbd-unix-socket", nbd_unix,
	     "whatever is at the other end is a process of this machine, "
	     "and it needs memory to answer",
	     "let nbd-client connect to the server by TCP itself"),
	RULE("nbd-no-tcp-socket", nbd_socket,
	     "the kernel marks every socket it is given; one that is not TCP "
	     "ends at a proxy or a server on this machine",
	     "find out what holds the connection, and connect by TCP"),
	RULE("nbd-not-connected", nbd_gone,
	     "pages swapped out there can't be read back: their owners get "
	     "SIGBUS, or wait",
	     "reconnect with nbd-client -persist, or restart the machine"),
	RULE("nbd-client-swappable", nbd_client,
	     "this process must run to keep or renew the connection",
	     "start it with nbd-client -swap"),
	RULE("server-on-host", server_here,
	     "to free memory the kernel waits for a process that itself "
	     "needs memory: with little left both wait for ever",
	     "use a server on another machine; for local compressed swap use "
	     "zram"),
	RULE("userspace-storage", userspace,
	     "to free memory the kernel waits for a process that itself "
	     "needs memory (FUSE, ublk)",
	     "put swap on a block device or a file system of the kernel"),
	RULE("netfs-without-swap", netfs,
	     "its requests allocate without access to the reserves",
	     "use NBD, NFS over TCP, iSCSI or NVMe over TCP"),
	RULE("loop-on-network", loop_file,
	     "loop writes through the page cache, and since swapon never saw "
	     "the file, the connection below was not marked",
	     "swapon the file itself, not a loop device on it"),
	RULE("nfs-rdma", nfs_rdma,
	     "swapon succeeds, but enabling swap is an empty function there "
	     "and RDMA buffers are allocated with __GFP_NOMEMALLOC",
	     "mount with proto=tcp"),
	RULE("nfs-tls", nfs_tls,
	     "after a lost connection tlshd in user space must shake hands, "
	     "over a socket that is not memalloc yet",
	     "mount with xprtsec=none inside WireGuard or IPsec"),
	RULE("nfs-pnfs", nfs_pnfs,
	     "swapon marks the connection to the metadata server only",
	     "mount with vers=4.0 or vers=3, or turn pNFS off on the server"),
	RULE("nfs-krb5", nfs_krb5,
	     "when the context expires, writing waits for rpc.gssd in user "
	     "space",
	     "mount the swap export with sec=sys inside WireGuard or IPsec"),
	RULE("nfs-max-connect", nfs_trunk,
	     "connections that the client adds later are not marked",
	     "mount without max_connect; nconnect is fine"),
	RULE("smb", smb,
	     "swap over SMB is experimental: the kernel says TODO where the "
	     "socket should be marked memalloc",
	     "use NBD or NFS over TCP"),
	RULE("ceph", ceph,
	     "Ceph's messenger sockets are not memalloc",
	     "use NBD, iSCSI or NVMe over TCP"),
	RULE("drbd", drbd,
	     "DRBD's sockets are not memalloc, and a write waits for the "
	     "peer",
	     "keep swap off the replicated device"),
	RULE("rdma-block", rdma_block,
	     "RDMA has no memalloc sockets: whether a reply gets through "
	     "depends on the driver's own buffers",
	     "use the TCP transport of the same protocol"),
	RULE("nvme-tls", nvme_tls,
	     "after a lost connection tlshd in user space must shake hands "
	     "before a page can be read back",
	     "use plain NVMe over TCP inside WireGuard or IPsec"),
	RULE("offload-adapter", hba,
	     "its buffers are the driver's and the firmware's; no counter of "
	     "the network stack tells how they do",
	     "ask the vendor, or use software iSCSI or NVMe over TCP"),
	RULE("no-memalloc-socket", unmarked,
	     "either the connection is closed just now, or it was never "
	     "marked and replies are dropped when memory is short",
	     "cause some swap I/O and audit again; if it stays, swapoff and "
	     "swapon"),
	RULE("socket-memcg", memcg,
	     "the cgroup's limit can stop a swap socket although the machine "
	     "has reserves left",
	     "start the client outside of limited cgroups, or set "
	     "memory.max=max there"),
	RULE("tun-path", tun,
	     "packets wait for a process that itself needs memory",
	     "use WireGuard or IPsec in the kernel"),
	RULE("wireguard-path", wireguard,
	     "fine: its UDP socket is memalloc too, always.  But the kernel's "
	     "memalloc key is on while it is up, swap or not",
	     "nothing to do"),
	{ .id = NULL }
};

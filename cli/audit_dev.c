// SPDX-License-Identifier: GPL-2.0
/*
 * audit_dev.c - from a block device or a file down to what carries it.
 *
 * Block layers (partitions, device mapper, md) allocate from mempools and
 * are protected by that.  A loop device is not: it writes a file through
 * the page cache, and swapon() never told that file's file system.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "audit_read.h"

#define MAX_DEPTH	8	/* sysfs copies may contain circles */

static const struct {
	const char *fs;
	enum audit_transport transport;
	bool pnfs;
} net_fs[] = {
	{ "nfs", AUDIT_T_NFS, true },
	{ "nfs4", AUDIT_T_NFS, true },
	{ "cifs", AUDIT_T_SMB, false },
	{ "smb3", AUDIT_T_SMB, false },
	{ "ceph", AUDIT_T_CEPH, false },
	{ "9p", AUDIT_T_NETFS, false },
	{ "afs", AUDIT_T_NETFS, false },
	{ "virtiofs", AUDIT_T_NETFS, false },
	{ "fuse", AUDIT_T_USERSPACE, false },
};

struct mount {
	char dev[32];
	char point[AUDIT_PATH_LEN];
	char fs[AUDIT_NAME_LEN];
	char source[AUDIT_PATH_LEN];
	char opts[1024];
};

void audit_hop(struct audit_area *a, const char *hop, const char *name,
	       int protect, const char *fmt, ...)
{
	struct audit_hop *h = &a->hop[a->nr_hops];
	va_list ap;

	if (a->nr_hops == AUDIT_MAX_HOPS) {
		audit_copy(a->lost, sizeof(a->lost), "too many layers");
		return;
	}
	a->nr_hops++;
	audit_copy(h->hop, sizeof(h->hop), hop);
	audit_copy(h->name, sizeof(h->name), name);
	h->protect = protect;
	h->leaf = -1;
	if (!fmt)
		return;
	va_start(ap, fmt);
	vsnprintf(h->detail, sizeof(h->detail), fmt, ap);
	va_end(ap);
}

struct audit_leaf *audit_leaf(struct audit_area *a, enum audit_transport t,
			      const char *name, const char *detail, bool loop)
{
	struct audit_leaf *l = &a->leaf[a->nr_leaves];

	if (a->nr_leaves == AUDIT_MAX_LEAVES ||
	    a->nr_hops == AUDIT_MAX_HOPS) {
		audit_copy(a->lost, sizeof(a->lost), "too many paths");
		return NULL;
	}
	audit_hop(a, audit_transports[t].name, name,
		  audit_transports[t].protect, "%s", detail);
	a->hop[a->nr_hops - 1].leaf = a->nr_leaves++;
	l->transport = t;
	audit_copy(l->name, sizeof(l->name), name);
	l->loop = loop;
	l->connected = true;
	l->task = -1;
	return l;
}

/* The words of one mountinfo line; 0 if it's cut short. */
static bool parse_mount(char *line, struct mount *m)
{
	char *save = NULL, *w;
	int i = 0, dash = 0;

	memset(m, 0, sizeof(*m));
	for (w = strtok_r(line, " ", &save); w;
	     w = strtok_r(NULL, " ", &save), i++) {
		if (i == 2)
			audit_copy(m->dev, sizeof(m->dev), w);
		else if (i == 4)
			audit_copy(m->point, sizeof(m->point), w);
		else if (i > 5 && !dash && !strcmp(w, "-"))
			dash = i;
		else if (dash && i == dash + 1)
			audit_copy(m->fs, sizeof(m->fs), w);
		else if (dash && i == dash + 2)
			audit_copy(m->source, sizeof(m->source), w);
		else if (dash && i == dash + 3)
			audit_copy(m->opts, sizeof(m->opts), w);
	}
	audit_unescape(m->point);
	audit_unescape(m->source);
	return m->opts[0];
}

static bool below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (!strcmp(dir, "/"))
		return path[0] == '/';
	return !strncmp(path, dir, n) && (!path[n] || path[n] == '/');
}

/* Of equal mount points the last wins: it covers the others. */
static bool find_mount(struct audit_read *rd, const char *path,
		       struct mount *best)
{
	const char *at = rd->mountinfo;
	char line[4096];
	struct mount m;
	bool found = false;
	size_t len;

	for (; at && *at; at += len + (at[len] == '\n')) {
		len = strcspn(at, "\n");
		if (len >= sizeof(line)) {
			rd->in->full = true;
			continue;
		}
		memcpy(line, at, len);
		line[len] = '\0';
		if (!parse_mount(line, &m) || !below(path, m.point))
			continue;
		if (found && strlen(m.point) < strlen(best->point))
			continue;
		*best = m;
		found = true;
	}
	return found;
}

/* "pnfs=LAYOUT" stands only in mountstats. */
static void read_pnfs(struct audit_read *rd, const char *point,
		      struct audit_leaf *l)
{
	const char *at = rd->mountstats, *end, *hit;
	char want[AUDIT_PATH_LEN + 16];

	snprintf(want, sizeof(want), " mounted on %s with ", point);
	at = at ? strstr(at, want) : NULL;
	if (!at)
		return;
	at += strlen(want);
	end = strstr(at, "\ndevice ");
	hit = strstr(at, ",pnfs=");
	if (!hit || (end && hit > end) || !strncmp(hit + 6, "not ", 4))
		return;
	audit_copy(l->pnfs, sizeof(l->pnfs), hit + 6);
	l->pnfs[strcspn(l->pnfs, ",\n\t ")] = '\0';
}

static void nfs_options(struct audit_leaf *l, const struct mount *m)
{
	char v[AUDIT_NAME_LEN];

	audit_option(m->opts, "addr", l->peer, sizeof(l->peer));
	if (audit_option(m->opts, "port", v, sizeof(v)))
		l->port = (unsigned int)strtoul(v, NULL, 10) & 0xffff;
	audit_option(m->opts, "xprtsec", v, sizeof(v));
	l->tls = strstr(v, "tls");
	audit_option(m->opts, "sec", v, sizeof(v));
	l->krb5 = !strncmp(v, "krb5", 4);
	l->max_connect = audit_option(m->opts, "max_connect", v, sizeof(v));
}

/* Return: true if the file system is itself a network client. */
static bool end_fs(struct audit_read *rd, struct audit_area *a,
		   const struct mount *m, bool loop)
{
	size_t len = strcspn(m->fs, "."), i;	/* "fuse.sshfs" */
	enum audit_transport t;
	struct audit_leaf *l;
	char proto[32];

	for (i = 0; i < sizeof(net_fs) / sizeof(net_fs[0]); i++)
		if (!strncmp(m->fs, net_fs[i].fs, len) && !net_fs[i].fs[len])
			break;
	if (i == sizeof(net_fs) / sizeof(net_fs[0]))
		return false;
	t = net_fs[i].transport;
	audit_option(m->opts, "proto", proto, sizeof(proto));
	if (t == AUDIT_T_NFS && !strncmp(proto, "rdma", 4))
		t = AUDIT_T_NFS_RDMA;
	l = audit_leaf(a, t, m->source, m->fs, loop);
	if (!l)
		return true;
	nfs_options(l, m);
	if (net_fs[i].pnfs)
		read_pnfs(rd, m->point, l);
	return true;
}

void audit_follow_file(struct audit_read *rd, struct audit_area *a,
		       const char *path, bool loop, int depth)
{
	char link[AUDIT_PATH_LEN];
	struct mount m;

	if (!find_mount(rd, path, &m)) {
		snprintf(a->lost, sizeof(a->lost),
			 "no mount holds %.100s", path);
		return;
	}
	audit_hop(a, "file", path, loop ? 0 : 1, "%s on %.80s", m.fs,
		  m.point);
	if (end_fs(rd, a, &m, loop))
		return;
	/* btrfs shows an anonymous number, /dev/root is no device */
	if (strncmp(m.dev, "0:", 2) &&
	    audit_link(rd, link, sizeof(link), "sys/dev/block/%s", m.dev))
		audit_follow_dev(rd, a, audit_base(link), loop, depth + 1);
	else if (!strncmp(m.source, "/dev/", 5))
		audit_follow_dev(rd, a, audit_base(m.source), loop,
				 depth + 1);
	else
		snprintf(a->lost, sizeof(a->lost),
			 "file system %.40s has no block device", m.fs);
}

/* /dev/mapper/NAME may be a node of its own, not a link to dm-N. */
static bool find_dm(struct audit_read *rd, char *disk, size_t len)
{
	char *all = audit_dir(rd, "sys/class/block"), *save = NULL, *d;
	char name[AUDIT_NAME_LEN];
	bool found = false;

	for (d = all ? strtok_r(all, "\n", &save) : NULL; d && !found;
	     d = strtok_r(NULL, "\n", &save)) {
		if (strncmp(d, "dm-", 3))
			continue;
		audit_line(rd, name, sizeof(name),
			   "sys/class/block/%s/dm/name", d);
		found = !strcmp(name, disk);
		if (found)
			audit_copy(disk, len, d);
	}
	free(all);
	return found;
}

static void follow_slaves(struct audit_read *rd, struct audit_area *a,
			  const char *disk, char *slaves, bool loop,
			  int depth)
{
	char name[AUDIT_NAME_LEN], uuid[AUDIT_NAME_LEN], *save = NULL, *s;
	bool dm = audit_line(rd, name, sizeof(name),
			     "sys/class/block/%s/dm/name", disk);

	audit_line(rd, uuid, sizeof(uuid), "sys/class/block/%s/dm/uuid",
		   disk);
	uuid[strcspn(uuid, "-")] = '\0';
	audit_hop(a, dm ? "dm" : "md", disk, 1, "%s%s%s", uuid,
		  uuid[0] ? " " : "", name);
	for (s = strtok_r(slaves, "\n", &save); s;
	     s = strtok_r(NULL, "\n", &save))
		audit_follow_dev(rd, a, s, loop, depth + 1);
}

/* The disk of a partition is the directory above it. */
static void follow_part(struct audit_read *rd, struct audit_area *a,
			const char *disk, char *link, bool loop, int depth)
{
	char *slash = strrchr(link, '/');

	audit_hop(a, "partition", disk, 1, NULL);
	if (!slash) {
		audit_copy(a->lost, sizeof(a->lost), "partition of what?");
		return;
	}
	*slash = '\0';
	audit_follow_dev(rd, a, audit_base(link), loop, depth + 1);
}

/* Files below the device: loop's, and the store of zram if it has one. */
static bool follow_backing(struct audit_read *rd, struct audit_area *a,
			   const char *disk, bool loop, int depth)
{
	char file[AUDIT_PATH_LEN];

	if (audit_line(rd, file, sizeof(file),
		       "sys/class/block/%s/loop/backing_file", disk)) {
		audit_hop(a, "loop", disk, 0, "%.150s", file);
		audit_follow_file(rd, a, file, true, depth + 1);
		return true;
	}
	if (strncmp(disk, "zram", 4))
		return false;
	audit_hop(a, "zram", disk, 1, NULL);
	audit_line(rd, file, sizeof(file), "sys/class/block/%s/backing_dev",
		   disk);
	if (!strncmp(file, "/dev/", 5))
		audit_follow_dev(rd, a, audit_base(file), loop, depth + 1);
	return true;
}

void audit_follow_dev(struct audit_read *rd, struct audit_area *a,
		      const char *name, bool loop, int depth)
{
	char disk[AUDIT_NAME_LEN], link[AUDIT_PATH_LEN], *slaves;

	audit_copy(disk, sizeof(disk), name);
	if (depth > MAX_DEPTH || a->nr_hops == AUDIT_MAX_HOPS) {
		audit_copy(a->lost, sizeof(a->lost), "too many layers");
		return;
	}
	if (!audit_link(rd, link, sizeof(link), "sys/class/block/%s", disk) &&
	    (!find_dm(rd, disk, sizeof(disk)) ||
	     !audit_link(rd, link, sizeof(link), "sys/class/block/%s",
			 disk))) {
		snprintf(a->lost, sizeof(a->lost),
			 "/sys/class/block has no %.60s", disk);
		return;
	}
	if (audit_has(rd, "sys/class/block/%s/partition", disk)) {
		follow_part(rd, a, disk, link, loop, depth);
		return;
	}
	if (audit_end_dev(rd, a, disk, link, loop) ||
	    follow_backing(rd, a, disk, loop, depth))
		return;
	slaves = audit_dir(rd, "sys/class/block/%s/slaves", disk);
	if (slaves && slaves[0])
		follow_slaves(rd, a, disk, slaves, loop, depth);
	else
		audit_hop(a, "disk", disk, 1, "local");
	free(slaves);
}

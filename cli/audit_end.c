// SPDX-License-Identifier: GPL-2.0
/*
 * audit_end.c - disks that are the near end of a network connection.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "audit_read.h"

/* One argument of a command line; true for "-NAME", "--NAME", "-NAME=..." */
static bool is_option(const char *arg, const char *name)
{
	if (*arg++ != '-')
		return false;
	if (*arg == '-')
		arg++;
	return !strncmp(arg, name, strlen(name)) &&
	       (!arg[strlen(name)] || arg[strlen(name)] == '=');
}

/*
 * nbd-client(8) as of 3.24; getopt_long_only(), so one dash or two.  Short
 * options may be bundled, but nobody writes these that way.
 */
static void nbd_arg(struct audit_leaf *l, const char *arg)
{
	static const char *const tls[] = {
		"certfile", "keyfile", "cacertfile", "tlshostname",
		"enable-tls", "priority", "F", "K", "A", "H", "x",
	};
	size_t i;

	for (i = 0; i < sizeof(tls) / sizeof(tls[0]); i++)
		l->tls |= is_option(arg, tls[i]);
	l->unix_sock |= is_option(arg, "unix") || is_option(arg, "u");
}

static bool names_disk(const char *arg, const char *disk)
{
	return !strcmp(audit_base(arg), disk) &&
	       (arg == audit_base(arg) || !strncmp(arg, "/dev/", 5));
}

/* A client connected by netlink has exited; a TLS proxy of it has not. */
static void nbd_task(struct audit_read *rd, struct audit_leaf *l, int pid)
{
	char cmd[AUDIT_PATH_LEN], *save, *arg;
	int i;

	for (i = 0; i < rd->in->nr_tasks; i++) {
		const struct audit_task *t = &rd->in->task[i];
		bool mine = t->pid == pid;

		if (!strstr(t->comm, "nbd"))
			continue;
		audit_copy(cmd, sizeof(cmd), t->cmdline);
		save = NULL;
		for (arg = strtok_r(cmd, "\n", &save); arg && !mine;
		     arg = strtok_r(NULL, "\n", &save))
			mine = names_disk(arg, l->name);
		if (!mine)
			continue;
		l->task = i;
		audit_copy(cmd, sizeof(cmd), t->cmdline);
		save = NULL;
		for (arg = strtok_r(cmd, "\n", &save); arg;
		     arg = strtok_r(NULL, "\n", &save))
			nbd_arg(l, arg);
	}
}

/* "nbd0 HOST EXPORT OPTION,OPTION": what `nbd-client nbd0` would use. */
static void nbd_tab(struct audit_read *rd, struct audit_leaf *l)
{
	char *tab = audit_file(rd, "etc/nbdtab"), *save = NULL, *line, *w;
	char arg[AUDIT_NAME_LEN + 2];

	for (line = tab ? strtok_r(tab, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *opts = NULL;

		w = strtok_r(line, " \t", &opts);
		if (!w || !names_disk(w, l->name) || !opts)
			continue;
		strtok_r(NULL, " \t", &opts);
		strtok_r(NULL, " \t", &opts);
		while ((w = strtok_r(NULL, ", \t", &opts))) {
			arg[0] = '-';
			audit_copy(arg + 1, sizeof(arg) - 1, w);
			nbd_arg(l, arg);
		}
	}
	free(tab);
}

static void end_nbd(struct audit_read *rd, struct audit_area *a,
		    const char *disk, bool loop)
{
	char pid[32], backend[AUDIT_NAME_LEN];
	struct audit_leaf *l;

	audit_line(rd, backend, sizeof(backend), "sys/class/block/%s/backend",
		   disk);
	l = audit_leaf(a, AUDIT_T_NBD, disk, backend, loop);
	if (!l)
		return;
	l->connected = audit_line(rd, pid, sizeof(pid),
				  "sys/class/block/%s/pid", disk);
	nbd_task(rd, l, (int)strtol(pid, NULL, 10));
	if (l->task < 0)
		nbd_tab(rd, l);
}

/* "traddr=10.0.0.1,trsvcid=4420" */
static void nvme_address(struct audit_leaf *l, const char *addr)
{
	char v[32];

	audit_option(addr, "traddr", l->peer, sizeof(l->peer));
	if (audit_option(addr, "trsvcid", v, sizeof(v)))
		l->port = (unsigned int)strtoul(v, NULL, 10) & 0xffff;
}

/* Return: true if the controller is a remote one. */
static bool end_nvme_ctrl(struct audit_read *rd, struct audit_area *a,
			  const char *ctrl, bool loop)
{
	char transport[32], addr[256];
	enum audit_transport t;
	struct audit_leaf *l;

	audit_line(rd, transport, sizeof(transport),
		   "sys/class/nvme/%s/transport", ctrl);
	if (!strcmp(transport, "tcp"))
		t = AUDIT_T_NVME_TCP;
	else if (!strcmp(transport, "rdma"))
		t = AUDIT_T_NVME_RDMA;
	else if (!strcmp(transport, "fc"))
		t = AUDIT_T_HBA;
	else
		return false;
	audit_line(rd, addr, sizeof(addr), "sys/class/nvme/%s/address", ctrl);
	l = audit_leaf(a, t, ctrl, addr, loop);
	if (!l)
		return true;
	nvme_address(l, addr);
	l->tls = audit_has(rd, "sys/class/nvme/%s/tls_key", ctrl) ||
		 audit_has(rd, "sys/class/nvme/%s/tls_configured_key", ctrl);
	return true;
}

static bool is_ctrl(const char *s)
{
	if (strncmp(s, "nvme", 4) || !isdigit((unsigned char)s[4]))
		return false;
	for (s += 4; isdigit((unsigned char)*s); s++)
		;
	return !*s || *s == '/';
}

/* With multipath the disk hangs on a subsystem with several controllers. */
static bool end_nvme(struct audit_read *rd, struct audit_area *a,
		     const char *link, bool loop)
{
	const char *sub = strstr(link, "/nvme-subsys"), *at = NULL, *s;
	char *all, *save = NULL, *c, name[AUDIT_NAME_LEN];
	bool remote = false;

	while (sub && !strncmp(sub, "/nvme-subsystem/", 16))
		sub = strstr(sub + 1, "/nvme-subsys");
	if (sub) {
		audit_copy(name, sizeof(name), sub + 1);
		name[strcspn(name, "/")] = '\0';
		all = audit_dir(rd, "sys/class/nvme-subsystem/%s", name);
		for (c = all ? strtok_r(all, "\n", &save) : NULL; c;
		     c = strtok_r(NULL, "\n", &save))
			if (is_ctrl(c))
				remote |= end_nvme_ctrl(rd, a, c, loop);
		free(all);
		return remote;
	}
	for (s = strstr(link, "/nvme"); s; s = strstr(s + 1, "/nvme"))
		if (is_ctrl(s + 1))
			at = s + 1;
	if (!at)
		return false;
	audit_copy(name, sizeof(name), at);
	name[strcspn(name, "/")] = '\0';
	return end_nvme_ctrl(rd, a, name, loop);
}

/* Copy the component of @link that starts with @what and a digit. */
static bool component(const char *link, const char *what, char *buf,
		      size_t len)
{
	size_t n = strlen(what);
	const char *s;

	for (s = link; s; s = strchr(s + 1, '/')) {
		const char *c = *s == '/' ? s + 1 : s;

		if (strncmp(c, what, n) || !isdigit((unsigned char)c[n]))
			continue;
		audit_copy(buf, len, c);
		buf[strcspn(buf, "/")] = '\0';
		return true;
	}
	return false;
}

static bool end_iscsi(struct audit_read *rd, struct audit_area *a,
		      const char *disk, const char *link, bool loop)
{
	char session[32], host[32], proc[32], addr[AUDIT_NAME_LEN], port[16];
	enum audit_transport t = AUDIT_T_HBA;
	struct audit_leaf *l;

	if (!component(link, "session", session, sizeof(session)) ||
	    !component(link, "host", host, sizeof(host)))
		return false;
	audit_line(rd, proc, sizeof(proc), "sys/class/scsi_host/%s/proc_name",
		   host);
	if (!strcmp(proc, "iscsi_tcp"))
		t = AUDIT_T_ISCSI;
	else if (!strcmp(proc, "iscsi_iser"))
		t = AUDIT_T_ISER;
	audit_line(rd, addr, sizeof(addr),
		   "sys/class/iscsi_connection/connection%s:0/address",
		   session + 7);
	audit_line(rd, port, sizeof(port),
		   "sys/class/iscsi_connection/connection%s:0/port",
		   session + 7);
	l = audit_leaf(a, t, disk, proc, loop);
	if (l) {
		audit_copy(l->peer, sizeof(l->peer), addr);
		l->port = (unsigned int)strtoul(port, NULL, 10) & 0xffff;
	}
	return true;
}

static bool is_disk(const char *disk, const char *prefix)
{
	size_t n = strlen(prefix);

	return !strncmp(disk, prefix, n) && isdigit((unsigned char)disk[n]);
}

static void end_rbd(struct audit_read *rd, struct audit_area *a,
		    const char *disk, bool loop)
{
	char pool[AUDIT_NAME_LEN], image[AUDIT_NAME_LEN];
	char detail[2 * AUDIT_NAME_LEN + 8];

	audit_line(rd, pool, sizeof(pool), "sys/bus/rbd/devices/%s/pool",
		   disk + 3);
	audit_line(rd, image, sizeof(image), "sys/bus/rbd/devices/%s/name",
		   disk + 3);
	snprintf(detail, sizeof(detail), "rbd %s/%s", pool, image);
	audit_leaf(a, AUDIT_T_CEPH, disk, detail, loop);
}

bool audit_end_dev(struct audit_read *rd, struct audit_area *a,
		   const char *disk, const char *link, bool loop)
{
	if (is_disk(disk, "nbd"))
		end_nbd(rd, a, disk, loop);
	else if (is_disk(disk, "drbd"))
		audit_leaf(a, AUDIT_T_DRBD, disk, "", loop);
	else if (is_disk(disk, "rbd"))
		end_rbd(rd, a, disk, loop);
	else if (is_disk(disk, "ublkb"))
		audit_leaf(a, AUDIT_T_USERSPACE, disk, "ublk", loop);
	else if (is_disk(disk, "nvme"))
		return end_nvme(rd, a, link, loop);
	else
		return end_iscsi(rd, a, disk, link, loop);
	return true;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * audit_collect.c - the swap areas, the processes, the sysctl values.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "audit_read.h"
#include "log.h"

/* Processes that a swap path may need: see the rules that look for them. */
static const char *const task_names[] = {
	"nbd-client", "qemu-nbd", "nbdkit", "tlshd", "rpc.gssd", "iscsid",
};

/* VmLck and VmRSS of /proc/PID/status: all that is in memory is locked. */
static bool all_locked(const char *status)
{
	const char *lck = strstr(status, "\nVmLck:");
	const char *rss = strstr(status, "\nVmRSS:");
	unsigned long long locked, size;

	if (!lck || !rss)
		return false;
	locked = strtoull(lck + 7, NULL, 10);
	size = strtoull(rss + 7, NULL, 10);
	return locked && locked >= size;
}

static void read_task(struct audit_read *rd, const char *pid)
{
	struct audit_input *in = rd->in;
	struct audit_task *t = &in->task[in->nr_tasks];
	char comm[32], adj[16], *s;
	size_t i, n;

	audit_line(rd, comm, sizeof(comm), "proc/%s/comm", pid);
	n = sizeof(task_names) / sizeof(task_names[0]);
	for (i = 0; i < n && strcmp(comm, task_names[i]); i++)
		;
	if (i == n)
		return;
	if (in->nr_tasks == AUDIT_MAX_TASKS) {
		in->full = true;
		return;
	}
	in->nr_tasks++;
	t->pid = (int)strtol(pid, NULL, 10);
	audit_copy(t->comm, sizeof(t->comm), comm);
	audit_line(rd, adj, sizeof(adj), "proc/%s/oom_score_adj", pid);
	t->oom_score_adj = (int)strtol(adj, NULL, 10);
	s = audit_file(rd, "proc/%s/status", pid);
	t->locked = s && all_locked(s);
	free(s);
}

/* Arguments end in NUL; as lines they are easier to walk. */
static void read_cmdline(struct audit_read *rd, struct audit_task *t)
{
	size_t len, i;
	char *s = audit_bytes(rd, &len, "proc/%d/cmdline", t->pid);

	for (i = 0; s && i < len; i++)
		if (!s[i])
			s[i] = '\n';
	audit_copy(t->cmdline, sizeof(t->cmdline), s ? s : "");
	free(s);
}

void audit_collect_tasks(struct audit_read *rd)
{
	char *all = audit_dir(rd, "proc"), *save = NULL, *d;
	int i;

	for (d = all ? strtok_r(all, "\n", &save) : NULL; d;
	     d = strtok_r(NULL, "\n", &save))
		if (isdigit((unsigned char)d[0]) && strlen(d) < 12)
			read_task(rd, d);
	free(all);
	for (i = 0; i < rd->in->nr_tasks; i++)
		read_cmdline(rd, &rd->in->task[i]);
}

/* The node itself knows its device, however it is called. */
static void follow_node(struct audit_read *rd, struct audit_area *a)
{
	char link[AUDIT_PATH_LEN];
	struct stat st;

	if (rd->live && !stat(a->path, &st) && S_ISBLK(st.st_mode) &&
	    audit_link(rd, link, sizeof(link), "sys/dev/block/%u:%u",
		       major(st.st_rdev), minor(st.st_rdev)))
		audit_follow_dev(rd, a, audit_base(link), false, 0);
	else
		audit_follow_dev(rd, a, audit_base(a->path), false, 0);
}

/* "PATH TYPE SIZE USED PRIO"; a deleted file is "PATH\040(deleted)". */
static void read_area(struct audit_read *rd, char *line)
{
	struct audit_area *a = &rd->in->area[rd->in->nr_areas];
	static const char gone[] = " (deleted)";
	char *save = NULL, *path, *type, *size, *used;
	size_t len;

	path = strtok_r(line, " \t", &save);
	type = strtok_r(NULL, " \t", &save);
	size = strtok_r(NULL, " \t", &save);
	used = strtok_r(NULL, " \t", &save);
	if (!path || path[0] != '/' || !used ||
	    rd->in->nr_areas == AUDIT_MAX_AREAS) {
		rd->in->full = true;
		return;
	}
	rd->in->nr_areas++;
	audit_unescape(path);
	len = strlen(path);
	if (len >= sizeof(gone) &&
	    !strcmp(path + len - sizeof(gone) + 1, gone)) {
		path[len - sizeof(gone) + 1] = '\0';
		a->deleted = true;
	}
	audit_copy(a->path, sizeof(a->path), path);
	a->file = !strcmp(type, "file");
	a->size_kb = strtoull(size, NULL, 10);
	a->used_kb = strtoull(used, NULL, 10);
	if (a->file)
		audit_follow_file(rd, a, a->path, false, 0);
	else
		follow_node(rd, a);
}

static int read_areas(struct audit_read *rd, const char *root)
{
	char *all = audit_file(rd, "proc/swaps"), *save = NULL, *line;

	if (!all)
		return log_err(-ENOENT, "audit: cannot read %s/proc/swaps: "
			       "is %s a copy of /proc and /sys?", root,
			       rd->live ? "/proc mounted, or" : root);
	line = strtok_r(all, "\n", &save);
	if (line && !strncmp(line, "Filename", 8))
		line = strtok_r(NULL, "\n", &save);
	for (; line; line = strtok_r(NULL, "\n", &save))
		read_area(rd, line);
	free(all);
	return 0;
}

/* "MIN PRESSURE MAX", and "TCP: inuse 5 orphan 0 tw 0 alloc 6 mem 2" */
static void read_tcp_memory(struct audit_read *rd)
{
	char *stat = audit_file(rd, "proc/net/sockstat"), *at;
	struct audit_input *in = rd->in;
	char line[128];

	in->tcp_max_pages = in->tcp_used_pages = -1;
	if (!audit_line(rd, line, sizeof(line), "proc/sys/net/ipv4/tcp_mem") ||
	    sscanf(line, "%*d %*d %18lld", &in->tcp_max_pages) != 1)
		in->tcp_max_pages = -1;
	at = stat ? strstr(stat, "TCP: ") : NULL;
	at = at ? strstr(at, " mem ") : NULL;
	if (!at || sscanf(at, " mem %18lld", &in->tcp_used_pages) != 1)
		in->tcp_used_pages = -1;
	free(stat);
}

static void read_kernel(struct audit_read *rd)
{
	struct audit_input *in = rd->in;
	char num[32];

	audit_line(rd, in->kernel, sizeof(in->kernel),
		   "proc/sys/kernel/osrelease");
	if (sscanf(in->kernel, "%3u.%4u", &in->major, &in->minor) != 2)
		in->major = in->minor = 0;
	in->min_free_kb = -1;
	if (audit_line(rd, num, sizeof(num), "proc/sys/vm/min_free_kbytes") &&
	    isdigit((unsigned char)num[0]))
		in->min_free_kb = strtoll(num, NULL, 10);
	in->patched = audit_has(rd, "proc/sys/vm/memalloc_floor_ratio");
	read_tcp_memory(rd);
}

int audit_collect(struct audit_input *in, const char *root,
		  const struct nsw_snapshot *snap)
{
	struct audit_read rd = { .in = in };
	int err;

	memset(in, 0, sizeof(*in));
	in->snap = snap;
	rd.live = !root[0] || !strcmp(root, "/");
	rd.root = open(rd.live ? "/" : root,
		       O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (rd.root < 0)
		return log_err(-errno, "audit: cannot open directory %s: %s",
			       root, strerror(errno));
	rd.mountinfo = audit_file(&rd, "proc/self/mountinfo");
	rd.mountstats = audit_file(&rd, "proc/self/mountstats");
	read_kernel(&rd);
	audit_collect_tasks(&rd);
	err = read_areas(&rd, rd.live ? "" : root);
	if (!err) {
		audit_collect_net(&rd);
		audit_match(&rd);
		if (rd.live)
			audit_places(in);
	}
	free(rd.mountstats);
	free(rd.mountinfo);
	close(rd.root);
	return err;
}

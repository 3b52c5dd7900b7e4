// SPDX-License-Identifier: GPL-2.0
/*
 * netns.c - visit every network namespace.
 *
 * There is no list of them; those of processes and those that `ip netns`
 * keeps are found.  One that is held only by a socket or a mount elsewhere
 * is missed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "slow.h"

#define MAX_NETNS	256

struct netns_walk {
	void (*fn)(void *ctx, unsigned long inode);
	void *ctx;
	unsigned long seen[MAX_NETNS];
	int nr;
	bool moved, refused;
};

static bool first_visit(struct netns_walk *w, unsigned long inode)
{
	int i;

	for (i = 0; i < w->nr; i++)
		if (w->seen[i] == inode)
			return false;
	if (w->nr == MAX_NETNS) {
		w->refused = true;
		return false;
	}
	w->seen[w->nr++] = inode;
	return true;
}

static void visit(struct netns_walk *w, const char *path)
{
	struct stat st;
	int fd;

	if (stat(path, &st)) {
		/* A process that is gone has none; one of another user has. */
		w->refused |= errno == EACCES || errno == EPERM;
		return;
	}
	if (!first_visit(w, st.st_ino))
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		/* It may have gone since. */
		w->refused |= errno != ENOENT && errno != ESRCH;
	} else if (setns(fd, CLONE_NEWNET)) {
		w->refused = true;
	} else {
		w->moved = true;
		w->fn(w->ctx, st.st_ino);
	}
	if (fd >= 0)
		close(fd);
}

static void visit_dir(struct netns_walk *w, const char *dir, const char *tail)
{
	char path[PATH_MAX];
	struct dirent *d;
	DIR *in = opendir(dir);

	while (in && (d = readdir(in))) {
		if (d->d_name[0] == '.')
			continue;
		/* /proc has more than processes. */
		if (tail[0] && (d->d_name[0] < '0' || d->d_name[0] > '9'))
			continue;
		snprintf(path, sizeof(path), "%s/%s%s", dir, d->d_name, tail);
		visit(w, path);
	}
	if (in)
		closedir(in);
}

bool netns_each(void (*fn)(void *ctx, unsigned long inode), void *ctx)
{
	struct netns_walk w = { .fn = fn, .ctx = ctx };
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (home >= 0 && !fstat(home, &st))
		first_visit(&w, st.st_ino);
	fn(ctx, w.nr ? w.seen[0] : 0);
	if (home < 0)
		return false;
	visit_dir(&w, "/proc", "/ns/net");
	visit_dir(&w, "/run/netns", "");
	if (w.moved && setns(home, CLONE_NEWNET))
		abort();	/* everything after would be of another place */
	close(home);
	return !w.refused;
}

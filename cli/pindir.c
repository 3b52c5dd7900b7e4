// SPDX-License-Identifier: GPL-2.0
/*
 * pindir.c - the directory of all pins: make it, lock it, remove it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "attach.h"
#include "bpf.h"
#include "guard.h"
#include "log.h"
#include "util.h"

#define NSW_BPFFS_MAGIC	0xcafe4a11

/*
 * `ip netns exec` gives its command another /sys: what is pinned is not seen
 * there, and what is pinned there ends with the command.  Process 1 may not be
 * looked at in a container; who has called is.
 */
static bool is_private(void)
{
	pid_t outside[] = { 1, getppid() };
	struct stat own, other;
	char path[64];
	size_t i;

	if (stat(NSW_BPFFS, &own))
		return false;
	for (i = 0; i < ARRAY_SIZE(outside); i++) {
		snprintf(path, sizeof(path), "/proc/%d/root" NSW_BPFFS,
			 outside[i]);
		if (!stat(path, &other))
			return own.st_dev != other.st_dev;
	}
	return false;
}

static int find_bpffs(bool make)
{
	struct statfs fs;

	if (is_private())
		return log_err(-EXDEV, NSW_BPFFS ": is not the system's, and "
			       "pins in it end with this mount namespace: in "
			       "place of 'ip netns exec NAME' use 'nsenter "
			       "--net=/run/netns/NAME'");
	if (!make ||
	    (!statfs(NSW_BPFFS, &fs) && (__u32)fs.f_type == NSW_BPFFS_MAGIC))
		return 0;
	if (mount("bpf", NSW_BPFFS, "bpf", 0, "mode=0700"))
		return log_err(-errno, NSW_BPFFS ": cannot mount bpffs: %s; "
			       "run as root", strerror(errno));
	return 0;
}

int pin_dir_make(void)
{
	if (mkdir(NSW_PIN_DIR, 0700) && errno != EEXIST)
		return log_err(-errno, NSW_PIN_DIR ": cannot make: %s; run as "
			       "root", strerror(errno));
	if (chmod(NSW_PIN_DIR, 0700))
		return log_err(-errno, NSW_PIN_DIR ": %s; run as root",
			       strerror(errno));
	return 0;
}

/*
 * The lock is on the file system's root: our own directory comes and goes
 * while the lock is held.
 */
int pin_dir_lock(bool make)
{
	int fd, err;

	err = find_bpffs(make);
	if (err)
		return err;
	fd = open(NSW_BPFFS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX))
		err = log_err(-errno, NSW_BPFFS ": cannot lock: %s; run as "
			      "root", strerror(errno));
	else if (make)
		err = pin_dir_make();
	else if (access(NSW_PIN_DIR, F_OK))
		err = -ENOENT;
	else if (access(NSW_PIN_DIR, R_OK | W_OK | X_OK))
		err = log_err(-errno, NSW_PIN_DIR ": %s; run as root",
			      strerror(errno));
	if (!err)
		return fd;
	if (fd >= 0)
		close(fd);
	return err;
}

void pin_remove_dir(const char *dir)
{
	char path[PATH_MAX * 2];
	struct dirent *d;
	DIR *in = opendir(dir);

	while (in && (d = readdir(in))) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, d->d_name);
		unlink(path);
	}
	if (in)
		closedir(in);
	rmdir(dir);
}

int unload_locked(void)
{
	char path[PATH_MAX];
	struct dirent *d;
	DIR *top;

	guard_off_locked(true);
	/* Links first: nothing must run on maps that go away. */
	pin_remove_dir(NSW_PIN_DIR "/links");
	top = opendir(NSW_PIN_DIR);
	while (top && (d = readdir(top))) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), NSW_PIN_DIR "/%s", d->d_name);
		pin_remove_dir(path);
	}
	if (top)
		closedir(top);
	if (rmdir(NSW_PIN_DIR) && errno != ENOENT)
		return -errno;
	return 0;
}

int nsw_unload(void)
{
	int lock = pin_dir_lock(false), err;

	if (lock == -ENOENT)
		return lock;
	if (lock < 0)
		return lock;
	err = unload_locked();
	if (err)
		log_err(err, NSW_PIN_DIR ": cannot remove: %s", strerror(-err));
	close(lock);
	return err;
}

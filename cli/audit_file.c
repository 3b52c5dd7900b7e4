// SPDX-License-Identifier: GPL-2.0
/*
 * audit_file.c - read below a root directory, and never outside it.
 *
 * The root may be a copy from another machine, so its links are not
 * trusted: openat2() resolves all of them inside it.  What is missing or
 * oversized reads as empty, and rules say what that leaves unknown.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "audit_read.h"

#define MAX_FILE	(4 << 20)	/* mountinfo with 10000 mounts: 2 MB */
#define MAX_NAMES	65536

static int open_in(struct audit_read *rd, int flags, const char *fmt,
		   va_list ap)
{
	struct open_how how = {
		/* never wait for the other end of a FIFO */
		.flags = (__u64)(unsigned int)flags | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_IN_ROOT,
	};
	char path[AUDIT_PATH_LEN + 128];
	int len = vsnprintf(path, sizeof(path), fmt, ap);

	if (len < 0 || (size_t)len >= sizeof(path))
		return -ENAMETOOLONG;
	if (flags & O_PATH)
		how.flags &= ~(__u64)O_NONBLOCK;
	return (int)syscall(SYS_openat2, rd->root, path, &how, sizeof(how));
}

static char *read_all(struct audit_read *rd, int fd, size_t max,
		      size_t *got)
{
	size_t len = 0, room = 4096;
	char *buf = malloc(room + 1), *more;
	ssize_t n;

	while (buf) {
		n = read(fd, buf + len, room - len);
		if (n <= 0)
			break;
		len += (size_t)n;
		if (len < room)
			continue;
		if (room >= max) {
			rd->in->full = true;
			break;
		}
		room *= 2;
		more = realloc(buf, room + 1);
		if (!more)
			break;
		buf = more;
	}
	if (buf)
		buf[len] = '\0';
	*got = len;
	return buf;
}

static char *file_in(struct audit_read *rd, size_t max, size_t *len,
		     const char *fmt, va_list ap)
{
	struct stat st;
	char *buf = NULL;
	int fd = open_in(rd, O_RDONLY, fmt, ap);

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		buf = read_all(rd, fd, max, len);
	close(fd);
	return buf;
}

char *audit_file(struct audit_read *rd, const char *fmt, ...)
{
	size_t len;
	char *buf;
	va_list ap;

	va_start(ap, fmt);
	buf = file_in(rd, MAX_FILE, &len, fmt, ap);
	va_end(ap);
	return buf;
}

char *audit_bytes(struct audit_read *rd, size_t *len, const char *fmt, ...)
{
	char *buf;
	va_list ap;

	va_start(ap, fmt);
	buf = file_in(rd, 65536, len, fmt, ap);
	va_end(ap);
	return buf;
}

bool audit_line(struct audit_read *rd, char *buf, size_t len,
		const char *fmt, ...)
{
	size_t got;
	char *all;
	va_list ap;

	buf[0] = '\0';
	va_start(ap, fmt);
	all = file_in(rd, 65536, &got, fmt, ap);
	va_end(ap);
	if (!all)
		return false;
	all[strcspn(all, "\n")] = '\0';
	audit_copy(buf, len, all);
	free(all);
	return true;
}

bool audit_link(struct audit_read *rd, char *buf, size_t len,
		const char *fmt, ...)
{
	ssize_t n = -1;
	va_list ap;
	int fd;

	va_start(ap, fmt);
	fd = open_in(rd, O_PATH | O_NOFOLLOW, fmt, ap);
	va_end(ap);
	if (fd >= 0) {
		n = readlinkat(fd, "", buf, len - 1);
		close(fd);
	}
	buf[n > 0 ? n : 0] = '\0';
	return n > 0;
}

bool audit_has(struct audit_read *rd, const char *fmt, ...)
{
	va_list ap;
	int fd;

	va_start(ap, fmt);
	fd = open_in(rd, O_PATH, fmt, ap);
	va_end(ap);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int cmp_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *join(char **name, size_t nr)
{
	size_t len = 1, i;
	char *all, *end;

	for (i = 0; i < nr; i++)
		len += strlen(name[i]) + 1;
	all = malloc(len);
	if (!all)
		return NULL;
	end = all;
	for (i = 0; i < nr; i++) {
		end = stpcpy(end, name[i]);
		*end++ = '\n';
	}
	*end = '\0';
	return all;
}

static size_t list(struct audit_read *rd, DIR *dir, char **name)
{
	struct dirent *d;
	size_t nr = 0;

	while ((d = readdir(dir))) {
		if (d->d_name[0] == '.' || strchr(d->d_name, '\n'))
			continue;
		if (nr == MAX_NAMES) {
			rd->in->full = true;
			break;
		}
		name[nr] = strdup(d->d_name);
		if (!name[nr])
			break;
		nr++;
	}
	return nr;
}

char *audit_dir(struct audit_read *rd, const char *fmt, ...)
{
	char **name, *all = NULL;
	size_t nr, i;
	va_list ap;
	DIR *dir;
	int fd;

	va_start(ap, fmt);
	fd = open_in(rd, O_RDONLY | O_DIRECTORY, fmt, ap);
	va_end(ap);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	name = calloc(MAX_NAMES, sizeof(*name));
	if (name) {
		nr = list(rd, dir, name);
		qsort(name, nr, sizeof(*name), cmp_name);
		all = join(name, nr);
		for (i = 0; i < nr; i++)
			free(name[i]);
		free(name);
	}
	closedir(dir);
	return all;
}

void audit_copy(char *to, size_t len, const char *from)
{
	size_t n = strnlen(from, len - 1);

	memmove(to, from, n);
	to[n] = '\0';
}

static bool octal(const char *s)
{
	return s[0] >= '0' && s[0] <= '3' && s[1] >= '0' && s[1] <= '7' &&
	       s[2] >= '0' && s[2] <= '7';
}

void audit_unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (*s == '\\' && octal(s + 1)) {
			*to++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 +
				       (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

bool audit_option(const char *opts, const char *name, char *buf, size_t len)
{
	size_t n = strlen(name), word;

	buf[0] = '\0';
	while (*opts) {
		word = strcspn(opts, ", \t\n");
		if (word >= n && !strncmp(opts, name, n) &&
		    (word == n || opts[n] == '=')) {
			if (word > n + 1 && word - n - 1 < len) {
				memcpy(buf, opts + n + 1, word - n - 1);
				buf[word - n - 1] = '\0';
			}
			return true;
		}
		opts += word;
		opts += strspn(opts, ", \t\n");
	}
	return false;
}

const char *audit_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

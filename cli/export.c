// SPDX-License-Identifier: GPL-2.0
/*
 * export.c - what netswap export says, to whom it is asked by or into a file.
 *
 * The server's thread and the one that writes the file take turns; that of
 * steady.c leaves what it found for both.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "collect.h"
#include "export.h"
#include "log.h"
#include "names.h"
#include "view.h"

#define RARELY		(60 / NSW_EXPORT_SLOW_SECS)	/* of its turns */
#define LOW_SECS	60	/* low-water marks look so far back */
#define TICK_DEAD_NS	2000000000ull

static struct nsw_source *source;
static bool kept;
static const char *kept_as;

static struct {
	pthread_mutex_t lock;
	struct nsw_snapshot now;	/* the last one rendered */
	struct nsw_delta delta;
	struct nsw_snapshot work;	/* the slow thread's; keeps names */
} shared = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void take_names(struct nsw_snapshot *to, const struct nsw_snapshot *from)
{
	to->nr_cgroups = from->nr_cgroups;
	memcpy(to->cgroup, from->cgroup, sizeof(to->cgroup));
}

static bool same_areas(const struct audit_input *in)
{
	static char first[AUDIT_MAX_AREAS][AUDIT_PATH_LEN];
	static int nr = -1;
	int i;

	if (nr < 0)
		for (nr = 0; nr < in->nr_areas; nr++)
			audit_copy(first[nr], sizeof(first[0]),
				   in->area[nr].path);
	for (i = 0; i < in->nr_areas && i < nr; i++)
		if (strcmp(first[i], in->area[i].path))
			return false;
	return in->nr_areas == nr;
}

/*
 * The first one has all rights.  Who has given them up can often not tell any
 * more; what was found then stands as long as swap goes the same way.
 */
static void audit(struct nsw_snapshot *snap)
{
	struct audit_input *in = calloc(1, sizeof(*in));
	struct audit_report r;
	int safe = -1;
	bool same = false;

	/* A socket that is not seen because it may not be is not missing. */
	snap->group[NSW_GRP_SOCKETS] &= snap->gauge_valid[NSW_G_MEMALLOC_SOCKS];
	if (in && !audit_collect(in, "", snap) && !audit_judge(&r, in, NULL)) {
		same = same_areas(in);
		safe = audit_safe(&r);
		audit_free(&r);
	}
	free(in);
	if (safe >= 0 || !kept || !same)
		source_swap_safe(source, safe);
}

void export_read_rarely(void)
{
	static unsigned int turn;
	bool rare = turn++ % RARELY == 0;

	pthread_mutex_lock(&shared.lock);
	shared.work = shared.now;
	pthread_mutex_unlock(&shared.lock);
	if (shared.work.nr_cgroups == NSW_SNAP_CGROUPS)
		shared.work.nr_cgroups = 0;
	names_cgroups(&shared.work);
	if (rare)
		names_cgroups_walk(&shared.work);
	pthread_mutex_lock(&shared.lock);
	take_names(&shared.now, &shared.work);
	pthread_mutex_unlock(&shared.lock);
	if (rare)
		audit(&shared.work);
}

/* With shared.lock. */
static void read_now(void)
{
	static struct nsw_snapshot next;

	source_read(source, &next);
	take_names(&next, &shared.now);
	shared.now = next;
}

/*
 * All of it, malloc()ed, or NULL without memory.  Into memory first: a disk or
 * a client that is slow shall not keep the lock.
 */
static char *render(const struct nsw_view *view, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);
	bool whole;

	if (!out)
		return NULL;
	pthread_mutex_lock(&shared.lock);
	read_now();
	delta_make(&shared.delta, NULL, &shared.now);
	view->snapshot(out, &shared.delta);
	pthread_mutex_unlock(&shared.lock);
	whole = !ferror(out);
	if (!fclose(out) && whole)
		return text;
	free(text);
	return NULL;
}

static int put(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		n = n > 0 ? n : 0;
		text += n;
		len -= n;
	}
	return 0;
}

/*
 * Beside the file first, so that a reader has the old or the new one whole.
 * What is there and is no file, /dev/stdout say, must not be replaced.
 */
int export_write(const char *file)
{
	char path[4096], *text;
	int fd, err = 0;
	struct stat st;
	size_t len;

	if (!lstat(file, &st) && !S_ISREG(st.st_mode))
		return log_err(-EINVAL, "%s: is no file: give one, or use "
			       "'netswap show --prometheus'", file);
	text = render(&view_prometheus, &len);
	snprintf(path, sizeof(path), "%s.XXXXXX", file);
	fd = text ? mkostemp(path, O_CLOEXEC) : -1;
	if (fd < 0)
		err = text ? -errno : -ENOMEM;
	else
		err = put(fd, text, len);
	if (!err && (fchmod(fd, 0644) || rename(path, file)))
		err = -errno;
	if (err && fd >= 0)
		unlink(path);
	if (fd >= 0)
		close(fd);
	free(text);
	if (err == -EACCES && kept_as)
		return log_err(err, "%s: cannot write: %s: give its directory "
			       "to user %s, or keep root with --user root",
			       file, strerror(-err), kept_as);
	return err ? log_err(err, "%s: cannot write: %s", file,
			     strerror(-err)) : 0;
}

static void reply_metrics(const char *accept, struct http_reply *reply)
{
	bool openmetrics = http_wants_openmetrics(accept);

	reply->type = openmetrics ?
		"application/openmetrics-text; version=1.0.0; charset=utf-8" :
		"text/plain; version=0.0.4; charset=utf-8";
	reply->body = render(openmetrics ? &view_openmetrics :
			     &view_prometheus, &reply->len);
}

static void reply_text(struct http_reply *reply, unsigned int status,
		       const char *text)
{
	int len = asprintf(&reply->body, "%s\n", text);

	reply->status = status;
	reply->type = "text/plain; charset=utf-8";
	reply->len = len < 0 ? 0 : len;
	if (len < 0)
		reply->body = NULL;
}

static void reply_health(struct http_reply *reply)
{
	const struct nsw_snapshot *s = &shared.now;

	pthread_mutex_lock(&shared.lock);
	read_now();
	if (!s->bpf)
		reply_text(reply, 503, s->why);
	else if (s->group[NSW_GRP_WATERMARK] && s->tick_age_ns > TICK_DEAD_NS)
		reply_text(reply, 503, "the programs' timer has stopped: run "
			   "'netswap unload' and 'netswap load'");
	else
		reply_text(reply, 200, "ok");
	pthread_mutex_unlock(&shared.lock);
}

void export_reply(const char *path, const char *accept,
		  struct http_reply *reply)
{
	if (!strcmp(path, "/metrics"))
		reply_metrics(accept, reply);
	else if (!strcmp(path, "/healthz"))
		reply_health(reply);
	else
		reply_text(reply, 404, "netswap export has /metrics and "
			   "/healthz");
}

struct nsw_source *export_open(void)
{
	if (source_live(&source)) {
		log_err(0, "out of memory");
		return NULL;
	}
	source_low_window(source, LOW_SECS);
	source_read_proc(source);
	read_now();
	export_read_rarely();
	return source;
}

void export_keep(const char *user)
{
	source_keep(source);
	kept = true;
	kept_as = user;
}

bool export_has_bpf(void)
{
	return shared.now.bpf;
}

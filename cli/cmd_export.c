// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_export.c - netswap export: numbers for Prometheus, by HTTP or file.
 *
 * Three threads: the server's renders replies from mapped memory, that of
 * steady.c reads what needs system calls, and the main one ends connections
 * that are too old and writes the file.  What needs a right is opened before
 * there are threads; then, with --user, all rights are given up.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "cmd.h"
#include "collect.h"
#include "http.h"
#include "listen.h"
#include "log.h"
#include "names.h"
#include "privilege.h"
#include "steady.h"
#include "tick.h"
#include "util.h"
#include "view.h"

#define SLOW_SECS	5	/* between readings of /proc and sockets */
#define RARE_SECS	60	/* between audits */
#define LOW_SECS	60	/* low-water marks look so far back */
#define TEXTFILE_SECS	15
#define TICK_DEAD_NS	2000000000ull

static double interval;
static const char *listen_at, *textfile, *user;
static struct nsw_source *source;

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
	if (safe >= 0 || !user || !same)
		source_swap_safe(source, safe);
}

/* Called by the thread that may have to wait for memory. */
static void read_rarely(void)
{
	static unsigned int turn;
	bool rare = turn++ % (RARE_SECS / SLOW_SECS) == 0;

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

	if (!out)
		return NULL;
	pthread_mutex_lock(&shared.lock);
	read_now();
	delta_make(&shared.delta, NULL, &shared.now);
	view->snapshot(out, &shared.delta);
	pthread_mutex_unlock(&shared.lock);
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

/*
 * Beside the file first, so that a reader has the old or the new one whole.
 * What is there and is no file, /dev/stdout say, must not be replaced.
 */
static int write_textfile(void)
{
	char path[4096], *text;
	int fd, err = 0;
	struct stat st;
	size_t len;

	if (!lstat(textfile, &st) && !S_ISREG(st.st_mode))
		return log_err(-EINVAL, "%s: is no file: give one, or use "
			       "'netswap show --prometheus'", textfile);
	text = render(&view_prometheus, &len);
	snprintf(path, sizeof(path), "%s.XXXXXX", textfile);
	fd = text ? mkostemp(path, O_CLOEXEC) : -1;
	if (fd < 0 || write(fd, text, len) != (ssize_t)len ||
	    fchmod(fd, 0644) || rename(path, textfile))
		err = errno ? -errno : -ENOSPC;
	if (err && fd >= 0)
		unlink(path);
	if (fd >= 0)
		close(fd);
	free(text);
	return err ? log_err(err, "%s: cannot write: %s", textfile,
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

static void on_request(const char *path, const char *accept,
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

/* Until a signal.  A file that can't be written now may be the next time. */
static int watch(void)
{
	double step = textfile && interval < 1 ? interval : 1;
	__u64 start = now_mono_ns(), due = start, tick;

	for (tick = 1; !tick_stopped; tick++) {
		tick_wait(start, tick, step);
		http_reap();
		if (source_gone(source))
			return log_err(-ESTALE, "export: the programs were "
				       "unloaded or replaced: start it again");
		if (textfile && now_mono_ns() - due >= interval * 1e9) {
			due = now_mono_ns();
			write_textfile();
		}
	}
	return 0;
}

static int serve(int fd)
{
	int err;

	tick_signals();
	err = steady_start(source, SLOW_SECS, read_rarely);
	if (!err && fd >= 0)
		err = http_start(fd, on_request);
	if (!err)
		err = watch();
	http_stop();
	steady_stop();
	return err;
}

/* A socket, -ENODATA if none is asked for, or another errno, reported. */
static int open_socket(uid_t uid, gid_t gid)
{
	int fd = listen_inherited();

	if (fd >= 0 && listen_at)
		return log_err(-EINVAL, "--listen: a socket was passed as "
			       "well: give one of the two");
	if (fd != -ENODATA || (textfile && !listen_at))
		return fd;
	return listen_open(listen_at ? listen_at : NSW_LISTEN_DEFAULT, uid,
			   gid);
}

/* Read everything once, with all rights: what is known then stays known. */
static int open_all(void)
{
	if (source_live(&source))
		return log_err(-ENOMEM, "out of memory");
	source_low_window(source, LOW_SECS);
	source_read_proc(source);
	read_now();
	read_rarely();
	return 0;
}

/*
 * Go on while memory is short.  A user without rights is held to the limit
 * that is set now; it must not be in the way when memory is wanted later.
 */
static void lock_memory(void)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	char note[160];

	if (setrlimit(RLIMIT_MEMLOCK, &all) && user) {
		log_warn("not locked in memory: RLIMIT_MEMLOCK can't be "
			 "raised");
		return;
	}
	steady_lock(note, sizeof(note));
	if (note[0])
		log_warn("%s", note);
}

static int drop(uid_t uid, gid_t gid)
{
	int err = privilege_drop(user, uid, gid);

	if (!err)
		source_keep(source);
	return err;
}

static int run_export(int argc, char **argv)
{
	bool once = textfile && !listen_at && interval <= 0;
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int fd, err;

	(void)argc, (void)argv;
	steady_malloc();
	if (interval > 0 && !textfile)
		return log_err(NSW_EXIT_USAGE, "--interval: is of --textfile: "
			       "give that as well");
	if (user && privilege_find(user, &uid, &gid))
		return NSW_EXIT_USAGE;
	fd = open_socket(uid, gid);
	if (fd < 0 && fd != -ENODATA)
		return fd == -EINVAL ? NSW_EXIT_USAGE : NSW_EXIT_FAILED;
	once &= fd < 0;
	if (interval <= 0)
		interval = TEXTFILE_SECS;
	err = open_all();
	if (!err && fd >= 0)
		err = http_open();
	if (!err && !once)
		lock_memory();
	if (!err && user)
		err = drop(uid, gid);
	if (!err && textfile)
		err = write_textfile();
	if (!err && !once)
		err = serve(fd);
	if (fd >= 0 && listen_at)
		listen_remove(listen_at);
	if (err)
		return NSW_EXIT_FAILED;
	return shared.now.bpf ? NSW_EXIT_OK : NSW_EXIT_DEGRADED;
}

static const struct nsw_opt export_options[] = {
	{ 'l', "listen", "WHERE", NSW_OPT_STRING, &listen_at,
	  "Serve on ADDR:PORT, [ADDR]:PORT or unix:PATH (default "
	  NSW_LISTEN_DEFAULT ")" },
	{ 't', "textfile", "PATH", NSW_OPT_STRING, &textfile,
	  "Write PATH for node_exporter's textfile collector: once, or with "
	  "--interval or --listen again and again" },
	{ 'i', "interval", "SECS", NSW_OPT_SECS, &interval,
	  "Write PATH every SECS seconds (default 15 with --listen)" },
	{ 'u', "user", "NAME", NSW_OPT_STRING, &user,
	  "Go on as user NAME without capabilities once all is open" },
	{}
};

const struct nsw_cmd cmd_export = {
	.name = "export",
	.summary = "Serve all numbers to Prometheus",
	.args = "",
	.doc = "/metrics is OpenMetrics, or the older Prometheus text, as the "
	       "client prefers; /healthz is 200 or says what is wrong.  A "
	       "socket that systemd passes is used instead of --listen.  There "
	       "is neither TLS nor a password: docs/export.md tells how to put "
	       "a server before it that has both.  With --user, memalloc "
	       "sockets and drops of other network namespaces are unknown, "
	       "and 'netswap load' ends it, to be started again.",
	.options = export_options,
	.run = run_export,
};

// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_export.c - netswap export: numbers for Prometheus, by HTTP or file.
 *
 * Three threads: the server's renders replies from mapped memory, that of
 * steady.c reads what needs system calls, and the main one ends connections
 * that are too old and writes the file.  What needs a right is opened before
 * there are threads; then all rights are given up, but with --user root.
 */
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cmd.h"
#include "collect.h"
#include "export.h"
#include "http.h"
#include "listen.h"
#include "log.h"
#include "privilege.h"
#include "steady.h"
#include "tick.h"
#include "util.h"

#define TEXTFILE_SECS	15

static double interval;
static const char *listen_at, *textfile, *user;
static struct nsw_source *source;

/* Until a signal.  A file that can't be written now may be the next time. */
static int watch(void)
{
	double step = textfile && interval < 1 ? interval : 1;
	__u64 start = now_mono_ns(), due = start, tick;

	for (tick = 1; !tick_stopped; tick++) {
		tick_wait(start, tick, step);
		http_reap();
		if (source_gone(source))
			return log_err(-ESTALE, "export: programs were loaded, "
				       "replaced or unloaded: start it again");
		if (textfile && now_mono_ns() - due >= interval * 1e9) {
			due = now_mono_ns();
			export_write(textfile);
		}
	}
	return 0;
}

static int serve(int fd)
{
	int err;

	tick_signals();
	err = steady_start(source, NSW_EXPORT_SLOW_SECS, export_read_rarely);
	if (!err && fd >= 0)
		err = http_start(fd, export_reply);
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

/*
 * Go on while memory is short.  A user without rights is held to the limit
 * that is set now; it must not be in the way when memory is wanted later.
 */
static void lock_memory(bool drops)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	char note[160];

	if (setrlimit(RLIMIT_MEMLOCK, &all) && drops) {
		log_warn("not locked in memory: RLIMIT_MEMLOCK can't be "
			 "raised");
		return;
	}
	steady_lock(note, sizeof(note));
	if (note[0])
		log_warn("%s", note);
}

/* From here on a hole in what reads requests is worth nothing. */
static int give_up_rights(const char *as, uid_t uid, gid_t gid)
{
	/* What it watches has to be opened before. */
	export_keep(as);
	return privilege_drop(as, uid, gid);
}

static int run_export(int argc, char **argv)
{
	bool once = textfile && !listen_at && interval <= 0, stays;
	const char *as = user ? user : privilege_user();
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int fd, err;

	(void)argc, (void)argv;
	steady_malloc();
	if (interval > 0 && !textfile)
		return log_err(NSW_EXIT_USAGE, "--interval: is of --textfile: "
			       "give that as well");
	if (as && privilege_find(as, &uid, &gid))
		return NSW_EXIT_USAGE;
	fd = open_socket(uid, gid);
	if (fd < 0 && fd != -ENODATA)
		return fd == -EINVAL ? NSW_EXIT_USAGE : NSW_EXIT_FAILED;
	once &= fd < 0;
	/* What writes a file and ends hears nobody. */
	stays = once && !user;
	if (user && !uid && !geteuid()) {
		stays = true;
		log_warn("export: stays root, with all its rights: '--user %s'",
			 user);
	}
	if (interval <= 0)
		interval = TEXTFILE_SECS;
	source = export_open();
	err = source ? 0 : -ENOMEM;
	if (!err && fd >= 0)
		err = http_open();
	if (!err && !once)
		lock_memory(as && !stays);
	if (!err && !stays)
		err = give_up_rights(as, uid, gid);
	if (!err && textfile)
		err = export_write(textfile);
	if (!err && !once)
		err = serve(fd);
	if (fd >= 0 && listen_at)
		listen_remove(listen_at);
	if (err)
		return NSW_EXIT_FAILED;
	return export_has_bpf() ? NSW_EXIT_OK : NSW_EXIT_DEGRADED;
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
	  "Go on as user NAME without capabilities once all is open (default "
	  "for root: netswap, or nobody if there is none); root: keep all "
	  "rights" },
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
	       "a server before it that has both.  Once all is open it gives "
	       "up root: memalloc sockets and drops of other network "
	       "namespaces are unknown then, and 'netswap load' ends it, to be "
	       "started again.  A --textfile that is written once is written "
	       "as who started it; one that is written again and again needs "
	       "a directory of that user.",
	.options = export_options,
	.run = run_export,
};

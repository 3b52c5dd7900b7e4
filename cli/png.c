// SPDX-License-Identifier: GPL-2.0
/*
 * png.c - SVG into PNG, by librsvg's own program.
 *
 * Called and not linked: the library brings cairo, pango and GLib along, which
 * no machine that is only measured should have to have; and it reads what was
 * made of a foreign recording, which a process of its own may.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "png.h"

#define PROGRAM		"rsvg-convert"
#define MOST_PIXELS	32767	/* cairo's, in one direction */

FILE *memory_file(void)
{
	int fd = memfd_create("netswap", MFD_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w+");

	if (file)
		return file;
	log_err(0, "cannot make a file in memory: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return NULL;
}

/* Exit status of the program, or a negative errno. */
static int run(char *const argv[], int in, int out)
{
	posix_spawn_file_actions_t files;
	int err, status;
	pid_t pid;

	/* What it says itself would be a second message. */
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null",
					 O_WRONLY, 0);
	err = posix_spawnp(&pid, argv[0], &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	if (err)
		return -err;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int png_from_svg(FILE *png, FILE *svg, int height)
{
	char *const argv[] = { PROGRAM, "--format=png", 2 * height <=
			       MOST_PIXELS ? "--zoom=2" : "--zoom=1", NULL };
	int err;

	if (lseek(fileno(svg), 0, SEEK_SET))
		return log_err(-errno, "report: cannot read what was drawn: "
			       "%s", strerror(errno));
	err = run(argv, fileno(svg), fileno(png));
	if (err == -ENOENT)
		return log_err(err, "report: " PROGRAM ", which draws PNG, is "
			       "not there: install librsvg2-bin, or use "
			       "--format svg");
	if (err < 0)
		return log_err(err, "report: cannot run " PROGRAM ": %s",
			       strerror(-err));
	if (err)
		return log_err(-EIO, "report: " PROGRAM " failed (status %d): "
			       "use --format svg", err);
	return 0;
}

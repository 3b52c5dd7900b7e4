// SPDX-License-Identifier: GPL-2.0
/*
 * hold.c - start a program on a terminal, time it, keep it, end it.
 *
 *	hold [-t SECONDS] MARKER COMMAND...
 *
 * Prints "ready" once MARKER appeared in what COMMAND prints, or "gone" and
 * the last line it printed if it ended, or stayed silent for TIMEOUT.  Goes
 * on reading from it until SECONDS have passed or stdin has something to
 * say, then interrupts it and prints as JSON how long the first output took,
 * its memory, and the CPU time it used while it was held.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT		15.0	/* seconds to the first output, and to end */
#define MAX_TEXT	(1 << 18)

static char text[MAX_TEXT + 1];
static size_t text_len;
static pid_t child;
static int pty = -1;

static double seconds(clockid_t clock)
{
	struct timespec t = {};

	clock_gettime(clock, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static double now(void)
{
	return seconds(CLOCK_MONOTONIC);
}

/* Reads what is there within @wait seconds.  Return: false at the end. */
static bool drain(double wait, bool *told)
{
	struct pollfd p[2] = { { pty, POLLIN, 0 },
			       { told ? STDIN_FILENO : -1, POLLIN, 0 } };
	ssize_t n;

	if (wait < 0)
		wait = 0;
	if (poll(p, 2, wait * 1000 + 0.999) < 0 && errno != EINTR)
		return false;
	if (told && p[1].revents)
		*told = true;
	if (!p[0].revents)
		return true;
	if (text_len == MAX_TEXT)
		text_len = 0;
	n = read(pty, text + text_len, MAX_TEXT - text_len);
	if (n <= 0)
		return false;
	text_len += n;
	return true;
}

static bool wait_marker(const char *marker, double *first)
{
	double start = now();
	bool more = true;

	while (more && now() - start < TIMEOUT) {
		more = drain(TIMEOUT - (now() - start), NULL);
		*first = now() - start;
		if (memmem(text, text_len, marker, strlen(marker)))
			return true;
	}
	return false;
}

static long status_kb(const char *key)
{
	char path[64], line[256];
	size_t len = strlen(key);
	long kb = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", child);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, len) && line[len] == ':')
			kb = atol(line + len + 1);
	if (f)
		fclose(f);
	return kb;
}

static void end_child(void)
{
	double start = now();

	kill(child, SIGINT);
	while (now() - start < TIMEOUT && waitpid(child, NULL, WNOHANG) == 0)
		if (!drain(0.01, NULL))
			usleep(1000);
	if (now() - start >= TIMEOUT) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
}

/* The last line with something in it, without control characters. */
static void say_gone(void)
{
	size_t end = text_len, at;

	while (end && (unsigned char)text[end - 1] <= ' ')
		end--;
	for (at = end; at && text[at - 1] != '\n'; at--)
		;
	printf("gone %.*s\n", (int)(end - at), text + at);
	fflush(stdout);
}

static void hold_child(double first, double held)
{
	double start = now(), cpu = 0, passed;
	bool told = false, alive = true;
	long rss, locked;
	clockid_t clock;

	if (clock_getcpuclockid(child, &clock))
		clock = CLOCK_MONOTONIC;
	cpu = seconds(clock);
	while (alive && !told && now() - start < held)
		alive = drain(held - (now() - start), &told);
	cpu = seconds(clock) - cpu;
	passed = now() - start;
	rss = status_kb("VmRSS");
	locked = status_kb("VmLck");
	end_child();
	printf("{ \"first_ms\": %.2f, \"rss_kb\": %ld, \"locked_kb\": %ld, "
	       "\"held_s\": %.2f, \"cpu_ms\": %.3f }\n", first * 1e3, rss,
	       locked, passed, cpu * 1e3);
}

int main(int argc, char **argv)
{
	struct winsize size = { .ws_row = 40, .ws_col = 120 };
	double held = 3600, first = 0;
	int c;

	while ((c = getopt(argc, argv, "+t:")) != -1) {
		if (c != 't')
			return 2;
		held = atof(optarg);
	}
	if (argc - optind < 2) {
		fprintf(stderr, "usage: hold [-t SECONDS] MARKER COMMAND...\n");
		return 2;
	}
	child = forkpty(&pty, NULL, NULL, &size);
	if (child < 0) {
		perror("hold: forkpty");
		return 1;
	}
	if (!child) {
		execvp(argv[optind + 1], argv + optind + 1);
		printf("cannot run: %s\n", strerror(errno));
		fflush(stdout);
		_exit(127);
	}
	if (!wait_marker(argv[optind], &first)) {
		end_child();
		say_gone();
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	hold_child(first, held);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * child.c - run a command beside us.
 *
 * The process is named by a pidfd: poll() waits for it and for the next tick
 * at once, and a signal can't reach another process that got its number.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "log.h"
#include "util.h"

static const int forwarded[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2
};

static struct {
	const char *name;
	int pidfd;
	int go;		/* we write a byte: begin */
	int why;	/* it writes an errno, or closes: has begun */
} child = { .pidfd = -1 };

static void forward(int sig, siginfo_t *info, void *context)
{
	int err = errno;

	(void)context;
	/* What a terminal sends, it sends to all in the foreground. */
	if (info->si_code != SI_KERNEL)
		pidfd_send_signal(child.pidfd, sig, NULL, 0);
	errno = err;
}

static void be_child(char **argv, int go, int why)
{
	ssize_t n;
	char byte;
	int err;

	if (read(go, &byte, 1) != 1)
		_exit(CHILD_FAILED);
	signal(SIGPIPE, SIG_DFL);	/* main() ignores it */
	execvp(argv[0], argv);
	err = errno;
	n = write(why, &err, sizeof(err));
	_exit(n < 0 || err == ENOENT ? CHILD_NOT_FOUND : CHILD_NOT_EXECUTABLE);
}

int child_fork(char **argv)
{
	int go[2], why[2];
	pid_t pid;

	signal(SIGCHLD, SIG_DFL);	/* ignored, nobody could be waited for */
	if (pipe2(go, O_CLOEXEC) || pipe2(why, O_CLOEXEC))
		return log_err(-errno, "%s: cannot make a pipe: %s", argv[0],
			       strerror(errno));
	pid = fork();
	if (!pid) {
		close(go[1]);
		be_child(argv, go[0], why[1]);
	}
	close(go[0]);
	close(why[1]);
	child.name = argv[0];
	child.go = go[1];
	child.why = why[0];
	child.pidfd = pid < 0 ? -1 : pidfd_open(pid, 0);
	if (child.pidfd < 0)
		return log_err(-errno, "%s: cannot make a process: %s",
			       argv[0], strerror(errno));
	return 0;
}

int child_release(void)
{
	struct sigaction sa = {
		.sa_sigaction = forward,
		.sa_flags = SA_SIGINFO | SA_RESTART,
	};
	int err = 0, status = CHILD_FAILED;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(forwarded); i++)
		sigaction(forwarded[i], &sa, NULL);
	if (write(child.go, "", 1) == 1 &&
	    read(child.why, &err, sizeof(err)) != sizeof(err))
		return 0;
	child_wait(~0ULL, &status);
	return log_err(status ? status : CHILD_FAILED, "%s: cannot run: %s",
		       child.name, strerror(err));
}

bool child_wait(__u64 until_ns, int *status)
{
	struct pollfd fd = { .fd = child.pidfd, .events = POLLIN };
	siginfo_t info = {};

	while (!fd.revents) {
		__u64 now = now_mono_ns();
		__u64 left = until_ns > now ? until_ns - now : 0;
		struct timespec ts = { left / 1000000000, left % 1000000000 };

		if (!ppoll(&fd, 1, until_ns == ~0ULL ? NULL : &ts, NULL))
			return false;
	}
	if (waitid(P_PIDFD, child.pidfd, &info, WEXITED))
		*status = CHILD_FAILED;
	else
		*status = info.si_code == CLD_EXITED ? info.si_status :
			  CHILD_SIGNALLED + info.si_status;
	return true;
}

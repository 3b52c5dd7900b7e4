// SPDX-License-Identifier: GPL-2.0
/*
 * tplink: attach a pinned tracing program until killed
 *
 * tplink PIN [TRACEPOINT]: of a raw tracepoint; those of other kinds (tp_btf,
 * fentry, fmod_ret) have been loaded for theirs.  The bpftool of Debian 12 can't attach tracing
 * programs, and `netswap attach` takes only one alternative of each group; a
 * test that wants another one beside it uses this.  No libbpf, so static.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

int main(int argc, char **argv)
{
	union bpf_attr get = {}, open = {};
	long prog, link;

	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: tplink PIN [TRACEPOINT]\n");
		return 2;
	}
	get.pathname = (unsigned long)argv[1];
	prog = bpf(BPF_OBJ_GET, &get);
	if (prog < 0) {
		fprintf(stderr, "tplink: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	open.raw_tracepoint.name = (unsigned long)argv[2];
	open.raw_tracepoint.prog_fd = prog;
	link = bpf(BPF_RAW_TRACEPOINT_OPEN, &open);
	if (link < 0) {
		fprintf(stderr, "tplink: %s: %s\n", argv[argc - 1],
			strerror(errno));
		return 1;
	}
	printf("attached\n");
	fflush(stdout);
	for (;;)
		pause();
}

// SPDX-License-Identifier: GPL-2.0
/*
 * bpfcount: attach the BPF programs of an object, and tell what they counted
 *
 * Says "ready" when all of them are attached.  At SIGTERM it prints the values
 * of the map "counts", one a line, and ends: so do its programs.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../util.h"

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct bpf_program *program;
	struct bpf_object *object;
	sigset_t term, before;
	struct bpf_map *map;
	uint32_t key;
	uint64_t value;

	if (argc != 2) {
		fputs("usage: bpfcount OBJECT\n", stderr);
		return 2;
	}
	object = bpf_object__open_file(argv[1], NULL);
	if (!object || bpf_object__load(object))
		die(argv[1]);
	map = bpf_object__find_map_by_name(object, "counts");
	if (!map)
		die("map counts");
	bpf_object__for_each_program(program, object)
		if (!bpf_program__attach(program))
			die(bpf_program__name(program));
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		die("mlockall");
	/* Blocked, so that it can't come between the test and the pause. */
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, &before);
	sigaction(SIGTERM, &action, NULL);
	puts("ready");
	fflush(stdout);
	while (!stop)
		sigsuspend(&before);
	for (key = 0; key < bpf_map__max_entries(map); key++) {
		if (bpf_map__lookup_elem(map, &key, sizeof(key), &value,
					 sizeof(value), 0))
			die("map counts");
		printf("%lu\n", (unsigned long)value);
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * once.c - nsw_ev_leak run by two threads at the same time, again and again:
 * one event each time.  Speaks TAP.
 *
 * told_once OBJECT
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <pthread.h>

#include <netswap/abi.h>

#include "../../vm/util.h"

#define ROUNDS	20000

static int prog, arrived;

/* Spins: who sleeps is woken too late to meet the other. */
static void meet(int nr)
{
	__atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&arrived, __ATOMIC_SEQ_CST) < 2 * nr)
		;
}

/* @nr: which of the rounds, from 0 */
static void run(int nr)
{
	struct nsw_key key = { .arg = 1 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &key,
		    .ctx_size_in = sizeof(key));

	meet(2 * nr + 1);
	if (bpf_prog_test_run_opts(prog, &opts))
		die("BPF_PROG_RUN");
	meet(2 * nr + 2);
}

static void *other(void *unused)
{
	int i;

	for (i = 0; i < ROUNDS; i++)
		run(i);
	return unused;
}

static struct bpf_object *load(const char *path)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *p;

	if (!object)
		die(path);
	bpf_object__for_each_program(p, object)
		bpf_program__set_autoload(p, !strcmp(bpf_program__name(p),
						     "nsw_ev_leak"));
	if (bpf_object__load(object))
		die(path);
	return object;
}

int main(int argc, char **argv)
{
	static struct nsw_ring ring;
	struct bpf_object *object;
	int i, events, zero = 0, told[3] = { 0 };
	pthread_t thread;

	if (argc != 2) {
		fputs("usage: told_once OBJECT\n", stderr);
		return 2;
	}
	object = load(argv[1]);
	prog = bpf_program__fd(bpf_object__find_program_by_name(object,
								"nsw_ev_leak"));
	events = bpf_object__find_map_fd_by_name(object, "nsw_events");
	pthread_create(&thread, NULL, other, NULL);
	for (i = 0; i < ROUNDS; i++) {
		/* As it is after boot. */
		memset(&ring, 0, sizeof(ring));
		if (bpf_map_update_elem(events, &zero, &ring, 0))
			die("nsw_events");
		run(i);
		if (bpf_map_lookup_elem(events, &zero, &ring))
			die("nsw_events");
		told[ring.head < 2 ? ring.head : 2]++;
	}
	pthread_join(thread, NULL);
	bpf_object__close(object);
	printf("%sok 1 - %d of %d leaks are told of once\n1..1\n",
	       told[1] == ROUNDS ? "" : "not ", told[1], ROUNDS);
	return told[1] != ROUNDS;
}

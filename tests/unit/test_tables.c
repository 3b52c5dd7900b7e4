// SPDX-License-Identifier: GPL-2.0
/*
 * test_tables.c - the tables themselves: names, keys, and the ABI.
 *
 * Catches a metric with a malformed or double name, a hook whose program is
 * in no object, and a change of the ABI without a new NSW_ABI_VERSION.
 */
#include <bpf/libbpf.h>
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bpf.h"
#include "metric.h"

static void check_name(const char *name)
{
	const char *p;

	assert_non_null(name);
	assert_true(name[0] != '\0');
	for (p = name; *p; p++)
		if (!islower(*p) && !isdigit(*p) && *p != '_')
			fail_msg("name '%s': only [a-z0-9_]", name);
}

static const char *key_at(int i)
{
	if (i < NSW_NR_COUNTERS)
		return nsw_counters[i].key;
	i -= NSW_NR_COUNTERS;
	if (i < NSW_NR_HISTS)
		return nsw_hists[i].key;
	i -= NSW_NR_HISTS;
	if (i < NSW_NR_GAUGES)
		return nsw_gauges[i].key;
	return nsw_procs[i - NSW_NR_GAUGES].name;
}

static void test_names(void **state)
{
	int n = NSW_NR_COUNTERS + NSW_NR_HISTS + NSW_NR_GAUGES + NSW_NR_PROCS;
	int i, j;

	(void)state;
	for (i = 0; i < n; i++) {
		check_name(key_at(i));
		for (j = 0; j < i; j++)
			if (!strcmp(key_at(i), key_at(j)))
				fail_msg("'%s' twice", key_at(i));
	}
}

/* A family's rows stand together, have one label, and one help, first. */
static void check_families(const struct nsw_metric *m, int nr)
{
	int i, j;

	for (i = 0; i < nr; i++) {
		bool first = !i || strcmp(m[i].name, m[i - 1].name);

		if (first != (m[i].help[0] != '\0'))
			fail_msg("%s: help belongs to the first row, only",
				 m[i].key);
		if (!first)
			assert_string_equal(m[i].label, m[i - 1].label);
		assert_true(!m[i].label[0] == !m[i].value[0]);
		for (j = 0; first && j < i - 1; j++)
			if (!strcmp(m[i].name, m[j].name))
				fail_msg("family %s is torn", m[i].name);
	}
}

static void test_families(void **state)
{
	(void)state;
	check_families(nsw_counters, NSW_NR_COUNTERS);
	check_families(nsw_hists, NSW_NR_HISTS);
	check_families(nsw_gauges, NSW_NR_GAUGES);
}

static void test_titles(void **state)
{
	int i, j;

	(void)state;
	for (i = 0; i < NSW_NR_COUNTERS; i++)
		for (j = 0; j < i; j++)
			if (!strcmp(nsw_counters[i].title,
				    nsw_counters[j].title))
				fail_msg("title '%s' twice",
					 nsw_counters[i].title);
}

static void test_units(void **state)
{
	int i;

	(void)state;
	/* OpenMetrics wants the unit as the family's suffix. */
	for (i = 0; i < NSW_NR_COUNTERS + NSW_NR_HISTS + NSW_NR_GAUGES; i++) {
		const struct nsw_metric *m = i < NSW_NR_COUNTERS ?
			&nsw_counters[i] : i < NSW_NR_COUNTERS + NSW_NR_HISTS ?
			&nsw_hists[i - NSW_NR_COUNTERS] :
			&nsw_gauges[i - NSW_NR_COUNTERS - NSW_NR_HISTS];
		const char *suffix = m->unit == NSW_U_NS ? "_ns" :
				     nsw_units[m->unit].suffix;
		size_t n = strlen(m->name), s = strlen(suffix);

		if (n < s || strcmp(m->name + n - s, suffix))
			fail_msg("%s does not end in '%s'", m->name, suffix);
	}
}

/* Names of an object's programs, found again in the hook table. */
static void check_object(int b, bool *seen)
{
	struct nsw_build build = build_get(b);
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = build.name);
	struct bpf_object *obj = bpf_object__open_mem(build.data, build.size,
						      &opts);
	enum nsw_hook_type type;
	struct bpf_program *prog;
	struct bpf_map *map;
	int i;

	assert_non_null(obj);
	bpf_object__for_each_program(prog, obj) {
		const char *name = bpf_program__name(prog);

		for (i = 0; i < NSW_NR_HOOKS; i++)
			if (!strcmp(nsw_hooks[i].program, name))
				break;
		if (i == NSW_NR_HOOKS)
			fail_msg("%s: %s is in no row", build.name, name);
		assert_false(seen[i]);
		seen[i] = true;
		/*
		 * The section says type and target; the row must agree.  Where
		 * the guard is attached is said when it is.
		 */
		if (nsw_hooks[i].type != NSW_T_RUN &&
		    nsw_hooks[i].group != NSW_GRP_GUARD)
			assert_non_null(strstr(bpf_program__section_name(prog),
					       nsw_hooks[i].target));
		type = nsw_hooks[i].type;
		/* These are tp_btf, too, of tracepoints that few kernels have. */
		if (type == NSW_T_PATCHED)
			type = NSW_T_TP;
		assert_memory_equal(bpf_program__section_name(prog),
				    nsw_types[type], strlen(nsw_types[type]));
		assert_true(strlen(name) <= 15);
	}
	bpf_object__for_each_map(map, obj)
		assert_true(strlen(bpf_map__name(map)) <= 15);
	bpf_object__close(obj);
}

static void test_hooks(void **state)
{
	bool seen[NSW_NR_HOOKS] = {};
	int i;

	(void)state;
	for (i = 0; i < build_count(); i++)
		check_object(i, seen);
	for (i = 0; i < NSW_NR_HOOKS; i++)
		if (!seen[i])
			fail_msg("%s: no object has it", nsw_hooks[i].program);
}

/* Enumerators without a name would print as NULL. */
static void test_enum_names(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < NSW_NR_CAUSES; i++)
		check_name(nsw_causes[i]);
	for (i = 0; i < NSW_NR_WHERES; i++)
		check_name(nsw_wheres[i]);
	for (i = 0; i < NSW_NR_KINDS; i++)
		check_name(nsw_kinds[i]);
	for (i = 0; i < NSW_NR_EVENTS; i++)
		check_name(nsw_event_names[i]);
}

/* Every group but the derived ones has a rank 0, and ranks have no hole. */
static void test_ranks(void **state)
{
	int g, i, rank;

	(void)state;
	for (g = 0; g < NSW_NR_GROUPS; g++) {
		bool has[8] = {};

		for (i = 0; i < NSW_NR_HOOKS; i++)
			if (nsw_hooks[i].group == (enum nsw_group)g)
				has[nsw_hooks[i].rank] = true;
		for (rank = 1; rank < 8; rank++)
			assert_false(has[rank] && !has[rank - 1]);
	}
}

static void abi_text(char *buf, size_t size)
{
	size_t n = 0;
	int i;

#define OUT(...) n += snprintf(buf + n, n < size ? size - n : 0, __VA_ARGS__)
	OUT("version %d\n", NSW_ABI_VERSION);
#define SIZE(t) OUT("struct %s %zu\n", #t, sizeof(struct t))
	SIZE(nsw_cpu); SIZE(nsw_hist); SIZE(nsw_zone); SIZE(nsw_zones);
	SIZE(nsw_waiter); SIZE(nsw_waiters); SIZE(nsw_key); SIZE(nsw_top);
	SIZE(nsw_event); SIZE(nsw_ring); SIZE(nsw_conf); SIZE(nsw_sock);
	SIZE(nsw_guard); SIZE(nsw_policy); SIZE(nsw_guard_cpu);
#define AT(t, m) OUT("%s.%s %zu\n", #t, #m, offsetof(struct t, m))
	AT(nsw_zones, zone); AT(nsw_zone, low); AT(nsw_waiters, waiter);
	AT(nsw_top, key); AT(nsw_event, key); AT(nsw_ring, ev);
	AT(nsw_policy, rule); AT(nsw_policy, text);
	AT(nsw_key, stack); AT(nsw_key, comm); AT(nsw_sock, laddr);
	for (i = 0; i < NSW_NR_COUNTERS; i++)
		OUT("counter %d %s\n", i, nsw_counters[i].key);
	for (i = 0; i < NSW_NR_HISTS; i++)
		OUT("hist %d %s\n", i, nsw_hists[i].key);
	for (i = 0; i < NSW_NR_KINDS; i++)
		OUT("kind %d %s\n", i, nsw_kinds[i]);
	for (i = 0; i < NSW_NR_EVENTS; i++)
		OUT("event %d %s\n", i, nsw_event_names[i]);
#undef OUT
#undef SIZE
#undef AT
}

static void test_abi(void **state)
{
	static char now[16384], want[16384];
	const char *path = NSW_TESTS "/unit/abi.out";
	FILE *f;
	size_t n;

	(void)state;
	abi_text(now, sizeof(now));
	if (getenv("UPDATE")) {
		f = fopen(path, "w");
		assert_non_null(f);
		fputs(now, f);
		fclose(f);
	}
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(want, 1, sizeof(want) - 1, f);
	want[n] = '\0';
	fclose(f);
	if (strcmp(now, want))
		fail_msg("the ABI changed: raise NSW_ABI_VERSION, then "
			 "UPDATE=1 make test-unit");
	assert_int_equal(sizeof(struct nsw_cpu) % 64, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_titles),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_hooks),
		cmocka_unit_test(test_enum_names),
		cmocka_unit_test(test_ranks),
		cmocka_unit_test(test_abi),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

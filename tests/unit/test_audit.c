// SPDX-License-Identifier: GPL-2.0
/*
 * test_audit.c - does the audit find what is there, and only that?
 *
 * Each tests/unit/audit/NAME.tree is a machine: "@ PATH" starts a file, "@
 * PATH -> TARGET" is a link.  Every case names all findings it expects; then
 * each of their rules is left out in turn and the case must notice.  Hostile
 * trees must not crash: run with SAN=1.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "audit.h"
#include "snapshot.h"

#include "audit/cases.h"
#include "audit/tree.h"

/* What a rule that no case above can reach needs; see test_hostile(). */
static const char *const elsewhere[] = { "path-unknown", "input-incomplete" };

static void fill_sock(struct nsw_sock_info *s, const struct sock *from)
{
	bool v6 = strchr(from->peer, ':');

	snprintf(s->owner, sizeof(s->owner), "%s", from->owner);
	s->sock.family = v6 ? AF_INET6 : AF_INET;
	s->sock.rport = from->port;
	s->sock.rcvbuf = from->buf;
	s->sock.sndbuf = from->buf;
	s->sock.memcg = from->memcg;
	s->sock.laddr[0] = 1;
	assert_int_equal(inet_pton(s->sock.family, from->peer,
				   s->sock.raddr), 1);
}

static struct nsw_snapshot *snapshot(const struct test *t)
{
	struct nsw_snapshot *snap = calloc(1, sizeof(*snap));

	assert_non_null(snap);
	snap->group[NSW_GRP_SOCKETS] = true;
	snap->group[NSW_GRP_RESERVE] = !t->blind_guard;
	snap->gauge_valid[NSW_G_KEY_LEAKED] = true;
	snap->gauge[NSW_G_KEY_LEAKED] = t->leak;
	if (t->sock.owner)
		fill_sock(&snap->sock[snap->nr_socks++], &t->sock);
	return snap;
}

static size_t nr_expect(const struct test *t)
{
	size_t n = 0;

	while (n < MAX_EXPECT && t->expect[n])
		n++;
	return n;
}

static size_t count(const struct audit_report *r, const char *id)
{
	size_t i, n = 0;

	for (i = 0; i < r->nr; i++)
		n += !strcmp(r->finding[i].rule->id, id);
	return n;
}

/* Order is the report's business: worst first; here only the set counts. */
static bool as_expected(const struct test *t, const struct audit_report *r,
			bool tell)
{
	bool used[MAX_EXPECT] = { false };
	size_t i, e, n = nr_expect(t);
	char is[96];

	for (i = 0; i < r->nr; i++) {
		snprintf(is, sizeof(is), "%s %s",
			 audit_severities[r->finding[i].severity],
			 r->finding[i].rule->id);
		for (e = 0; e < n; e++)
			if (!used[e] && !strcmp(is, t->expect[e]))
				break;
		if (e < n) {
			used[e] = true;
			continue;
		}
		if (tell)
			print_message("# unexpected: %s: %s: %s\n", is,
				      r->finding[i].subject,
				      r->finding[i].what);
		return false;
	}
	for (e = 0; e < n && used[e]; e++)
		;
	if (e < n && tell)
		print_message("# missing: %s\n", t->expect[e]);
	return e == n;
}

/* A test that passes without the rule it is about tests nothing. */
static void without_rules(const struct test *t, const struct audit_input *in)
{
	struct audit_report r;
	size_t e;

	for (e = 0; e < nr_expect(t); e++) {
		const char *id = strchr(t->expect[e], ' ') + 1;

		assert_int_equal(audit_judge(&r, in, id), 0);
		assert_int_equal(count(&r, id), 0);
		assert_false(as_expected(t, &r, false));
		audit_free(&r);
	}
}

static void check_json(const struct test *t, const struct audit_report *r)
{
	json_t *doc = audit_json(r), *area, *safe;
	const char *class;

	assert_non_null(doc);
	safe = json_object_get(doc, "safe");
	assert_true(t->safe < 0 ? json_is_null(safe) :
		    json_is_boolean(safe) && json_boolean_value(safe) ==
		    t->safe);
	assert_int_equal(json_array_size(json_object_get(doc, "findings")),
			 r->nr);
	area = json_array_get(json_object_get(doc, "areas"), 0);
	if (t->class) {
		class = json_string_value(json_object_get(area, "class"));
		assert_string_equal(class, t->class);
	}
	json_decref(doc);
}

static void check_case(void **state)
{
	const struct test *t = *state;
	struct audit_input *in = calloc(1, sizeof(*in));
	struct nsw_snapshot *snap = snapshot(t);
	struct audit_report r;
	FILE *null = fopen("/dev/null", "w");
	char dir[64];

	assert_non_null(in);
	unpack(t->tree, dir);
	assert_int_equal(audit_collect(in, dir, t->blind ? NULL : snap), 0);
	clean(dir);
	for (; t->place[in->nr_places].name[0]; in->nr_places++)
		in->place[in->nr_places] = t->place[in->nr_places];
	assert_int_equal(audit_judge(&r, in, NULL), 0);
	assert_true(as_expected(t, &r, true));
	assert_int_equal(audit_safe(&r), t->safe);
	check_json(t, &r);
	audit_print_text(&r, null);
	audit_free(&r);
	without_rules(t, in);
	fclose(null);
	free(snap);
	free(in);
}

static void find_hop(const struct audit_area *a, const char *hop,
		     const char *name)
{
	int h;

	for (h = 0; h < a->nr_hops; h++)
		if (!strcmp(a->hop[h].hop, hop) &&
		    !strcmp(a->hop[h].name, name))
			return;
	fail_msg("no hop %s %s in %s", hop, name, a->path);
}

static struct audit_input *collect(const char *tree)
{
	struct audit_input *in = calloc(1, sizeof(*in));
	char dir[64];

	assert_non_null(in);
	unpack(tree, dir);
	assert_int_equal(audit_collect(in, dir, NULL), 0);
	clean(dir);
	return in;
}

static void test_hops(void **state)
{
	struct audit_input *in = collect("dm-nbd");

	(void)state;
	assert_string_equal(in->area[0].path, "/dev/mapper/my swap");
	assert_int_equal(in->area[0].used_kb, 1024);
	find_hop(&in->area[0], "dm", "dm-0");
	find_hop(&in->area[0], "nbd", "nbd0");
	free(in);
	in = collect("smb");
	assert_string_equal(in->area[0].path, "/mnt/s w/file");
	assert_true(in->area[0].deleted);
	find_hop(&in->area[0], "smb", "//srv/sh are");
	find_hop(&in->area[0], "interface", "eth0");
	free(in);
	in = collect("nfs-bond");
	find_hop(&in->area[0], "interface", "bond0");
	find_hop(&in->area[0], "interface", "eth0");
	free(in);
}

/* What the kernel does as a rule is no proof that it did it here. */
static void test_blind(void **state)
{
	struct audit_input *in = collect("dm-nbd");
	struct audit_report r;

	(void)state;
	assert_int_equal(audit_judge(&r, in, NULL), 0);
	assert_int_equal(audit_leaf_protected(&r, 0, 0), -1);
	audit_free(&r);
	free(in);
}

static void test_hostile(void **state)
{
	struct audit_input *in = collect("hostile");
	FILE *null = fopen("/dev/null", "w");
	struct audit_report r;
	json_t *doc;

	(void)state;
	assert_int_equal(audit_judge(&r, in, NULL), 0);
	assert_int_equal(audit_safe(&r), -1);
	assert_true(count(&r, "path-unknown") > 0);
	assert_int_equal(count(&r, "input-incomplete"), 1);
	audit_print_text(&r, null);
	doc = audit_json(&r);
	assert_non_null(doc);
	json_decref(doc);
	audit_free(&r);
	fclose(null);
	free(in);
}

static void test_missing(void **state)
{
	struct audit_input *in = calloc(1, sizeof(*in));
	char dir[64];

	(void)state;
	unpack("empty", dir);
	assert_true(audit_collect(in, dir, NULL) < 0);
	clean(dir);
	assert_true(audit_collect(in, dir, NULL) < 0);
	free(in);
}

/* Links in a copied tree must not lead to this machine's files. */
static void test_no_escape(void **state)
{
	struct audit_input *in = calloc(1, sizeof(*in));
	char dir[64], path[128];

	(void)state;
	unpack("empty", dir);
	snprintf(path, sizeof(path), "%s/proc", dir);
	assert_return_code(symlink("/proc", path), errno);
	assert_true(audit_collect(in, dir, NULL) < 0);
	clean(dir);
	free(in);
}

/* Every prefix of every file: what if /proc changes while it's read? */
static void test_cut(void **state)
{
	static const char *const file[] = {
		"proc/swaps", "proc/self/mountinfo", "proc/self/mountstats",
		"proc/net/route", "proc/net/fib_trie", "proc/net/if_inet6",
	};
	struct audit_input *in = calloc(1, sizeof(*in));
	struct audit_report r;
	char dir[64], path[128];
	struct stat st;
	size_t i;

	(void)state;
	unpack("nfs-pnfs", dir);
	for (i = 0; i < sizeof(file) / sizeof(file[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, file[i]);
		assert_return_code(stat(path, &st), errno);
		while (st.st_size > 0) {
			st.st_size--;
			assert_return_code(truncate(path, st.st_size), errno);
			assert_int_equal(audit_collect(in, dir, NULL), 0);
			assert_int_equal(audit_judge(&r, in, NULL), 0);
			audit_free(&r);
		}
	}
	clean(dir);
	free(in);
}

static bool tested(const char *id)
{
	size_t i, e;

	for (i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
		if (!strcmp(elsewhere[i], id))
			return true;
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		for (e = 0; e < nr_expect(&tests[i]); e++)
			if (!strcmp(strchr(tests[i].expect[e], ' ') + 1, id))
				return true;
	return false;
}

/* docs/audit.md has one row per rule: "| `id` | ...". */
static void check_rules(const struct audit_rule *rule, const char *doc)
{
	char row[96];

	for (; rule->id; rule++) {
		snprintf(row, sizeof(row), "\n| `%s` |", rule->id);
		if (!strstr(doc, row))
			fail_msg("%s is not in docs/audit.md", rule->id);
		if (!tested(rule->id))
			fail_msg("%s is not tested", rule->id);
		assert_non_null(rule->why);
		assert_non_null(rule->remedy);
	}
}

static void test_documented(void **state)
{
	FILE *f = fopen(NSW_TESTS "/../docs/audit.md", "r");
	char *doc = calloc(1, 1 << 16);

	(void)state;
	assert_non_null(f);
	assert_true(fread(doc, 1, (1 << 16) - 1, f) > 0);
	fclose(f);
	check_rules(audit_rules_leaf, doc);
	check_rules(audit_rules_host, doc);
	check_rules(audit_rules_guard, doc);
	check_rules(audit_rules_sum, doc);
	free(doc);
}

static void test_drivers(void **state)
{
	const struct audit_driver *d;

	(void)state;
	for (d = audit_drivers; d->name; d++) {
		assert_ptr_equal(audit_find_driver(d->name), d);
		assert_non_null(strchr(d->note, '/'));
	}
	assert_int_equal(audit_find_driver("dwmac-rk")->rx, AUDIT_RX_NONE);
	assert_null(audit_find_driver("no such driver"));
}

#define NR_TESTS	(sizeof(tests) / sizeof(tests[0]))

int main(void)
{
	static const struct CMUnitTest rest[] = {
		cmocka_unit_test(test_hops),
		cmocka_unit_test(test_blind),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_no_escape),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_documented),
		cmocka_unit_test(test_drivers),
	};
	struct CMUnitTest all[NR_TESTS + sizeof(rest) / sizeof(rest[0])];
	size_t i;

	for (i = 0; i < NR_TESTS; i++)
		all[i] = (struct CMUnitTest){
			.name = tests[i].name, .test_func = check_case,
			.initial_state = (void *)(uintptr_t)&tests[i],
		};
	memcpy(all + NR_TESTS, rest, sizeof(rest));
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("audit", all, NULL, NULL);
}

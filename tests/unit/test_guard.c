// SPDX-License-Identifier: GPL-2.0
/*
 * test_guard.c - the guard's policy file, and which rule is for a packet.
 *
 * Catches a policy that is taken although something in it is wrong, an error
 * without its line, and a rule that fits what it should not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../../bpf/match.h"
#include "log.h"
#include "policy.h"

static struct policy p;

static void good(const char *text)
{
	if (policy_parse(&p, "test", text))
		fail_msg("refused: %s", log_last());
}

/* It is refused, with this line's number and these words. */
static void bad(const char *text, int line, const char *words)
{
	char at[32];

	if (!policy_parse(&p, "test", text))
		fail_msg("taken: %s", text);
	snprintf(at, sizeof(at), line ? "test:%d: " : "test: ", line);
	if (strncmp(log_last(), at, strlen(at)) ||
	    !strstr(log_last(), words))
		fail_msg("'%s' is not '%s%s'", log_last(), at, words);
}

static void test_defaults(void **state)
{
	(void)state;
	good("");
	assert_int_equal(p.enter_percent, 110);
	assert_int_equal(p.leave_percent, 150);
	assert_int_equal(p.lease_ns, 200000000);
	assert_int_equal(p.causes, (1 << NSW_NR_GUARD_CAUSES) - 1);
	assert_int_equal(p.rules.nr_rules, 0);
	assert_int_equal(p.rules.default_class, NSW_CLASS_DROP);
	good(policy_default);
	assert_int_equal(p.rules.nr_rules, 1);
	assert_int_equal(p.rules.rule[0].class, NSW_CLASS_BUDGET);
}

static void test_statements(void **state)
{
	(void)state;
	good("# all of them\n\n  enter 90%\r\nleave 90%\n\tlease 1s # end\n"
	     "on throttle level\n"
	     "budget a packets 1k/s bytes 2M/s burst 20ms\n"
	     "budget b bytes 1/s\nallow proto 47\nlimit b from ::/0\n"
	     "drop to 10.1.2.3 sport 1-2\ndefault a");
	assert_int_equal(p.enter_percent, 90);
	assert_int_equal(p.lease_ns, 1000000000);
	assert_int_equal(p.causes, 1 << NSW_GUARD_LEVEL |
			 1 << NSW_GUARD_THROTTLE | 1 << NSW_GUARD_MANUAL);
	assert_int_equal(p.rules.class[2].packet_ns, 1000000);
	assert_int_equal(p.rules.class[2].byte_ns, 500 << 16);
	assert_int_equal(p.rules.class[2].burst_ns, 20000000);
	assert_int_equal(p.rules.class[3].burst_ns, 1000000000);
	assert_int_equal(p.rules.nr_rules, 3);
	assert_int_equal(p.rules.rule[1].class, 3);
	assert_int_equal(p.rules.rule[1].line, 10);
	assert_string_equal(p.rules.text[2], "drop to 10.1.2.3 sport 1-2");
	assert_int_equal(p.rules.default_class, 2);
}

static void test_errors(void **state)
{
	(void)state;
	bad("frob", 1, "'frob' is no statement");
	bad("\n\nenter 5", 3, "1% to 1000000%");
	bad("enter 0%", 1, "1% to 1000000%");
	bad("enter 100% 200%", 1, "1% to 1000000%");
	bad("enter 1%\nenter 2%", 2, "twice");
	bad("enter 200%\nleave 100%\nlease 1s", 2, "below enter");
	bad("\nenter 160%", 2, "below enter");
	bad("lease 1ms", 1, "10ms to 10s");
	bad("lease 11s", 1, "10ms to 10s");
	bad("lease -1s", 1, "10ms to 10s");
	bad("lease 99999999999999999999s", 1, "10ms to 10s");
	bad("on", 1, "name what");
	bad("on frob", 1, "no cause");
	bad("on manual", 1, "no cause");
	bad("netns", 1, "give an id");
	bad("netns -1", 1, "is no id");
	bad("netns 1 2 3\nnetns 4 5", 2, "only 4");
	bad("budget", 1, "name");
	bad("budget A packets 1/s", 1, "name");
	bad("budget aaaaaaaaaaaaaaaa packets 1/s", 1, "name");
	bad("budget a", 1, "give packets");
	bad("budget a packets 0/s", 1, "'packets'");
	bad("budget a packets 1", 1, "'packets'");
	bad("budget a packets 1/s burst 1ms", 1, "'burst'");
	bad("budget a packets 1/s burst", 1, "'burst'");
	bad("budget a packets 1/s\nbudget a packets 2/s", 2, "already");
	bad("limit a proto tcp\nbudget a packets 1/s", 1, "no budget");
	bad("default a", 1, "no budget");
	bad("default", 1, "default:");
	bad("allow", 1, "default");
	bad("allow frob 1", 1, "'frob' is unknown");
	bad("allow proto", 1, "missing");
	bad("allow proto tcp proto udp", 1, "twice");
	bad("allow proto frob", 1, "no protocol");
	bad("allow proto 256", 1, "no protocol");
	bad("allow port 65536", 1, "no port");
	bad("allow port 2-1", 1, "no port");
	bad("allow port 1-", 1, "no port");
	bad("allow proto icmp port 1", 1, "has none");
	bad("allow sport 1 proto 47", 1, "has none");
	bad("allow from 10.0.0.0/33", 1, "no address");
	bad("allow from 10.0.0", 1, "no address");
	bad("allow from 10.0.0.1/8", 1, "beyond its length");
	bad("allow from 10.0.0.0/8 to ::1", 1, "different families");
	bad("allow dev frob0", 1, "no interface");
	bad("allow cgroup /proc", 1, "no directory of a cgroup2");
	bad("# \xff\nallow cgroup /\xff", 2, "printable");
	bad("allow a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a "
	    "a a a a a a", 1, "words");
}

static void test_limits(void **state)
{
	char text[8192] = "";
	int i;

	(void)state;
	for (i = 0; i < NSW_GUARD_RULES; i++)
		strcat(text, "allow proto tcp\n");
	good(text);
	strcat(text, "allow proto tcp\n");
	bad(text, NSW_GUARD_RULES + 1, "only 64 rules");
	text[0] = '\0';
	for (i = NSW_CLASS_BUDGET; i < NSW_GUARD_CLASSES; i++)
		sprintf(text + strlen(text), "budget b%d packets 1/s\n", i);
	good(text);
	strcat(text, "budget one-more packets 1/s\n");
	bad(text, NSW_GUARD_CLASSES - 1, "only 14");
}

/* A packet: protocol, ports, first bytes of the addresses. */
static struct nsw_flow packet(int family, int proto, int sport, int dport)
{
	struct nsw_flow f = { .family = family, .proto = proto,
			      .sport = sport, .dport = dport, .ifindex = 1 };

	f.known = proto == 6 || proto == 17;
	f.ports = f.known || proto == 132;
	memcpy(f.saddr, "\x0a\x01\x02\x03", 4);
	memcpy(f.daddr, "\xc0\x00\x02\x01", 4);
	return f;
}

static int rule(struct nsw_flow f, __u64 cgroup)
{
	struct nsw_cgroups cgroups = { .id = { 77, cgroup } };
	__u32 class;

	return nsw_rule_find(&p.rules, &f, &cgroups, &class);
}

static void test_rules(void **state)
{
	(void)state;
	good("allow proto tcp port 22 from 10.1.0.0/16\n"
	     "drop proto udp sport 100-200\n"
	     "allow to 192.0.2.1\n"
	     "drop proto 47\n"
	     "allow dev lo proto tcp\n");
	assert_int_equal(rule(packet(2, 6, 9, 22), 0), 0);
	assert_int_equal(rule(packet(2, 6, 22, 23), 0), 2);
	assert_int_equal(rule(packet(2, 17, 99, 22), 0), 2);
	assert_int_equal(rule(packet(2, 17, 100, 22), 0), 1);
	assert_int_equal(rule(packet(2, 17, 200, 22), 0), 1);
	assert_int_equal(rule(packet(2, 17, 201, 22), 0), 2);
	/* What may carry anything is only for the rule that names it. */
	assert_int_equal(rule(packet(2, 47, 0, 0), 0), 3);
	assert_int_equal(rule(packet(2, 50, 0, 0), 0), -1);
	/* An IPv4 rule is not for an IPv6 packet that looks like it. */
	assert_int_equal(rule(packet(10, 6, 9, 22), 0), 4);
	p.rules.rule[4].want.ifindex++;
	assert_int_equal(rule(packet(10, 6, 9, 22), 0), 5);
	good("drop proto tcp\nallow proto udp\n");
	p.rules.rule[0].cgroup = 5;
	assert_int_equal(rule(packet(2, 6, 1, 2), 5), 0);
	assert_int_equal(rule(packet(2, 6, 1, 2), 6), 2);
	/* An IPv6 prefix that ends inside a word. */
	good("drop from 2001:db8:8000::/33\n");
	struct nsw_flow f = packet(10, 6, 1, 2);

	memcpy(f.saddr, "\x20\x01\x0d\xb8\x80\x01", 6);
	assert_int_equal(rule(f, 0), 0);
	memcpy(f.saddr, "\x20\x01\x0d\xb8\x00\x01", 6);
	assert_int_equal(rule(f, 0), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_statements),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_rules),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * policy_rule.c - what a rule of the guard's policy is for: pairs of a word
 * and a value.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include "policy_line.h"
#include "util.h"

static int rule_prefix(struct policy_line *l, struct nsw_rule *r,
		       const char *value,
		       __u32 *want, __u32 *mask)
{
	int family = strchr(value, ':') ? AF_INET6 : AF_INET;
	__u64 bits = family == AF_INET ? 32 : 128, n = bits;
	char address[64];
	const char *slash = strchr(value, '/');
	unsigned char *m = (unsigned char *)mask;
	__u64 i;

	str_copy(address, value, sizeof(address));
	address[strcspn(address, "/")] = '\0';
	if (inet_pton(family, address, want) != 1 ||
	    (slash && !line_number(slash + 1, line_plain, 0, bits, &n)))
		return line_bad(l, "'%s' is no address or prefix", value);
	if (r->mask.family && r->want.family != family)
		return line_bad(l, "from and to are of different families");
	for (i = 0; i < n; i++)
		m[i / 8] |= 0x80 >> i % 8;
	for (i = 0; i < 4; i++)
		if (want[i] & ~mask[i])
			return line_bad(l, "'%s' has bits beyond its length",
					value);
	r->want.family = family;
	r->mask.family = 0xff;
	return 0;
}

static int rule_from(struct policy_line *l, struct nsw_rule *r,
		     const char *value)
{
	return rule_prefix(l, r, value, r->want.saddr, r->mask.saddr);
}

static int rule_to(struct policy_line *l, struct nsw_rule *r, const char *value)
{
	return rule_prefix(l, r, value, r->want.daddr, r->mask.daddr);
}

static int rule_proto(struct policy_line *l, struct nsw_rule *r,
		      const char *value)
{
	static const struct { const char *name; __u8 proto; } names[] = {
		{ "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP },
		{ "icmp", IPPROTO_ICMP }, { "icmpv6", IPPROTO_ICMPV6 },
		{ "sctp", IPPROTO_SCTP }, { "dccp", IPPROTO_DCCP },
		{ "udplite", IPPROTO_UDPLITE }, { "gre", IPPROTO_GRE },
		{ "esp", IPPROTO_ESP }, { "ah", IPPROTO_AH },
		{ "ipip", IPPROTO_IPIP }, { "sit", IPPROTO_IPV6 },
		{ "igmp", IPPROTO_IGMP },
	};
	__u64 n = 256;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(value, names[i].name))
			n = names[i].proto;
	if (n == 256 && !line_number(value, line_plain, 0, 255, &n))
		return line_bad(l, "proto: '%s' is no protocol: a name like "
				"tcp, or a number up to 255", value);
	r->want.proto = n;
	r->mask.proto = 0xff;
	return 0;
}

static int rule_range(struct policy_line *l, struct nsw_rule *r,
		      const char *value,
		      __u16 range[2])
{
	char first[32];
	const char *dash = strchr(value, '-');
	__u64 low, high;

	str_copy(first, value, sizeof(first));
	first[strcspn(first, "-")] = '\0';
	if (!line_number(first, line_plain, 0, 65535, &low) ||
	    !line_number(dash ? dash + 1 : first, line_plain, low, 65535,
			 &high))
		return line_bad(l, "'%s' is no port or range of ports", value);
	range[0] = low;
	range[1] = high;
	r->want.ports = 1;
	r->mask.ports = 1;
	return 0;
}

static int rule_port(struct policy_line *l, struct nsw_rule *r,
		     const char *value)
{
	return rule_range(l, r, value, r->dport);
}

static int rule_sport(struct policy_line *l, struct nsw_rule *r,
		      const char *value)
{
	return rule_range(l, r, value, r->sport);
}

static int rule_dev(struct policy_line *l, struct nsw_rule *r,
		    const char *value)
{
	r->want.ifindex = if_nametoindex(value);
	r->mask.ifindex = ~0u;
	return r->want.ifindex
		       ? 0
		       : line_bad(l, "dev: there is no interface '%s'", value);
}

static int rule_cgroup(struct policy_line *l, struct nsw_rule *r,
		       const char *value)
{
	int err = cgroup_id(value, &r->cgroup);

	return err ? line_bad(l, "cgroup: %s is no directory of a cgroup2 file "
			      "system: %s", value, strerror(-err)) : 0;
}

const struct policy_part policy_parts[] = {
	{ "from", "PREFIX", "Source address, as 10.0.0.0/8 or 2001:db8::/32.",
	  rule_from },
	{ "to", "PREFIX", "Destination address.", rule_to },
	{ "proto", "PROTOCOL", "tcp, udp, icmp, icmpv6, sctp, dccp, udplite, "
	  "gre, esp, ah, ipip, sit, igmp, or a number.", rule_proto },
	{ "port", "PORT[-PORT]", "Destination port.", rule_port },
	{ "sport", "PORT[-PORT]", "Source port.", rule_sport },
	{ "dev", "INTERFACE", "Interface of arrival.  It is looked up when "
	  "the policy is read: one that comes later, even of the same name, "
	  "is another.", rule_dev },
	{ "cgroup", "DIR", "The receiving socket is of this cgroup (v2), or "
	  "of one below it, at most eight levels.", rule_cgroup },
	{}
};

static int set_part(struct policy_line *l, struct nsw_rule *r, int w,
		    unsigned long *seen)
{
	const struct policy_part *part = policy_parts;
	unsigned long bit;

	while (part->name && strcmp(l->word[w], part->name))
		part++;
	if (!part->name)
		return line_bad(l,
				"'%s' is unknown in a rule: from, to, proto, "
				"port, sport, dev or cgroup",
				l->word[w]);
	if (w + 1 == l->words)
		return line_bad(l, "%s: its value is missing", l->word[w]);
	bit = 1ul << (part - policy_parts);
	if (*seen & bit)
		return line_bad(l, "%s is there twice", l->word[w]);
	*seen |= bit;
	return part->set(l, r, l->word[w + 1]);
}

/* As nsw_match_transport() takes them apart. */
static bool has_ports(__u8 proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	       proto == IPPROTO_SCTP || proto == IPPROTO_DCCP ||
	       proto == IPPROTO_UDPLITE;
}

int line_match(struct policy_line *l, struct nsw_rule *r, int w)
{
	unsigned long seen = 0;
	int err = 0;

	r->sport[1] = 65535;
	r->dport[1] = 65535;
	for (; !err && w < l->words; w += 2)
		err = set_part(l, r, w, &seen);
	if (!err && r->mask.ports && r->mask.proto && !has_ports(r->want.proto))
		return line_bad(l, "port and sport: its protocol has none");
	/* What may carry anything is only for rules that name it. */
	if (!r->mask.proto)
		r->want.known = r->mask.known = 1;
	return err;
}

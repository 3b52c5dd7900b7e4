// SPDX-License-Identifier: GPL-2.0
/*
 * audit_net.c - addresses, interfaces, and which of them carry swap.
 *
 * The way to a peer is looked up in the main routing tables as text:
 * policy routing is not seen, and a path that isn't found counts every
 * physical interface as possible.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "audit_read.h"
#include "snapshot.h"

static void add_addr(struct audit_input *in, int family, const void *bytes)
{
	char *to = in->addr[in->nr_addrs];

	if (in->nr_addrs == AUDIT_MAX_ADDRS)
		in->full = true;
	else if (inet_ntop(family, bytes, to, AUDIT_NAME_LEN))
		in->nr_addrs++;
}

/* "|-- 192.0.2.2" and, on the next line, "/32 host LOCAL" */
static void read_addrs4(struct audit_read *rd)
{
	char *all = audit_file(rd, "proc/net/fib_trie"), *save = NULL, *l, *s;
	struct in_addr addr = { 0 }, last = { 0 };

	for (l = all ? strtok_r(all, "\n", &save) : NULL; l;
	     l = strtok_r(NULL, "\n", &save)) {
		s = strstr(l, "|-- ");
		if (s && inet_pton(AF_INET, s + 4, &addr) == 1)
			continue;
		if (!strstr(l, "/32 host LOCAL") ||
		    addr.s_addr == last.s_addr)
			continue;
		add_addr(rd->in, AF_INET, &addr);
		last = addr;
	}
	free(all);
}

/* 32 hexadecimal digits */
static bool parse_hex16(const char *s, unsigned char *to)
{
	unsigned int i, byte;

	for (i = 0; i < 16; i++, s += 2) {
		if (sscanf(s, "%2x", &byte) != 1 || !s[1])
			return false;
		to[i] = (unsigned char)byte;
	}
	return true;
}

static void read_addrs6(struct audit_read *rd)
{
	char *all = audit_file(rd, "proc/net/if_inet6"), *save = NULL, *l;
	unsigned char addr[16];

	for (l = all ? strtok_r(all, "\n", &save) : NULL; l;
	     l = strtok_r(NULL, "\n", &save))
		if (strlen(l) > 32 && parse_hex16(l, addr))
			add_addr(rd->in, AF_INET6, addr);
	free(all);
}

static void read_if(struct audit_read *rd, struct audit_if *f)
{
	const struct audit_driver *d;
	char buf[AUDIT_PATH_LEN];

	f->rx = AUDIT_RX_UNKNOWN;
	f->kind = AUDIT_IF_OTHER;
	if (audit_link(rd, buf, sizeof(buf),
		       "sys/class/net/%s/device/driver", f->name)) {
		f->kind = AUDIT_IF_PHYSICAL;
		audit_copy(f->driver, sizeof(f->driver), audit_base(buf));
		d = audit_find_driver(f->driver);
		if (d)
			f->rx = d->rx;
		return;
	}
	if (audit_has(rd, "sys/class/net/%s/tun_flags", f->name)) {
		f->kind = AUDIT_IF_TUN;
		return;
	}
	/* type 65534 is ARPHRD_NONE; the kernel names WireGuard in uevent */
	buf[0] = '\0';
	audit_line(rd, buf, sizeof(buf), "sys/class/net/%s/uevent", f->name);
	if (!strcmp(buf, "DEVTYPE=wireguard"))
		f->kind = AUDIT_IF_WIREGUARD;
}

int audit_find_if(const struct audit_input *in, const char *name)
{
	int i;

	for (i = 0; i < in->nr_ifs; i++)
		if (!strcmp(in->ifs[i].name, name))
			return i;
	return -1;
}

static void read_lower(struct audit_read *rd, struct audit_if *f)
{
	char *all = audit_dir(rd, "sys/class/net/%s", f->name);
	char *save = NULL, *d;
	int i;

	for (d = all ? strtok_r(all, "\n", &save) : NULL; d;
	     d = strtok_r(NULL, "\n", &save)) {
		if (strncmp(d, "lower_", 6) || f->nr_lower == 8)
			continue;
		i = audit_find_if(rd->in, d + 6);
		if (i < 0)
			continue;
		f->lower[f->nr_lower++] = i;
		if (f->kind == AUDIT_IF_OTHER)
			f->kind = AUDIT_IF_STACKED;
	}
	free(all);
}

void audit_collect_net(struct audit_read *rd)
{
	struct audit_input *in = rd->in;
	char *all = audit_dir(rd, "sys/class/net"), *save = NULL, *d;
	int i;

	for (d = all ? strtok_r(all, "\n", &save) : NULL; d;
	     d = strtok_r(NULL, "\n", &save)) {
		if (strlen(d) >= sizeof(in->ifs[0].name))
			continue;
		if (in->nr_ifs == AUDIT_MAX_IFS) {
			in->full = true;
			break;
		}
		audit_copy(in->ifs[in->nr_ifs].name,
			   sizeof(in->ifs[0].name), d);
		read_if(rd, &in->ifs[in->nr_ifs++]);
	}
	free(all);
	for (i = 0; i < in->nr_ifs; i++)
		read_lower(rd, &in->ifs[i]);
	read_addrs4(rd);
	read_addrs6(rd);
}

static bool v4_mapped(const unsigned char *a)
{
	static const unsigned char head[12] = { [10] = 0xff, [11] = 0xff };

	return !memcmp(a, head, sizeof(head));
}

static int route4(struct audit_read *rd, in_addr_t peer)
{
	char *all = audit_file(rd, "proc/net/route"), *save = NULL, *l;
	unsigned int dst, flags, mask, best = 0;
	char name[32];
	int found = -1;

	for (l = all ? strtok_r(all, "\n", &save) : NULL; l;
	     l = strtok_r(NULL, "\n", &save)) {
		if (sscanf(l, "%31s %x %*x %x %*d %*d %*d %x", name, &dst,
			   &flags, &mask) != 4)
			continue;
		/* RTF_UP; the numbers are in network order, as s_addr is */
		if (!(flags & 1) || (peer & mask) != dst ||
		    (found >= 0 && ntohl(mask) <= best))
			continue;
		best = ntohl(mask);
		found = audit_find_if(rd->in, name);
	}
	free(all);
	return found;
}

static bool same_prefix(const unsigned char *a, const unsigned char *b,
			unsigned int bits)
{
	unsigned int n = bits / 8, rest = bits % 8;

	return !memcmp(a, b, n) &&
	       (!rest || !((a[n] ^ b[n]) >> (8 - rest)));
}

static int route6(struct audit_read *rd, const unsigned char *peer)
{
	char *all = audit_file(rd, "proc/net/ipv6_route"), *save = NULL, *l;
	unsigned int plen, best = 0;
	unsigned char dst[16];
	int found = -1, i;

	for (l = all ? strtok_r(all, "\n", &save) : NULL; l;
	     l = strtok_r(NULL, "\n", &save)) {
		if (strlen(l) < 36 || !parse_hex16(l, dst) ||
		    sscanf(l + 33, "%2x", &plen) != 1 || plen > 128 ||
		    !same_prefix(peer, dst, plen) ||
		    (found >= 0 && plen <= best) || !strrchr(l, ' '))
			continue;
		i = audit_find_if(rd->in, strrchr(l, ' ') + 1);
		if (i < 0 || !strcmp(rd->in->ifs[i].name, "lo"))
			continue;
		best = plen;
		found = i;
	}
	free(all);
	return found;
}

static int route(struct audit_read *rd, const char *peer)
{
	unsigned char a[16];
	in_addr_t v4;

	if (inet_pton(AF_INET, peer, &v4) == 1)
		return route4(rd, v4);
	if (inet_pton(AF_INET6, peer, a) != 1)
		return -1;
	if (!v4_mapped(a))
		return route6(rd, a);
	memcpy(&v4, a + 12, 4);
	return route4(rd, v4);
}

/* The interface and, bounded against circles, what it stands on. */
static void add_if(const struct audit_input *in, struct audit_leaf *l, int f,
		   int depth)
{
	int i;

	if (f < 0 || depth > 4)
		return;
	for (i = 0; i < l->nr_ifaces; i++)
		if (l->iface[i] == f)
			return;
	if (l->nr_ifaces < 4)
		l->iface[l->nr_ifaces++] = f;
	for (i = 0; i < in->ifs[f].nr_lower; i++)
		add_if(in, l, in->ifs[f].lower[i], depth + 1);
}

static void sock_peer(const struct nsw_sock *s, char *buf, size_t len)
{
	bool v6 = s->family == AF_INET6 && !v4_mapped(s->raddr);
	const __u8 *a = s->raddr;

	if (s->family == AF_INET6 && !v6)
		a += 12;
	if (!inet_ntop(v6 ? AF_INET6 : AF_INET, a, buf, (socklen_t)len))
		buf[0] = '\0';
}

/*
 * nbd sets no callback of its own, so its sockets may come as "unknown".
 * Without an address of the peer all sockets of the owner may be the leaf's.
 */
static bool owns(const struct audit_leaf *l, const struct nsw_sock_info *s)
{
	static const char *const owner[AUDIT_NR_TRANSPORTS] = {
		[AUDIT_T_NBD] = "nbd", [AUDIT_T_NFS] = "nfs",
		[AUDIT_T_ISCSI] = "iscsi", [AUDIT_T_NVME_TCP] = "nvme-tcp",
	};
	char peer[AUDIT_NAME_LEN];

	if (!owner[l->transport] ||
	    (strcmp(s->owner, owner[l->transport]) &&
	     strcmp(s->owner, "unknown")))
		return false;
	if (!l->peer[0])
		return true;
	sock_peer(&s->sock, peer, sizeof(peer));
	return !strcmp(peer, l->peer) &&
	       (!l->port || l->port == s->sock.rport);
}

static void match_socks(struct audit_input *in, struct audit_leaf *l)
{
	unsigned int i;

	for (i = 0; in->snap && i < in->snap->nr_socks; i++)
		if (owns(l, &in->snap->sock[i]) && l->nr_socks < 16)
			l->sock[l->nr_socks++] = (int)i;
}

static void match_ifs(struct audit_read *rd, struct audit_leaf *l)
{
	char peer[AUDIT_NAME_LEN];
	int i;

	if (l->peer[0])
		add_if(rd->in, l, route(rd, l->peer), 0);
	for (i = 0; i < l->nr_socks && !l->peer[0]; i++) {
		sock_peer(&rd->in->snap->sock[l->sock[i]].sock, peer,
			  sizeof(peer));
		add_if(rd->in, l, route(rd, peer), 0);
		if (l->nr_socks == 1)
			audit_copy(l->peer, sizeof(l->peer), peer);
	}
}

static void if_hops(const struct audit_input *in, struct audit_area *a,
		    const struct audit_leaf *l)
{
	static const int protect[] = {
		[AUDIT_RX_RESERVE] = 1, [AUDIT_RX_PARTLY] = -1,
		[AUDIT_RX_NONE] = 0, [AUDIT_RX_UNKNOWN] = -1,
	};
	int i;

	for (i = 0; i < l->nr_ifaces; i++) {
		const struct audit_if *f = &in->ifs[l->iface[i]];

		audit_hop(a, "interface", f->name,
			  f->kind == AUDIT_IF_TUN ? 0 :
			  f->kind == AUDIT_IF_PHYSICAL ? protect[f->rx] : 1,
			  "%s%sto %.80s", f->driver, f->driver[0] ? " " : "",
			  l->peer[0] ? l->peer : l->name);
	}
}

void audit_match(struct audit_read *rd)
{
	struct audit_input *in = rd->in;
	struct audit_leaf *l;
	int a, i;

	for (a = 0; a < in->nr_areas; a++)
		for (i = 0; i < in->area[a].nr_leaves; i++) {
			l = &in->area[a].leaf[i];
			if (l->transport == AUDIT_T_NBD && l->unix_sock)
				continue;
			match_socks(in, l);
			match_ifs(rd, l);
			if_hops(in, &in->area[a], l);
		}
}

// SPDX-License-Identifier: GPL-2.0
/*
 * slow_sock.c - the memalloc sockets, and whose they are.
 *
 * The kernel does not record who called sk_set_memalloc().  Each of its
 * callers leaves a trace though: it points a callback of the socket at a
 * function of its own, whose name /proc/kallsyms gives.  Only NBD does not;
 * it is the one that is left, on a TCP socket with the default callback and
 * with sk_allocation GFP_NOIO (__sock_xmit(), drivers/block/nbd.c).
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf.h"
#include "slow.h"
#include "util.h"

#define MAX_SYMS	64
#define RETRY_NS	(30 * 1000000000ull)
/* IO, FS, DIRECT_RECLAIM, KSWAPD_RECLAIM; the same from 6.1 to 6.18. */
#define GFP_RECLAIM_BITS 0xcc0u
#define GFP_NOIO_BITS	0xc00u

struct sym_owner {
	const char *symbol;
	const char *owner;
};

static const struct sym_owner owners[] = {
	{ "xs_data_ready", "nfs" },
	{ "xs_udp_data_ready", "nfs" },
	{ "nvme_tcp_data_ready", "nvme-tcp" },
	{ "iscsi_sw_tcp_data_ready", "iscsi" },
	{ "wg_receive", "wireguard" },
	{ "tls_data_ready", "tls" },
	{ "sock_def_readable", "nbd" },
};

/* Addresses seen so far; modules come and go, so misses are tried again. */
struct sym_cache {
	__u64 addr[MAX_SYMS];
	const char *owner[MAX_SYMS];
	int nr;
	__u64 read_ns;
};

static struct sym_cache cache;

static void cache_owner(__u64 addr, const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(owners); i++) {
		if (strcmp(owners[i].symbol, name) || cache.nr == MAX_SYMS)
			continue;
		cache.addr[cache.nr] = addr;
		cache.owner[cache.nr++] = owners[i].owner;
	}
}

/* ~200 000 lines: only read when an address is not known yet. */
static void cache_fill(void)
{
	unsigned long long addr;
	char line[256], name[128];
	FILE *f;

	if (cache.read_ns && now_mono_ns() - cache.read_ns < RETRY_NS)
		return;
	cache.read_ns = now_mono_ns();
	f = fopen("/proc/kallsyms", "re");
	if (!f)
		return;
	cache.nr = 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%llx %*c %127s", &addr, name) == 2 && addr)
			cache_owner(addr, name);
	fclose(f);
}

static const char *cache_find(__u64 addr)
{
	int i;

	for (i = 0; i < cache.nr; i++)
		if (cache.addr[i] == addr)
			return cache.owner[i];
	return NULL;
}

static const char *sock_owner(const struct nsw_sock *s)
{
	const char *owner = NULL;
	int i, try;

	for (try = 0; try < 2 && !owner; try++) {
		if (try)
			cache_fill();
		for (i = NSW_NR_CBS - 1; i >= 0 && !owner; i--)
			if (s->cb[i])
				owner = cache_find(s->cb[i]);
	}
	if (!owner)
		return "unknown";
	if (!strcmp(owner, "nbd") &&
	    (s->proto != IPPROTO_TCP ||
	     (s->gfp & GFP_RECLAIM_BITS) != GFP_NOIO_BITS))
		return "unknown";
	return owner;
}

static bool have_sock(const struct nsw_slow *slow, const struct nsw_sock *s)
{
	__u32 i;

	for (i = 0; i < slow->nr_socks; i++)
		if (slow->sock[i].sock.sk == s->sk)
			return true;
	return false;
}

static void add_sock(struct nsw_slow *slow, const struct nsw_sock *s)
{
	struct nsw_sock_info *to;

	if (have_sock(slow, s))
		return;
	if (slow->nr_socks == NSW_MAX_SOCKS) {
		slow->more_socks++;
		return;
	}
	to = &slow->sock[slow->nr_socks++];
	to->sock = *s;
	str_copy(to->owner, sock_owner(s), sizeof(to->owner));
}

static void read_iter(struct nsw_slow *slow, int prog)
{
	char buf[sizeof(struct nsw_sock) * 16];
	size_t have = 0, at;
	int fd = iter_open(prog);
	ssize_t n;

	if (fd < 0)
		return;
	slow->socks_valid = true;
	while ((n = read(fd, buf + have, sizeof(buf) - have)) > 0) {
		have += n;
		for (at = 0; have - at >= sizeof(struct nsw_sock);
		     at += sizeof(struct nsw_sock)) {
			struct nsw_sock s;

			memcpy(&s, buf + at, sizeof(s));
			add_sock(slow, &s);
		}
		memmove(buf, buf + at, have - at);
		have -= at;
	}
	close(fd);
}

struct sock_walk {
	struct nsw_slow *slow;
	int tcp_prog, udp_prog;
};

static void read_netns(void *ctx, unsigned long inode)
{
	struct sock_walk *w = ctx;

	(void)inode;
	read_iter(w->slow, w->tcp_prog);
	read_iter(w->slow, w->udp_prog);
}

void slow_read_socks(struct nsw_slow *slow, int tcp_prog, int udp_prog,
		     int file_prog)
{
	struct sock_walk w = { slow, tcp_prog, udp_prog };

	slow->nr_socks = 0;
	slow->more_socks = 0;
	slow->socks_valid = false;
	slow->socks_all = false;
	if (tcp_prog >= 0 && udp_prog >= 0)
		slow->socks_all = netns_each(read_netns, &w);
	if (!slow->socks_valid && file_prog >= 0) {
		read_iter(slow, file_prog);
		slow->socks_all = true;
	}
}

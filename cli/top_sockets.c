// SPDX-License-Identifier: GPL-2.0
/*
 * top_sockets.c - memalloc sockets, and the loud line about a leaked key.
 */
#include <arpa/inet.h>
#include <stdio.h>

#include "top_draw.h"

#define KERNEL_TCP_ESTABLISHED	1
#define PROTO_TCP		6

enum { S_OWNER, S_PEERS, S_STATE, S_RMEM, S_WMEM, S_RETRANS };

static const struct top_col sock_cols[] = {
	[S_OWNER] = { .title = "SOCKETS", .width = 9 },
	[S_PEERS] = { .title = "LOCAL > REMOTE" },
	[S_STATE] = { .title = "STATE", .width = 6, .min_cols = 60 },
	[S_RMEM] = { .title = "RMEM", .width = 5, .right = true,
		     .numeric = true },
	[S_WMEM] = { .title = "WMEM", .width = 5, .right = true,
		     .numeric = true },
	[S_RETRANS] = { .title = "RETR", .width = 5, .right = true,
			.numeric = true },
};

static int sock_rows(const struct top_view *v)
{
	return v->now->nr_socks < NSW_MAX_SOCKS ? v->now->nr_socks :
	       NSW_MAX_SOCKS;
}

static __u64 sock_id(const struct top_view *v, int row)
{
	const struct nsw_sock *k = &v->now->sock[row].sock;

	return k->cookie ? k->cookie : k->sk;
}

static void address(const struct nsw_sock *k, const __u8 *addr, __u16 port,
		    char *buf, size_t size)
{
	char ip[INET6_ADDRSTRLEN];

	if (k->family == AF_INET6 && inet_ntop(AF_INET6, addr, ip, sizeof(ip)))
		snprintf(buf, size, "[%s]:%u", ip, port);
	else if (inet_ntop(AF_INET, addr, ip, sizeof(ip)))
		snprintf(buf, size, "%s:%u", ip, port);
}

static const char *state_name(const struct nsw_sock *k)
{
	static const char *const names[] = {
		"-", "ESTAB", "SYN-S", "SYN-R", "FIN-1", "FIN-2", "TIME-W",
		"CLOSE", "CLO-W", "LASTA", "LISTEN", "CLOSNG",
	};

	if (k->proto != PROTO_TCP && k->state != KERNEL_TCP_ESTABLISHED)
		return "-";
	return k->state < sizeof(names) / sizeof(*names) ? names[k->state] :
	       "?";
}

static void sock_text(const struct top_view *v, int row, int col, char *buf,
		      size_t size)
{
	const struct nsw_sock_info *i = &v->now->sock[row];
	char from[INET6_ADDRSTRLEN + 9], to[INET6_ADDRSTRLEN + 9];

	switch (col) {
	case S_OWNER:
		snprintf(buf, size, "%.11s", i->owner);
		break;
	case S_PEERS:
		address(&i->sock, i->sock.laddr, i->sock.lport, from,
			sizeof(from));
		address(&i->sock, i->sock.raddr, i->sock.rport, to,
			sizeof(to));
		snprintf(buf, size, "%s > %s", from, to);
		break;
	case S_STATE:
		snprintf(buf, size, "%s", state_name(&i->sock));
		break;
	case S_RMEM:
		snprintf(buf, size, "%s", fmt_size(i->sock.rmem).s);
		break;
	case S_WMEM:
		snprintf(buf, size, "%s", fmt_size(i->sock.wmem).s);
		break;
	default:
		snprintf(buf, size, "%s", i->sock.proto == PROTO_TCP ?
			 fmt_count(i->sock.retrans).s : "-");
	}
}

static double sock_value(const struct top_view *v, int row, int col)
{
	const struct nsw_sock *k = &v->now->sock[row].sock;

	return col == S_RMEM ? k->rmem : col == S_WMEM ? k->wmem : k->retrans;
}

static void sock_title(const struct top_view *v, char *buf, size_t size)
{
	snprintf(buf, size, "(%s found, key %s)",
		 fmt_count(top_gauge(v, NSW_G_MEMALLOC_SOCKS)).s,
		 fmt_count(top_gauge(v, NSW_G_MEMALLOC_KEY)).s);
}

static enum top_attr sock_empty(const struct top_view *v, char *buf,
				 size_t size)
{
	if (top_gauge(v, NSW_G_KEY_LEAKED) > 0) {
		snprintf(buf, size, "LEAK: memalloc_socks_key is %s but no "
			 "memalloc socket exists",
			 fmt_count(top_gauge(v, NSW_G_MEMALLOC_KEY)).s);
		return TOP_A_ALERT;
	}
	snprintf(buf, size, "%s", v->now->group[NSW_GRP_SOCKETS] ?
		 "none: nothing swaps over the network" : "not known");
	return TOP_A_NORMAL;
}

static void sock_detail(const struct top_view *v, int row, char *buf,
			size_t size)
{
	const struct nsw_sock *k = &v->now->sock[row].sock;

	snprintf(buf, size, "cookie %llu, netns %u, cgroup %llu, memcg %llu, "
		 "receive buffer %u, send buffer %u, gfp 0x%x, protocol %s",
		 (unsigned long long)k->cookie, k->netns,
		 (unsigned long long)k->cgroup, (unsigned long long)k->memcg,
		 k->rcvbuf, k->sndbuf, k->gfp, nsw_proto_name(k->proto));
}

const struct top_table top_sockets = {
	.col = sock_cols, .nr_cols = S_RETRANS + 1, .sort = S_OWNER,
	.rows = sock_rows, .id = sock_id, .text = sock_text,
	.value = sock_value, .title = sock_title, .empty = sock_empty,
	.detail = sock_detail,
};

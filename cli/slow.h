/* SPDX-License-Identifier: GPL-2.0 */
/*
 * slow.h - the readings that need system calls, kept apart from the live
 * ones: they may block, or fail, for as long as memory is short.
 */
#ifndef NETSWAP_SLOW_H
#define NETSWAP_SLOW_H

#include "snapshot.h"

/**
 * struct nsw_slow - one such reading; members as in struct nsw_snapshot
 * @socks_valid: the iterators could be read
 * @socks_all: in every network namespace
 */
struct nsw_slow {
	__u64 proc_ns;
	__u64 proc[NSW_NR_PROCS];
	bool proc_valid[NSW_NR_PROCS];
	__u32 nr_zones;
	struct nsw_zone_info zone[NSW_MAX_ZONES];
	__s64 misses;
	bool socks_valid;
	bool socks_all;
	bool key_leaked;		/* key positive, no socket, for sure */
	__u32 nr_socks;
	__u32 more_socks;
	struct nsw_sock_info sock[NSW_MAX_SOCKS];
};

/** slow_read_proc() - /proc numbers and zones into @slow. */
void slow_read_proc(struct nsw_slow *slow);

/**
 * parse_vmstat() - sum the lines of a "key value" text
 * @text: content of /proc/vmstat or /proc/meminfo (a ':' may end the key)
 * @key: key, with a trailing '*' for every key of that prefix
 * @value: result, unscaled
 * Return: whether the key was there.
 */
bool parse_vmstat(const char *text, const char *key, __u64 *value);

/**
 * parse_netstat() - one value of /proc/net/netstat's pairs of lines
 */
bool parse_netstat(const char *text, const char *key, __u64 *value);

/**
 * parse_zoneinfo() - zones with pages from the text of /proc/zoneinfo
 * Return: number of zones written to @zone, at most @max.
 */
__u32 parse_zoneinfo(const char *text, struct nsw_zone_info *zone, __u32 max);

/** slow_read_socks() - memalloc sockets of all namespaces into @slow. */
void slow_read_socks(struct nsw_slow *slow, int tcp_prog, int udp_prog,
		     int file_prog);

/**
 * netns_each() - run @fn in each network namespace that can be found
 * @fn: called in the namespace; its inode number is given
 *
 * Only the calling thread moves, and it is back when this returns.
 * Return: whether it has been in all of them; without CAP_SYS_ADMIN it is in
 * the own one only.
 */
bool netns_each(void (*fn)(void *ctx, unsigned long inode), void *ctx);

#endif /* NETSWAP_SLOW_H */

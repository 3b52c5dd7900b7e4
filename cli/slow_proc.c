// SPDX-License-Identifier: GPL-2.0
/*
 * slow_proc.c - the kernel's own numbers from /proc.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metric.h"
#include "slow.h"
#include "util.h"

#define PROC_TEXT_MAX	(64 * 1024)

static bool key_matches(const char *line, size_t len, const char *key)
{
	size_t klen = strlen(key);

	if (klen && key[klen - 1] == '*')
		return len >= klen - 1 && !strncmp(line, key, klen - 1);
	return len == klen && !strncmp(line, key, len);
}

bool parse_vmstat(const char *text, const char *key, __u64 *value)
{
	const char *line, *end;
	bool found = false;

	*value = 0;
	for (line = text; *line; line = *end ? end + 1 : end) {
		size_t len = strcspn(line, ": \t\n");

		end = line + strcspn(line, "\n");
		if (line + len >= end || !key_matches(line, len, key))
			continue;
		*value += strtoull(line + len + 1, NULL, 10);
		found = true;
	}
	return found;
}

/* n-th word of a line, or NULL; words are apart by one space. */
static const char *word(const char *line, int n)
{
	const char *end = line + strcspn(line, "\n");

	while (n-- && line) {
		line = memchr(line, ' ', end - line);
		if (line)
			line++;
	}
	return line;
}

bool parse_netstat(const char *text, const char *key, __u64 *value)
{
	const char *names, *values, *at;
	size_t klen = strlen(key);
	int n;

	for (names = text; *names; names = values + strcspn(values, "\n")) {
		names += *names == '\n';
		values = names + strcspn(names, "\n");
		if (!*values++)
			return false;
		for (n = 0; (at = word(names, n)); n++)
			if (!strncmp(at, key, klen) &&
			    (at[klen] == ' ' || at[klen] == '\n'))
				break;
		if (at && (at = word(values, n))) {
			*value = strtoull(at, NULL, 10);
			return true;
		}
	}
	return false;
}

static __u32 zone_index(const char *name)
{
	/* zone_type, with both DMA zones configured (x86, arm64). */
	static const char *const names[] = {
		"DMA", "DMA32", "Normal", "Movable", "Device" };
	__u32 i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return i;
	return i;
}

static void zone_line(const char *line, struct nsw_zone_info *z)
{
	struct { const char *key; __u64 *to; } keys[] = {
		{ "pages free", &z->free_pages },
		{ "min", &z->min_pages },
		{ "low", &z->low_pages },
		{ "high", &z->high_pages },
		{ "boost", &z->boost_pages },
		{ "managed", &z->managed_pages },
	};
	size_t i, len;

	line += strspn(line, " ");
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		len = strlen(keys[i].key);
		if (!strncmp(line, keys[i].key, len) && line[len] == ' ')
			*keys[i].to = strtoull(line + len, NULL, 10);
	}
}

__u32 parse_zoneinfo(const char *text, struct nsw_zone_info *zone, __u32 max)
{
	struct nsw_zone_info *z = NULL;
	const char *line, *end;
	unsigned int node;
	char name[16];
	__u32 nr = 0;

	for (line = text; *line; line = *end ? end + 1 : end) {
		end = line + strcspn(line, "\n");
		if (sscanf(line, "Node %u, zone %15s", &node, name) == 2) {
			/* A zone without pages gives its place to the next. */
			if (z && z->managed_pages)
				nr++;
			if (nr >= max)
				return nr;
			z = &zone[nr];
			memset(z, 0, sizeof(*z));
			z->node = node;
			z->index = zone_index(name);
			z->from_proc = true;
			str_copy(z->name, name, sizeof(z->name));
		} else if (z) {
			zone_line(line, z);
		}
	}
	return nr + (z && z->managed_pages);
}

static void add_netstat(void *ctx, unsigned long inode)
{
	char text[16 * 1024];
	struct nsw_slow *slow = ctx;
	__u64 value;

	(void)inode;
	/* thread-self: /proc/net would show the thread group leader's. */
	if (read_file("/proc/thread-self/net/netstat", text, sizeof(text)) <= 0)
		return;
	if (parse_netstat(text, nsw_procs[NSW_P_PFDROP].key, &value)) {
		slow->proc[NSW_P_PFDROP] += value;
		slow->proc_valid[NSW_P_PFDROP] = true;
	}
}

static void read_rows(struct nsw_slow *slow, const char *file, char *text,
		      __u64 scale)
{
	char path[64];
	int i;

	snprintf(path, sizeof(path), "/proc/%s", file);
	if (read_file(path, text, PROC_TEXT_MAX) <= 0)
		return;
	for (i = 0; i < NSW_NR_PROCS; i++) {
		if (strcmp(nsw_procs[i].file, file))
			continue;
		slow->proc_valid[i] = parse_vmstat(text, nsw_procs[i].key,
						   &slow->proc[i]);
		slow->proc[i] *= scale;
	}
}

void slow_read_proc(struct nsw_slow *slow)
{
	/* One caller at a time: the helper thread or a one-shot command. */
	static char text[PROC_TEXT_MAX];
	char path[96];
	int i;

	read_rows(slow, "vmstat", text, 1);
	read_rows(slow, "meminfo", text, 1024);
	for (i = 0; i < NSW_NR_PROCS; i++) {
		if (strcmp(nsw_procs[i].file, "sysctl"))
			continue;
		snprintf(path, sizeof(path), "/proc/sys/%s", nsw_procs[i].key);
		if (read_file(path, text, sizeof(text)) <= 0)
			continue;
		slow->proc[i] = strtoull(text, NULL, 10) * 1024;
		slow->proc_valid[i] = true;
	}
	slow->proc[NSW_P_PFDROP] = 0;
	slow->proc_valid[NSW_P_PFDROP] = false;
	netns_each(add_netstat, slow);
	if (read_file("/proc/zoneinfo", text, sizeof(text)) > 0)
		slow->nr_zones = parse_zoneinfo(text, slow->zone,
						NSW_MAX_ZONES);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * swapdev.c - what kind of block device a swap area is on.
 */
#include <bpf/bpf.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf.h"
#include "swapdev.h"
#include "util.h"

/* gendisk->first_minor has 20 bits in a dev_t of the kernel's. */
#define KERNEL_DEV(major, minor)	((__u32)(major) << 20 | (minor))

static bool over_nvme_fabric(const char *disk)
{
	char path[PATH_MAX], transport[32];

	snprintf(path, sizeof(path), "/sys/block/%s/device/transport", disk);
	if (read_file(path, transport, sizeof(transport)) <= 0)
		return false;
	return !strncmp(transport, "tcp", 3) || !strncmp(transport, "rdma", 4);
}

static bool over_iscsi(const char *disk)
{
	char path[PATH_MAX], real[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/block/%s/device", disk);
	return realpath(path, real) && strstr(real, "/session");
}

static void write_class(int map, const char *disk)
{
	__u32 class = NSW_DEV_NET, dev;
	unsigned int major, minor;
	char path[PATH_MAX], buf[32];

	snprintf(path, sizeof(path), "/sys/block/%s/dev", disk);
	if (read_file(path, buf, sizeof(buf)) <= 0 ||
	    sscanf(buf, "%u:%u", &major, &minor) != 2)
		return;
	dev = KERNEL_DEV(major, minor);
	bpf_map_update_elem(map, &dev, &class, BPF_ANY);
}

static int map_for_writing(void)
{
	int fd = bpf_obj_get(NSW_PIN_DIR "/maps/nsw_devs");

	return fd >= 0 ? fd : bpf_obj_get(NSW_PIN_DIR "/swap_io/nsw_devs");
}

void swapdev_write_classes(void)
{
	int map = map_for_writing();
	struct dirent *d;
	DIR *disks;

	if (map < 0)
		return;
	disks = opendir("/sys/block");
	while (disks && (d = readdir(disks)))
		/* NBD, rbd and drbd tell by major and name, in BPF. */
		if (over_nvme_fabric(d->d_name) || over_iscsi(d->d_name))
			write_class(map, d->d_name);
	if (disks)
		closedir(disks);
	close(map);
}

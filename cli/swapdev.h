/* SPDX-License-Identifier: GPL-2.0 */
/*
 * swapdev.h - what kind of block device a swap area is on.
 */
#ifndef NETSWAP_SWAPDEV_H
#define NETSWAP_SWAPDEV_H

/**
 * swapdev_write_classes() - tell swap_io.bpf.c which disks lead over a network
 *
 * Follows every disk of /sys/block: NVMe by its controller's transport, SCSI
 * by its iSCSI session, others by major.  Best effort: a disk that is missing
 * in the map is classed by its major or name in BPF.
 */
void swapdev_write_classes(void);

#endif /* NETSWAP_SWAPDEV_H */

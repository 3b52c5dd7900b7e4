/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kernel.bpf.h - the few kernel types our programs read, for CO-RE.
 *
 * Only the fields used are declared; libbpf finds their real offsets in the
 * running kernel's BTF.  Written by hand rather than dumped from the build
 * machine, so that a build needs no BTF and is the same everywhere.
 * Differences between kernel versions are flavours (___) or are asked for
 * with bpf_core_*_exists(), each with the commit that made them.
 */
#ifndef NETSWAP_KERNEL_BPF_H
#define NETSWAP_KERNEL_BPF_H

#include <linux/bpf.h>
#include <asm/ptrace.h>
#include <linux/in.h>
#include <stdbool.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

typedef __u64 u64;
typedef __s64 s64;
typedef __u32 u32;
typedef __s32 s32;
typedef __u16 u16;
typedef __u8 u8;

/* Not in BTF (macros); the same values from 6.1 to 6.18. */
#define PF_MEMALLOC		0x00000800
#define PF_KSWAPD		0x00020000
#define PF_KTHREAD		0x00200000
#define __GFP_MEMALLOC		0x00020000u
#define SOFTIRQ_OFFSET		0x00000100	/* preempt.h: serving softirq */
#define AF_INET			2
#define AF_INET6		10
#define ETH_P_IP		0x0800
#define ETH_P_IPV6		0x86DD
#define ETH_P_ARP		0x0806
#define ETH_P_8021Q		0x8100
#define ETH_P_8021AD		0x88A8
#define NFS_SUPER_MAGIC		0x6969
#define NBD_MAJOR		43
#define MINORBITS		20

#pragma clang attribute push(__attribute__((preserve_access_index)),	\
			     apply_to = record)

typedef struct { int counter; } atomic_t;
typedef struct { s64 counter; } atomic_long_t;
typedef struct { int counter; } refcount_t;

struct list_head {
	struct list_head *next;
};

struct page {
	struct list_head lru;
};

struct kernfs_node {
	u64 id;
};

struct cgroup;

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
};

struct pglist_data;

struct lruvec {
	struct pglist_data *pgdat;
};

struct mem_cgroup_per_node {
	struct lruvec lruvec;
};

struct mem_cgroup {
	struct cgroup_subsys_state css;
	struct mem_cgroup_per_node *nodeinfo[1];
};

struct css_set {
	struct cgroup_subsys_state *subsys[1];
	struct cgroup *dfl_cgrp;
};

struct task_struct {
	unsigned int flags;
	int pid;
	int tgid;
	void *reclaim_state;
	struct css_set *cgroups;
	char comm[16];
};

struct zone {
	unsigned long _watermark[3];
	unsigned long watermark_boost;
	atomic_long_t managed_pages;
	const char *name;
	atomic_long_t vm_stat[1];
};

struct wait_queue_head {
	struct list_head head;
};

struct pglist_data {
	struct zone node_zones[1];
	int node_id;
	struct wait_queue_head kswapd_wait;
};

struct pglist_data___int {
	int kswapd_failures;	/* until 6.17 */
};

struct pglist_data___atomic {
	atomic_t kswapd_failures;
};

struct static_key {
	atomic_t enabled;
};

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct net_device {
	possible_net_t nd_net;
};

struct sock_cgroup_data {
	struct cgroup *cgroup;
};

struct sock_common {
	unsigned short skc_family;
	volatile unsigned char skc_state;
	u16 skc_num;
	u16 skc_dport;
	u32 skc_daddr;
	u32 skc_rcv_saddr;
	struct { u8 s6_addr[16]; } skc_v6_daddr, skc_v6_rcv_saddr;
	possible_net_t skc_net;
	struct { s64 counter; } skc_cookie;
	unsigned long skc_flags;
};

struct sk_backlog_part {
	atomic_t rmem_alloc;
};

struct sock {
	struct sock_common __sk_common;
	struct sk_backlog_part sk_backlog;
	u16 sk_protocol;
	int sk_rcvbuf;
	int sk_sndbuf;
	refcount_t sk_wmem_alloc;
	unsigned int sk_allocation;
	struct mem_cgroup *sk_memcg;
	struct sock_cgroup_data sk_cgrp_data;
	void *sk_user_data;
	void *sk_data_ready;
};

struct tcp_sock {
	u32 total_retrans;
};

struct udp_sock {
	void *encap_rcv;
};

struct socket {
	struct sock *sk;
	void *ops;
};

struct inode;
struct super_block {
	unsigned long s_magic;
};

struct inode {
	struct super_block *i_sb;
};

struct address_space {
	struct inode *host;
};

struct file {
	struct address_space *f_mapping;
	void *private_data;
};

struct kiocb {
	struct file *ki_filp;
};

struct swap_iocb {
	struct kiocb iocb;
	int pages;
	int len;
};

struct sk_buff {
	struct sock *sk;
	struct net_device *dev;
	u8 pfmemalloc:1;
	int skb_iif;
	u16 protocol;
	u16 transport_header;
	u16 network_header;
	unsigned char *head, *data;
	unsigned int len, data_len;
};

struct gendisk {
	int major;
	int first_minor;
	char disk_name[32];
};

struct request_queue {
	struct gendisk *disk;
};

struct bio_vec {
	struct page *bv_page;
};

struct bio {
	struct bio_vec *bi_io_vec;
};

struct request {
	struct request_queue *q;
	struct bio *bio;
	u32 cmd_flags;
	unsigned int __data_len;
	u64 __sector;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__tcp {
	struct bpf_iter_meta *meta;
	struct sock_common *sk_common;
};

struct bpf_iter__udp {
	struct bpf_iter_meta *meta;
	struct udp_sock *udp_sk;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
};

/* 6.2 (fff6cfa4ae9c) to 6.14 keep the preempt count here on x86. */
struct pcpu_hot {
	int preempt_count;
};

#pragma clang attribute pop

/* Enumerators are asked for by name; the values here are never used. */
enum zone_stat_item { NR_FREE_PAGES };
enum cgroup_subsys_id { memory_cgrp_id };
enum req_flag_bits { __REQ_SWAP };
enum pageflags { PG_swapcache, PG_swapbacked };
enum sock_flags { SOCK_MEMALLOC };
enum skb_drop_reason {
	SKB_DROP_REASON_SOCKET_FILTER,
	SKB_DROP_REASON_UNHANDLED_PROTO,
	SKB_DROP_REASON_SOCKET_BACKLOG,
	/* 6.17 (a6f190630d07); before, the same drop is SOCKET_FILTER. */
	SKB_DROP_REASON_PFMEMALLOC,
};
enum vmscan_throttle_state {
	VMSCAN_THROTTLE_WRITEBACK,
	VMSCAN_THROTTLE_ISOLATED,
	VMSCAN_THROTTLE_NOPROGRESS,
	VMSCAN_THROTTLE_CONGESTED,
};
enum zone_type { ZONE_NORMAL, __MAX_NR_ZONES };

/* Only where the running kernel knows it, else -1: no such value occurs. */
#define nsw_enum(type, name)						\
	(bpf_core_enum_value_exists(enum type, name) ?			\
	 (int)bpf_core_enum_value(enum type, name) : -1)

#endif /* NETSWAP_KERNEL_BPF_H */

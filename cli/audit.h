/* SPDX-License-Identifier: GPL-2.0 */
/*
 * audit.h - is the way from each swap area to its server protected?
 *
 * Three steps that share nothing but the structs below: audit_collect()
 * reads files and judges nothing, audit_judge() judges and reads nothing,
 * audit_print_text() and audit_json() show the result.  So every rule can
 * be tested with a directory of files.
 */
#ifndef NETSWAP_AUDIT_H
#define NETSWAP_AUDIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct nsw_audit_info;
struct nsw_snapshot;

#define AUDIT_MAX_AREAS		32	/* the kernel's MAX_SWAPFILES limit */
#define AUDIT_MAX_HOPS		24
#define AUDIT_MAX_LEAVES	8
#define AUDIT_MAX_TASKS		64
#define AUDIT_MAX_IFS		64
#define AUDIT_MAX_ADDRS		128
#define AUDIT_MAX_PLACES	64
#define AUDIT_PATH_LEN		512
#define AUDIT_NAME_LEN		64

/*
 * Who carries the pages at the end of a path.
 * A(id, name in JSON, protected by the kernel as a rule, description)
 */
#define AUDIT_TRANSPORTS(A)						\
	A(NBD, "nbd", 1, "NBD")						\
	A(NFS, "nfs", 1, "NFS over TCP")				\
	A(NFS_RDMA, "nfs-rdma", 0, "NFS over RDMA")			\
	A(SMB, "smb", 0, "SMB")						\
	A(CEPH, "ceph", 0, "Ceph")					\
	A(DRBD, "drbd", 0, "DRBD")					\
	A(ISCSI, "iscsi", 1, "iSCSI over TCP")				\
	A(ISER, "iser", 0, "iSCSI over RDMA")				\
	A(HBA, "hba", -1, "storage adapter with its own network")	\
	A(NVME_TCP, "nvme-tcp", 1, "NVMe over TCP")			\
	A(NVME_RDMA, "nvme-rdma", 0, "NVMe over RDMA")			\
	A(USERSPACE, "userspace", 0, "a process on this host")		\
	A(NETFS, "netfs", 0, "network file system without swap support")

enum audit_transport {
#define AUDIT_ROW(id, ...) AUDIT_T_##id,
	AUDIT_TRANSPORTS(AUDIT_ROW)
#undef AUDIT_ROW
	AUDIT_NR_TRANSPORTS
};

struct audit_transport_info {
	const char *name;
	int protect;		/* 1, 0, or -1: can't be told */
	const char *title;
};

extern const struct audit_transport_info audit_transports[];

/**
 * struct audit_leaf - the end of one path, where the network begins
 * @name: "nbd0", "server:/export", "nvme1", ...
 * @peer: numeric address of the server, "" unknown
 * @port: 0 unknown
 * @connected: for nbd: has a socket
 * @tls, @unix_sock, @pnfs, @krb5, @max_connect: as configured
 * @loop: reached through a loop device, so through the page cache
 * @task: index in audit_input.task of the process behind it, -1 none
 * @iface: interfaces to the peer, by route; @nr_ifaces 0 = unknown
 * @sock: indices in the snapshot of its memalloc sockets
 */
struct audit_leaf {
	enum audit_transport transport;
	char name[AUDIT_PATH_LEN];
	char peer[AUDIT_NAME_LEN];
	unsigned int port;
	bool connected;
	bool tls;
	bool unix_sock;
	bool krb5;
	bool max_connect;
	bool loop;
	char pnfs[AUDIT_NAME_LEN];
	int task;
	int nr_ifaces;
	int iface[4];
	int nr_socks;
	int sock[16];
};

/**
 * struct audit_hop - one step from swap area to socket
 * @protect: 1 yes, 0 no, -1 unknown; for a hop with @leaf >= 0 the findings
 *	about that leaf decide
 */
struct audit_hop {
	char hop[16];
	char name[AUDIT_PATH_LEN];
	char detail[160];
	int protect;
	int leaf;
};

/**
 * struct audit_area - one line of /proc/swaps
 * @lost: the path could not be followed to its end: why
 */
struct audit_area {
	char path[AUDIT_PATH_LEN];
	bool file;
	bool deleted;
	unsigned long long size_kb;
	unsigned long long used_kb;
	char lost[160];
	int nr_hops;
	struct audit_hop hop[AUDIT_MAX_HOPS];
	int nr_leaves;
	struct audit_leaf leaf[AUDIT_MAX_LEAVES];
};

/**
 * struct audit_task - a process that a swap path may wait for
 * @locked: all its memory is locked (VmLck covers VmRSS)
 */
struct audit_task {
	int pid;
	char comm[32];
	char cmdline[AUDIT_PATH_LEN];	/* arguments separated by \n */
	int oom_score_adj;
	bool locked;
};

enum audit_rx {
	AUDIT_RX_RESERVE,	/* refill may use the reserves */
	AUDIT_RX_PARTLY,	/* only for small packets, see the note */
	AUDIT_RX_NONE,		/* refill stops when memory is short */
	AUDIT_RX_UNKNOWN,
};

enum audit_if_kind {
	AUDIT_IF_PHYSICAL,
	AUDIT_IF_STACKED,	/* bond, bridge, vlan: look at @lower */
	AUDIT_IF_WIREGUARD,
	AUDIT_IF_TUN,
	AUDIT_IF_OTHER,		/* lo, dummy, tunnels */
};

struct audit_if {
	char name[32];
	char driver[32];
	enum audit_if_kind kind;
	enum audit_rx rx;
	int nr_lower;
	int lower[8];
};

/**
 * struct audit_driver - what one NIC driver's receive refill does
 * @xdp: native XDP from Linux 6.@xdp on; 1 = in 6.1 already, 0 = not in 6.12
 * @note: allocation it rests on, source and line of Linux 6.12.117
 */
struct audit_driver {
	const char *name;
	enum audit_rx rx;
	int xdp;
	const char *note;
};

/**
 * struct audit_place - where `netswap guard` is
 * @name: interface or cgroup
 * @there: false if the kernel no longer has it
 */
struct audit_place {
	char name[AUDIT_NAME_LEN];
	bool cgroup;
	bool there;
};

/**
 * struct audit_input - all the rules may look at
 * @patched: the kernel has the series of kernel-patches/
 * @tcp_max_pages, @tcp_used_pages: of all TCP sockets together, -1 unknown
 * @place: of the guard; none while it is off
 * @snap: memalloc sockets and key, NULL unknown
 * @full: some table above overflowed, or a file was cut
 */
struct audit_input {
	char kernel[AUDIT_NAME_LEN];
	unsigned int major;
	unsigned int minor;
	bool patched;
	long long min_free_kb;		/* -1 unknown */
	long long tcp_max_pages;
	long long tcp_used_pages;
	int nr_areas;
	struct audit_area area[AUDIT_MAX_AREAS];
	int nr_tasks;
	struct audit_task task[AUDIT_MAX_TASKS];
	int nr_ifs;
	struct audit_if ifs[AUDIT_MAX_IFS];
	int nr_addrs;
	char addr[AUDIT_MAX_ADDRS][AUDIT_NAME_LEN];
	int nr_places;
	struct audit_place place[AUDIT_MAX_PLACES];
	bool full;
	const struct nsw_snapshot *snap;
};

enum audit_severity {
	AUDIT_OK,
	AUDIT_INFO,
	AUDIT_WARN,
	AUDIT_UNKNOWN,		/* may be bad, can't be told */
	AUDIT_BAD,
	AUDIT_NR_SEVERITIES
};

struct audit_report;

/**
 * struct audit_rule - one thing that can be right or wrong
 * @id: stable name of the finding, documented in docs/audit.md
 * @why, @remedy: of every finding of this rule
 * @leaf: called for every leaf of every area, or NULL
 * @host: called once, or NULL
 */
struct audit_rule {
	const char *id;
	const char *why;
	const char *remedy;
	void (*leaf)(struct audit_report *r, int area, int leaf);
	void (*host)(struct audit_report *r);
};

struct audit_finding {
	const struct audit_rule *rule;
	size_t order;		/* in which it was found: that of the rules */
	enum audit_severity severity;
	char subject[AUDIT_PATH_LEN];
	char what[AUDIT_PATH_LEN];
};

/**
 * struct audit_report - what the rules found
 * @worst: per leaf, the worst severity found about it
 * @now: rule that is running
 */
struct audit_report {
	const struct audit_input *in;
	const struct audit_rule *now;
	size_t nr;
	size_t room;
	struct audit_finding *finding;
	enum audit_severity worst[AUDIT_MAX_AREAS][AUDIT_MAX_LEAVES];
	bool failed;		/* out of memory */
};

/* In the order they run; an entry without id ends each. */
extern const struct audit_rule audit_rules_leaf[];
extern const struct audit_rule audit_rules_host[];
extern const struct audit_rule audit_rules_guard[];
extern const struct audit_rule audit_rules_sum[];
extern const char *const audit_severities[AUDIT_NR_SEVERITIES];
extern const struct audit_driver audit_drivers[];

/**
 * audit_collect() - read what there is to know
 * @in: result
 * @root: directory that holds proc/ and sys/, "" or "/" for this machine
 * @snap: memalloc sockets and key, NULL if unknown; must outlive @in
 *
 * Return: 0, or a negative errno, reported: /proc/swaps can't be read.
 * Anything else that is missing shows in the findings.
 */
int audit_collect(struct audit_input *in, const char *root,
		  const struct nsw_snapshot *snap);

/**
 * audit_judge() - apply every rule
 * @r: result; free with audit_free()
 * @in: input; must outlive @r
 * @skip: id of a rule to leave out, for tests; else NULL
 *
 * Return: 0 or -ENOMEM.
 */
int audit_judge(struct audit_report *r, const struct audit_input *in,
		const char *skip);

/** audit_free() - release the findings. */
void audit_free(struct audit_report *r);

/**
 * audit_safe() - the answer
 *
 * Return: 1 safe or nothing to audit, 0 not safe, -1 can't be told.
 */
int audit_safe(const struct audit_report *r);

/**
 * audit_summary() - audit this machine, for a recording
 *
 * Not valid if it can't be done, which is reported.
 */
void audit_summary(struct nsw_audit_info *info);

/** audit_socks_known() - does @in list all memalloc sockets? */
bool audit_socks_known(const struct audit_input *in);

/** audit_find_if() - index of the interface @name in @in, or -1. */
int audit_find_if(const struct audit_input *in, const char *name);

/** audit_nr_leaves() - number of paths that leave this machine's kernel. */
int audit_nr_leaves(const struct audit_input *in);

/** audit_nr_socket_leaves() - those of them that use sockets of the kernel. */
int audit_nr_socket_leaves(const struct audit_input *in);

/**
 * audit_each_nic() - call @fn for each network card that swap goes through
 *
 * For all of them, and with swap = false, where no swap leads over a network.
 */
void audit_each_nic(struct audit_report *r,
		    void (*fn)(struct audit_report *r,
			       const struct audit_if *f, bool swap));

/** audit_places() - where the guard is, on this machine. */
void audit_places(struct audit_input *in);

/**
 * audit_leaf_protected() - are the sockets of a leaf protected?
 *
 * Return: 1, 0, or -1 unknown.
 */
int audit_leaf_protected(const struct audit_report *r, int area, int leaf);

/** audit_find_driver() - row of a NIC driver, or NULL. */
const struct audit_driver *audit_find_driver(const char *name);

/** audit_print_text() - for people. */
void audit_print_text(const struct audit_report *r, FILE *out);

/** audit_json() - the same as one JSON document, NULL without memory. */
json_t *audit_json(const struct audit_report *r);

/** audit_add() - a finding of the running rule. */
void audit_add(struct audit_report *r, enum audit_severity severity,
	       int area, int leaf, const char *subject, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));

/** audit_is_local() - is @addr an address of this machine? */
bool audit_is_local(const struct audit_input *in, const char *addr);

/** audit_copy() - bounded copy, always terminated. */
void audit_copy(char *to, size_t len, const char *from);

/** audit_base() - last component of a path. */
const char *audit_base(const char *path);

#endif /* NETSWAP_AUDIT_H */

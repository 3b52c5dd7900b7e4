/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cases.h - each machine of this directory, and all that is wrong with it.
 */
#define MAX_EXPECT	8

struct sock {
	const char *owner;
	const char *peer;
	unsigned short port;
	unsigned int buf;
	unsigned long long memcg;
};

struct test {
	const char *name;
	const char *tree;
	const char *class;	/* of the first area, NULL: don't look */
	int safe;
	bool blind;		/* no snapshot */
	bool leak;
	struct sock sock;
	struct audit_place place[3];	/* the last is empty */
	bool blind_guard;	/* its events are not seen */
	const char *expect[MAX_EXPECT];
};

#define NBD	{ "nbd", "192.168.1.9", 10809, 1 << 20, 0 }
#define NFS(a)	{ "nfs", a, 2049, 1 << 20, 0 }

static const struct test tests[] = {
	{ "no swap", "none", NULL, 1, .expect = {
		"info nic-virtio-refill", "info nic-no-reserve",
		"ok no-network-swap" } },
	{ "no swap, key leaked", "none", NULL, 1, .leak = true, .expect = {
		"warn key-leaked", "info nic-virtio-refill",
		"info nic-no-reserve", "ok no-network-swap" } },
	{ "local swap, no BPF", "local", "local", 1, .blind = true,
	  .expect = { "ok no-network-swap" } },
	{ "local nvme", "nvme-pcie", "local", 1, .expect = {
		"ok no-network-swap" } },
	{ "nbd", "nbd", "nbd", 1, .sock = NBD, .expect = {
		"ok path-protected" } },
	{ "nbd, no BPF", "nbd", "nbd", -1, .blind = true, .expect = {
		"unknown sockets-unknown" } },
	{ "nbd, charged", "nbd", "nbd", 1,
	  .sock = { "nbd", "192.168.1.9", 10809, 4096, 4711 }, .expect = {
		"warn socket-memcg" } },
	{ "nbd, root cgroup", "nbd", "nbd", 1,
	  .sock = { "nbd", "192.168.1.9", 10809, 4096, 1 }, .expect = {
		"ok path-protected" } },
	{ "nbd, huge buffers", "nbd", "nbd", 1,
	  .sock = { "nbd", "192.168.1.9", 10809, 0xffffffff, 0 },
	  .expect = { "ok path-protected" } },
	{ "nbd, server on this host", "nbd", "nbd", 0,
	  .sock = { "nbd", "192.168.1.2", 10809, 4096, 0 }, .expect = {
		"bad server-on-host" } },
	{ "nbd, server on this host, mapped", "nbd", "nbd", 0,
	  .sock = { "unknown", "::ffff:127.0.0.1", 10809, 4096, 0 },
	  .expect = { "bad server-on-host" } },
	{ "nbd, socket not TCP", "nbd", "nbd", 0, .expect = {
		"bad nbd-no-tcp-socket" } },
	{ "nbd, client not locked", "nbd-unlocked", "nbd", 1, .sock = NBD,
	  .expect = { "warn nbd-client-swappable" } },
	{ "nbd with TLS", "nbd-tls", "nbd", 0, .blind = true, .expect = {
		"bad nbd-tls", "unknown sockets-unknown" } },
	{ "nbd with TLS by nbdtab", "nbd-tab", "nbd", 0, .expect = {
		"bad nbd-tls" } },
	{ "nbd, unix socket", "nbd-unix", "nbd", 0, .expect = {
		"bad nbd-unix-socket" } },
	{ "qemu-nbd here", "nbd-qemu", "nbd", 0, .sock = NBD, .expect = {
		"bad server-on-host" } },
	{ "nbd disconnected", "nbd-gone", "nbd", 0, .expect = {
		"bad nbd-not-connected" } },
	{ "dm-crypt on nbd", "dm-nbd", "nbd", 1, .sock = NBD, .expect = {
		"ok path-protected" } },
	{ "ext4 on nbd", "ext4-nbd", "nbd", 1, .sock = NBD, .expect = {
		"ok path-protected" } },
	{ "NFSv4", "nfs4", "nfs", 1, .sock = NFS("192.168.1.9"), .expect = {
		"ok path-protected",
		"warn nfs-writeback" } },
	{ "NFSv4, not marked", "nfs4", "nfs", -1, .expect = {
		"unknown no-memalloc-socket",
		"warn nfs-writeback" } },
	{ "NFSv4, another's socket", "nfs4", "nfs", -1,
	  .sock = NFS("192.168.1.8"), .expect = {
		"unknown no-memalloc-socket",
		"warn nfs-writeback" } },
	{ "NFSv4, little reserve", "nfs4", "nfs", 1,
	  .sock = { "nfs", "192.168.1.9", 2049, 64 << 20, 0 }, .expect = {
		"ok path-protected",
		"warn nfs-writeback" } },
	{ "NFS over RDMA", "nfs-rdma", "nfs-rdma", 0, .expect = {
		"bad nfs-rdma",
		"warn nfs-writeback" } },
	{ "NFS with TLS", "nfs-tls", "nfs", 0, .sock = NFS("192.168.1.9"),
	  .expect = { "bad nfs-tls", "warn helper-swappable",
		"warn nfs-writeback" } },
	{ "NFS with Kerberos", "nfs-krb5", "nfs", 1,
	  .sock = NFS("192.168.1.9"), .expect = {
		"warn nfs-krb5", "warn nfs-max-connect",
		"warn helper-swappable",
		"warn nfs-writeback" } },
	{ "pNFS", "nfs-pnfs", "nfs", 0, .sock = NFS("192.168.1.9"),
	  .expect = { "bad nfs-pnfs",
		"warn nfs-writeback" } },
	{ "NFS server here", "nfs-local", "nfs", 0,
	  .sock = NFS("192.168.1.2"), .expect = { "bad server-on-host",
		"warn nfs-writeback" } },
	{ "NFS server here, IPv6", "nfs6-local", "nfs", 0, .sock = NFS("::1"),
	  .expect = { "bad server-on-host",
		"warn nfs-writeback" } },
	{ "virtio_net 6.12", "nfs-virtio", "nfs", 0, .sock = NFS("10.9.9.9"),
	  .expect = { "bad nic-virtio-refill", "warn nic-no-reserve",
		"ok path-protected",
		"warn nfs-writeback" } },
	{ "virtio_net 6.19", "nfs-virtio-fixed", "nfs", 1,
	  .sock = NFS("10.9.9.9"), .expect = { "warn nic-no-reserve",
		"ok path-protected",
		"warn nfs-writeback" } },
	{ "odd NIC, tiny reserve", "nfs-odd-nic", "nfs", 1,
	  .sock = NFS("192.168.1.9"), .expect = {
		"warn min-free-low", "warn min-free-tiny",
		"info nic-unknown", "ok path-protected",
		"warn nfs-writeback" } },
	{ "bond of mlx5", "nfs-bond", "nfs", 1, .sock = NFS("10.8.0.1"),
	  .expect = { "warn nic-no-reserve", "ok path-protected",
		"warn nfs-writeback" } },
	{ "tun", "nfs-tun", "nfs", 0, .sock = NFS("10.8.0.1"), .expect = {
		"bad tun-path",
		"warn nfs-writeback" } },
	{ "WireGuard", "nfs-wireguard", "nfs", 1, .sock = NFS("10.8.0.1"),
	  .expect = { "info wireguard-path", "ok path-protected",
		"warn nfs-writeback" } },
	{ "patched 6.12", "nfs-patched", "nfs", 1, .sock = NFS("10.9.9.9"),
	  .expect = { "ok path-protected" } },
	{ "e1000e, tcp_mem", "nbd-e1000e", "nbd", 1, .sock = NBD, .expect = {
		"info nic-no-reserve", "info guard-late",
		"info tcp-mem-shared", "ok path-protected" } },
	{ "vmxnet3 of 6.1, tcp_mem used up", "nbd-vmxnet3", "nbd", 1,
	  .sock = NBD, .expect = {
		"info nic-no-reserve", "info guard-late",
		"warn tcp-mem-shared", "ok path-protected" } },
	{ "guard", "nbd", "nbd", 1, .sock = NBD,
	  .place = { { "eth0", .there = true } }, .expect = {
		"ok path-protected" } },
	{ "guard on the bond", "nfs-bond", "nfs", 1, .sock = NFS("10.8.0.1"),
	  .place = { { "bond0", .there = true } }, .expect = {
		"warn nic-no-reserve", "warn nfs-writeback",
		"ok path-protected" } },
	{ "guard in a cgroup", "nbd", "nbd", 1, .sock = NBD,
	  .place = { { "cgroup 7", .cgroup = true, .there = true } },
	  .expect = { "ok path-protected" } },
	{ "guard elsewhere", "nbd", "nbd", 1, .sock = NBD,
	  .place = { { "eth1", .there = true } }, .expect = {
		"warn guard-degraded", "ok path-protected" } },
	{ "guard gone", "nbd", "nbd", 1, .sock = NBD,
	  .place = { { "interface 7" }, { "eth0", .there = true } },
	  .expect = { "warn guard-degraded", "ok path-protected" } },
	{ "guard that sees no pressure", "nbd", "nbd", 1, .sock = NBD,
	  .place = { { "eth0", .there = true } }, .blind_guard = true,
	  .expect = { "warn guard-degraded", "ok path-protected" } },
	{ "SMB", "smb", "smb", 0, .expect = { "bad smb" } },
	{ "Ceph and DRBD", "ceph-drbd", "ceph", 0, .expect = {
		"bad ceph", "bad drbd" } },
	{ "iSCSI", "iscsi", "iscsi", 1,
	  .sock = { "iscsi", "192.168.1.9", 3260, 4096, 0 }, .expect = {
		"ok path-protected" } },
	{ "iSCSI, not marked", "iscsi", "iscsi", 0, .expect = {
		"bad no-memalloc-socket" } },
	{ "iSER", "iser", "iser", 0, .expect = { "bad rdma-block" } },
	{ "iSCSI adapter", "iscsi-hba", "hba", -1, .expect = {
		"unknown offload-adapter" } },
	{ "nvme-tcp", "nvme-tcp", "nvme-tcp", 1,
	  .sock = { "nvme-tcp", "192.168.1.9", 4420, 4096, 0 }, .expect = {
		"ok path-protected" } },
	{ "nvme-tcp with TLS", "nvme-tls", "nvme-tcp", 0,
	  .sock = { "nvme-tcp", "192.168.1.9", 4420, 4096, 0 }, .expect = {
		"bad nvme-tls" } },
	{ "nvme-rdma", "nvme-rdma", "nvme-rdma", 0, .expect = {
		"bad rdma-block" } },
	{ "nvme-fc", "nvme-fc", "hba", -1, .expect = {
		"unknown offload-adapter" } },
	{ "loop on NFS", "loop-nfs", "nfs", 0, .expect = {
		"bad loop-on-network" } },
	{ "user space", "userspace", "userspace", 0, .expect = {
		"bad userspace-storage", "bad userspace-storage",
		"bad netfs-without-swap", "bad loop-on-network",
		"bad loop-on-network" } },
};

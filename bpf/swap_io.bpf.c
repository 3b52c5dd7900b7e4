// SPDX-License-Identifier: GPL-2.0
/*
 * swap_io.bpf.c - swap traffic, apart by where it leads.
 *
 * Swap reaches a device in two ways (mm/page_io.c in 6.12):
 *
 *   block   swap_writepage_bdev_async() marks its bios REQ_SWAP, so a write
 *           request tells by itself; a read request does not, and is known
 *           by its first page being in the swap cache.  A direct read into
 *           a page that is in the swap cache would be taken for one.
 *   fs      file systems with ->swap_rw (NFS, SMB): folios are collected in
 *           a struct swap_iocb, sent by swap_write_unplug() or
 *           __swap_read_unplug(), finished by sio_*_complete(), whose
 *           kiocb is the first member of the same swap_iocb.
 *
 * A block device is classed by map nsw_devs, which `netswap attach` fills
 * from /proc/swaps and sysfs (NVMe/TCP and iSCSI look like any disk here),
 * else by its major (NBD) or its name (rbd, drbd).
 */
#include "netswap.bpf.h"

struct nsw_io {
	u64 start_ns;
	u64 bytes;
	u64 sector;		/* block: where it began */
	u32 out;		/* 1 = swap-out */
	u32 class;		/* index of the path: see nsw_io_path() */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, u64);
	__type(value, struct nsw_io);
} nsw_ios SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, u32);
	__type(value, u32);
} nsw_devs SEC(".maps");

/* Paths in the order of the rows of metrics.h: two rows (out, in) each. */
enum nsw_io_path {
	NSW_PATH_NBD,
	NSW_PATH_NET,
	NSW_PATH_LOCAL,
	NSW_PATH_NFS,
	NSW_PATH_FS,
	NSW_NR_PATHS,
};

static __always_inline void nsw_io_begin(u64 id, const struct nsw_io *io)
{
	if (bpf_map_update_elem(&nsw_ios, &id, io, BPF_ANY))
		nsw_count(NSW_C_LOST_IO, 1);
}

static __always_inline void nsw_io_end(u64 id, const struct nsw_io *io,
				       bool failed)
{
	u64 ns = bpf_ktime_get_ns() - io->start_ns;
	struct nsw_cpu *row = nsw_cpu();
	u32 i = io->class * 2 + !io->out;

	if (i >= NSW_NR_PATHS * 2)
		return;
	if (failed) {
		nsw_add(row, io->class < NSW_PATH_NFS ? NSW_C_SWAP_BLOCK_ERR :
			NSW_C_SWAP_FS_ERR, 1);
	} else {
		nsw_add(row, NSW_C_NBD_OUT + i, 1);
		nsw_add(row, NSW_C_NBD_OUT_BYTES + i, io->bytes);
		nsw_hist(row, NSW_H_NBD_OUT + i, ns);
	}
	bpf_map_delete_elem(&nsw_ios, &id);
}

static __always_inline u32 nsw_disk_path(struct gendisk *disk)
{
	u32 major = BPF_CORE_READ(disk, major);
	u32 dev = major << MINORBITS | BPF_CORE_READ(disk, first_minor);
	u32 *class = bpf_map_lookup_elem(&nsw_devs, &dev);
	char name[4] = {};

	if (class)
		return *class == NSW_DEV_NBD ? NSW_PATH_NBD :
		       *class == NSW_DEV_NET ? NSW_PATH_NET : NSW_PATH_LOCAL;
	if (major == NBD_MAJOR)
		return NSW_PATH_NBD;
	bpf_core_read(name, sizeof(name), &disk->disk_name);
	if ((name[0] == 'r' && name[1] == 'b' && name[2] == 'd') ||
	    (name[0] == 'd' && name[1] == 'r' && name[2] == 'b'))
		return NSW_PATH_NET;
	return NSW_PATH_LOCAL;
}

static __always_inline bool nsw_rq_reads_swap(struct request *rq)
{
	struct page *page = BPF_CORE_READ(rq, bio, bi_io_vec, bv_page);
	u64 flags = 0, want = 1ull << nsw_enum(pageflags, PG_swapcache) |
			      1ull << nsw_enum(pageflags, PG_swapbacked);

	/* The first word; its type, not its place, changed in 6.18. */
	bpf_probe_read_kernel(&flags, sizeof(flags), page);
	return (flags & want) == want;
}

/*
 * Is @io still the request that @rq now holds?  A request that ended unseen,
 * or was merged into another after a requeue, leaves its entry to the next
 * user of its struct request, whose bytes are not ours to count.
 */
static __always_inline bool nsw_io_is(const struct nsw_io *io,
				      struct request *rq)
{
	return io->sector + (io->bytes >> 9) == BPF_CORE_READ(rq, __sector);
}

static __always_inline void bl_issue(struct request *rq)
{
	u32 flags = BPF_CORE_READ(rq, cmd_flags), op = flags & 0xff;
	u64 id = (u64)rq;
	struct nsw_io io = {}, *old;

	/* REQ_OP_READ is 0, REQ_OP_WRITE 1: fixed since 4.8. */
	if (op == 1)
		io.out = flags >> nsw_enum(req_flag_bits, __REQ_SWAP) & 1;
	else if (op || !nsw_rq_reads_swap(rq))
		return;
	if (op && !io.out)
		return;
	io.start_ns = bpf_ktime_get_ns();
	io.sector = BPF_CORE_READ(rq, __sector);
	io.class = nsw_disk_path(BPF_CORE_READ(rq, q, disk));
	/* A requeued request is issued again: this restarts its clock. */
	old = bpf_map_lookup_elem(&nsw_ios, &id);
	if (old && !nsw_io_is(old, rq))
		nsw_count(NSW_C_LOST_IO, 1);
	nsw_io_begin(id, &io);
}

static __always_inline void bl_done(struct request *rq, int error, u32 bytes)
{
	u64 id = (u64)rq;
	struct nsw_io *io = bpf_map_lookup_elem(&nsw_ios, &id);

	if (!io)
		return;
	if (!nsw_io_is(io, rq)) {
		nsw_count(NSW_C_LOST_IO, 1);
		bpf_map_delete_elem(&nsw_ios, &id);
		return;
	}
	io->bytes += bytes;
	/* Called before the bytes are taken off: the rest is all of them. */
	if (error || bytes >= BPF_CORE_READ(rq, __data_len))
		nsw_io_end(id, io, error);
}

NSW_TP("block_rq_issue", nsw_bl_issue, bl_issue(rq), struct request *rq)
NSW_TP("block_rq_complete", nsw_bl_done, bl_done(rq, (u8)error, bytes),
       struct request *rq, u32 error, u32 bytes)

static __always_inline void fs_begin(struct swap_iocb *sio, u32 out)
{
	u64 magic = BPF_CORE_READ(sio, iocb.ki_filp, f_mapping, host, i_sb,
				  s_magic);
	struct nsw_io io = {
		.start_ns = bpf_ktime_get_ns(),
		.bytes = BPF_CORE_READ(sio, len),
		.out = out,
		.class = magic == NFS_SUPER_MAGIC ? NSW_PATH_NFS : NSW_PATH_FS,
	};

	nsw_io_begin((u64)sio, &io);
}

static __always_inline void fs_end(u64 id, long ret)
{
	struct nsw_io *io = bpf_map_lookup_elem(&nsw_ios, &id);

	if (io)
		nsw_io_end(id, io, ret < 0 || (u64)ret != io->bytes);
}

NSW_ON_ENTRY("swap_write_unplug", nsw_fs_wr, fs_begin(sio, 1),
	     struct swap_iocb *sio)
NSW_ON_ENTRY("__swap_read_unplug", nsw_fs_rd, fs_begin(sio, 0),
	     struct swap_iocb *sio)
NSW_ON_ENTRY("sio_write_complete", nsw_fs_wr_end, fs_end((u64)iocb, ret),
	     struct kiocb *iocb, long ret)
NSW_ON_ENTRY("sio_read_complete", nsw_fs_rd_end, fs_end((u64)iocb, ret),
	     struct kiocb *iocb, long ret)

char _license[] SEC("license") = "GPL";

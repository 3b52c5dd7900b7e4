/* SPDX-License-Identifier: GPL-2.0 */
/*
 * metrics.h - every number netswap knows, one table row each.
 *
 * A metric is one row here plus one nsw_add()/nsw_hist() call at its hook
 * (bpf/) or, for gauges and kernel counters, one line where it is collected
 * (cli/collect*.c).  Everything else is expanded from the row: the enum, the
 * map's size, the JSON key, the OpenMetrics name, type and unit, the columns
 * of `netswap show`, and docs/metrics.md.
 *
 * Row: M(ID, group, unit, "name", "label", "value", "TITLE", "help")
 *   ID      enumerator without its prefix
 *   group   the hook group (hooks.h) that feeds it; while no hook of that
 *           group is attached the metric is absent, which is not zero
 *   unit    NSW_U_*: what one count is; names end in it where it is not 1
 *   name    [a-z0-9_]+; JSON key and, with the prefix netswap_ (and _total
 *           for counters), the OpenMetrics name.  Rows with one name form one
 *           family and stand next to each other
 *   label   the family's dimension, "" for a family of one; its value
 *           completes the JSON key: name_value
 *   TITLE   table column
 *
 * This header is shared by BPF and user space: no types, no libc.
 */
#ifndef NETSWAP_METRICS_H
#define NETSWAP_METRICS_H

/* Units: U(ID, "suffix in OpenMetrics names", divisor to the base unit). */
#define NSW_UNITS(U)							\
	U(COUNT,	"",		1)				\
	U(PAGES,	"pages",	1)				\
	U(BYTES,	"bytes",	1)				\
	U(NS,		"seconds",	1000000000)

/* Counters that BPF programs keep, per CPU; they only ever grow. */
#define NSW_COUNTERS(M)							\
	M(RSV_ALLOCS, RESERVE, COUNT, "reserve_allocs", "", "",		\
	  "RSVALLOC", "Allocations served from below the min watermark "	\
	  "(page marked pfmemalloc)")					\
	M(RSV_KSWAPD, RESERVE, PAGES, "reserve_pages", "cause", "kswapd",	\
	  "KSWAPD", "Reserve pages taken, by what entitled the allocation")	\
	M(RSV_DIRECT, RESERVE, PAGES, "reserve_pages", "cause",		\
	  "direct_reclaim", "DIRECT", "")				\
	M(RSV_SOFTIRQ, RESERVE, PAGES, "reserve_pages", "cause", "softirq",	\
	  "SOFTIRQ", "")						\
	M(RSV_TASK, RESERVE, PAGES, "reserve_pages", "cause",		\
	  "pf_memalloc", "PFTASK", "")					\
	M(RSV_GFP, RESERVE, PAGES, "reserve_pages", "cause",		\
	  "gfp_memalloc", "GFP", "")					\
	M(RSV_ORDER0, RESERVE, COUNT, "reserve_order", "order", "0",	\
	  "ORDER0", "Reserve allocations by order")			\
	M(RSV_ORDER1, RESERVE, COUNT, "reserve_order", "order", "1",	\
	  "ORDER1", "")							\
	M(RSV_ORDER2, RESERVE, COUNT, "reserve_order", "order", "2",	\
	  "ORDER2", "")							\
	M(RSV_ORDER3, RESERVE, COUNT, "reserve_order", "order", "3",	\
	  "ORDER3", "")							\
	M(RSV_ORDER_MORE, RESERVE, COUNT, "reserve_order", "order", "more",	\
	  "ORDER4+", "")						\
	M(RSV_TRACKED, OUTSTANDING, PAGES, "reserve_tracked_pages", "", "",	\
	  "TRACKED", "Reserve pages whose release is being watched for")	\
	M(RSV_FREED, OUTSTANDING, PAGES, "reserve_freed_pages", "", "",	\
	  "FREED", "Watched reserve pages given back to the allocator")	\
	M(RSV_UNTRACKED, OUTSTANDING, PAGES, "reserve_untracked_pages", "",	\
	  "", "UNTRACKED", "Reserve pages not watched: the table was full")	\
	M(PF_RX, PF_RX, COUNT, "pfmemalloc_received", "", "", "PFRX",	\
	  "Packets received in reserve memory")				\
	M(PF_DELIVERED, SKF_EXIT, COUNT, "pfmemalloc_delivered", "", "",	\
	  "PFOK", "Packets in reserve memory passed to a memalloc socket")	\
	M(PF_DROP_SKF, SK_FILTER, COUNT, "pfmemalloc_drops", "where",	\
	  "sk_filter", "PFDROP", "Packets in reserve memory dropped; the "	\
	  "sk_filter row is the kernel's own PFMemallocDrop, summed over "	\
	  "network namespaces")						\
	M(PF_DROP_PROTO, KFREE, COUNT, "pfmemalloc_drops", "where",	\
	  "protocol", "PFPROTO", "")					\
	M(PF_DROP_BACKLOG, KFREE, COUNT, "pfmemalloc_drops", "where",	\
	  "backlog", "PFBACKLOG", "")					\
	M(PF_TCP, SK_FILTER, COUNT, "pfmemalloc_filter_drops", "proto",	\
	  "tcp", "PFTCP", "Drops at sk_filter by transport protocol")	\
	M(PF_UDP, SK_FILTER, COUNT, "pfmemalloc_filter_drops", "proto",	\
	  "udp", "PFUDP", "")						\
	M(PF_OTHER, SK_FILTER, COUNT, "pfmemalloc_filter_drops", "proto",	\
	  "other", "PFOTHER", "")					\
	M(THR_BEGIN, THROTTLE, COUNT, "throttle", "", "", "THROTTLE",	\
	  "Times a task was put to sleep in throttle_direct_reclaim; the "	\
	  "kernel's own pgscan_direct_throttle")				\
	M(THR_END, THROTTLE, COUNT, "throttle_ended", "", "", "THREND",	\
	  "Throttled tasks that went on")				\
	M(DR_BEGIN, DIRECT, COUNT, "direct_reclaim", "", "", "DRCLAIM",	\
	  "Direct reclaims begun")					\
	M(DR_END, DIRECT, COUNT, "direct_reclaim_ended", "", "", "DREND",	\
	  "Direct reclaims ended")					\
	M(DR_PAGES, DIRECT, PAGES, "direct_reclaim_pages", "", "",	\
	  "DRPAGES", "Pages that direct reclaim freed")			\
	M(RT_WRITEBACK, RECLAIM_THROTTLE, COUNT, "reclaim_throttle",	\
	  "reason", "writeback", "RT-WB", "Waits in reclaim_throttle")	\
	M(RT_ISOLATED, RECLAIM_THROTTLE, COUNT, "reclaim_throttle",	\
	  "reason", "isolated", "RT-ISO", "")				\
	M(RT_NOPROGRESS, RECLAIM_THROTTLE, COUNT, "reclaim_throttle",	\
	  "reason", "noprogress", "RT-NOPRG", "")			\
	M(RT_CONGESTED, RECLAIM_THROTTLE, COUNT, "reclaim_throttle",	\
	  "reason", "congested", "RT-CONG", "")				\
	M(RT_OTHER, RECLAIM_THROTTLE, COUNT, "reclaim_throttle",	\
	  "reason", "other", "RT-OTHER", "")				\
	M(RT_WRITEBACK_NS, RECLAIM_THROTTLE, NS, "reclaim_throttle_time_ns",	\
	  "reason", "writeback", "RT-WB-T", "Time waited in reclaim_throttle")	\
	M(RT_ISOLATED_NS, RECLAIM_THROTTLE, NS, "reclaim_throttle_time_ns",	\
	  "reason", "isolated", "RT-ISO-T", "")				\
	M(RT_NOPROGRESS_NS, RECLAIM_THROTTLE, NS,			\
	  "reclaim_throttle_time_ns", "reason", "noprogress", "RT-NOP-T", "")	\
	M(RT_CONGESTED_NS, RECLAIM_THROTTLE, NS,			\
	  "reclaim_throttle_time_ns", "reason", "congested", "RT-CONG-T", "")	\
	M(RT_OTHER_NS, RECLAIM_THROTTLE, NS, "reclaim_throttle_time_ns",	\
	  "reason", "other", "RT-OTH-T", "")				\
	M(KS_WAKEUPS, KSWAPD, COUNT, "kswapd_wakeups", "", "", "KSCALLS",	\
	  "Wake-ups of a sleeping kswapd asked for by allocators")	\
	M(KS_WAKES, KSWAPD, COUNT, "kswapd_wakes", "", "", "KSWAKE",	\
	  "Times kswapd began to reclaim")				\
	M(KS_SLEEPS, KSWAPD, COUNT, "kswapd_sleeps", "", "", "KSSLEEP",	\
	  "Times kswapd went to sleep")					\
	M(KS_AWAKE_NS, KSWAPD, NS, "kswapd_awake_ns", "", "", "KSAWAKE",	\
	  "Time kswapd was awake, added when it goes to sleep")		\
	M(NBD_OUT, SWAP_BLOCK, COUNT, "swap_requests", "path", "nbd_out",	\
	  "NBDOUT", "Swap requests completed, by device class and direction")	\
	M(NBD_IN, SWAP_BLOCK, COUNT, "swap_requests", "path", "nbd_in",	\
	  "NBDIN", "")							\
	M(NET_OUT, SWAP_BLOCK, COUNT, "swap_requests", "path", "net_out",	\
	  "NETOUT", "")							\
	M(NET_IN, SWAP_BLOCK, COUNT, "swap_requests", "path", "net_in",	\
	  "NETIN", "")							\
	M(LOCAL_OUT, SWAP_BLOCK, COUNT, "swap_requests", "path",		\
	  "local_out", "LOCOUT", "")					\
	M(LOCAL_IN, SWAP_BLOCK, COUNT, "swap_requests", "path", "local_in",	\
	  "LOCIN", "")							\
	M(NFS_OUT, SWAP_FS, COUNT, "swap_requests", "path", "nfs_out",	\
	  "NFSOUT", "")							\
	M(NFS_IN, SWAP_FS, COUNT, "swap_requests", "path", "nfs_in",	\
	  "NFSIN", "")							\
	M(FS_OUT, SWAP_FS, COUNT, "swap_requests", "path", "fs_out",	\
	  "FSOUT", "")							\
	M(FS_IN, SWAP_FS, COUNT, "swap_requests", "path", "fs_in",		\
	  "FSIN", "")							\
	M(NBD_OUT_BYTES, SWAP_BLOCK, BYTES, "swap_bytes", "path",		\
	  "nbd_out", "NBDOUT-B", "Bytes of completed swap requests")	\
	M(NBD_IN_BYTES, SWAP_BLOCK, BYTES, "swap_bytes", "path", "nbd_in",	\
	  "NBDIN-B", "")						\
	M(NET_OUT_BYTES, SWAP_BLOCK, BYTES, "swap_bytes", "path",		\
	  "net_out", "NETOUT-B", "")					\
	M(NET_IN_BYTES, SWAP_BLOCK, BYTES, "swap_bytes", "path", "net_in",	\
	  "NETIN-B", "")						\
	M(LOCAL_OUT_BYTES, SWAP_BLOCK, BYTES, "swap_bytes", "path",	\
	  "local_out", "LOCOUT-B", "")					\
	M(LOCAL_IN_BYTES, SWAP_BLOCK, BYTES, "swap_bytes", "path",		\
	  "local_in", "LOCIN-B", "")					\
	M(NFS_OUT_BYTES, SWAP_FS, BYTES, "swap_bytes", "path", "nfs_out",	\
	  "NFSOUT-B", "")						\
	M(NFS_IN_BYTES, SWAP_FS, BYTES, "swap_bytes", "path", "nfs_in",	\
	  "NFSIN-B", "")						\
	M(FS_OUT_BYTES, SWAP_FS, BYTES, "swap_bytes", "path", "fs_out",	\
	  "FSOUT-B", "")						\
	M(FS_IN_BYTES, SWAP_FS, BYTES, "swap_bytes", "path", "fs_in",	\
	  "FSIN-B", "")							\
	M(SWAP_BLOCK_ERR, SWAP_BLOCK, COUNT, "swap_errors", "layer",	\
	  "block", "BLKERR", "Swap requests that failed")		\
	M(SWAP_FS_ERR, SWAP_FS, COUNT, "swap_errors", "layer", "fs",	\
	  "FSERR", "")							\
	M(SK_SET, SK_MARK, COUNT, "memalloc_set", "", "", "SKSET",		\
	  "Calls of sk_set_memalloc")					\
	M(SK_CLEAR, SK_MARK, COUNT, "memalloc_clear", "", "", "SKCLEAR",	\
	  "Calls of sk_clear_memalloc")					\
	M(G_BEGIN, GUARD, COUNT, "guard_engagements", "", "", "GENGAGE",	\
	  "Times that pressure began while the guard was on")		\
	M(G_TIME_NS, GUARD, NS, "guard_engaged_time_ns", "", "", "GTIME",	\
	  "Time under pressure, added when it is over")			\
	M(G_EXT_LEVEL, GUARD, COUNT, "guard_pressure", "cause", "level",	\
	  "GLEVEL", "Events that began the guard's lease, or extended it by "	\
	  "an eighth or more")						\
	M(G_EXT_RESERVE, GUARD, COUNT, "guard_pressure", "cause", "reserve",	\
	  "GRESERVE", "")						\
	M(G_EXT_THROTTLE, GUARD, COUNT, "guard_pressure", "cause",		\
	  "throttle", "GTHROTTL", "")					\
	M(G_EXT_MANUAL, GUARD, COUNT, "guard_pressure", "cause", "manual",	\
	  "GMANUAL", "")						\
	M(G_CACHED, GUARD, COUNT, "guard_packets", "verdict", "cached",	\
	  "GCACHED", "Packets looked at under pressure: of memalloc sockets "	\
	  "known from the cache or just looked up, from their peers, fragments "	\
	  "of packets seen, "						\
	  "by rules allowed, within a budget, dropped, or in monitor mode "	\
	  "passed and not dropped")						\
	M(G_MEMALLOC, GUARD, COUNT, "guard_packets", "verdict", "memalloc",	\
	  "GMEMALLO", "")						\
	M(G_PEER, GUARD, COUNT, "guard_packets", "verdict", "peer",	\
	  "GPEER", "")							\
	M(G_FRAGMENT, GUARD, COUNT, "guard_packets", "verdict", "fragment",	\
	  "GFRAG", "")							\
	M(G_ALLOWED, GUARD, COUNT, "guard_packets", "verdict", "allowed",	\
	  "GALLOWED", "")						\
	M(G_BUDGET, GUARD, COUNT, "guard_packets", "verdict", "in_budget",	\
	  "GBUDGET", "")						\
	M(G_DROPPED, GUARD, COUNT, "guard_packets", "verdict", "dropped",	\
	  "GDROP", "")							\
	M(G_WOULD, GUARD, COUNT, "guard_packets", "verdict", "would_drop",	\
	  "GWOULD", "")							\
	M(G_DROP_BYTES, GUARD, BYTES, "guard_dropped_bytes", "", "",	\
	  "GDROP-B", "Bytes of packets dropped, or that would have been")	\
	M(G_WHY_ARP, GUARD, COUNT, "guard_passed", "why", "arp",	\
	  "GARP", "Packets under pressure that pass whatever the rules say: "	\
	  "needed to reach anyone at all, or not understood")	\
	M(G_WHY_ND, GUARD, COUNT, "guard_passed", "why", "nd",	\
	  "GND", "")	\
	M(G_WHY_ICMP_ERROR, GUARD, COUNT, "guard_passed", "why", "icmp_error",	\
	  "GICMP", "")	\
	M(G_WHY_DHCP, GUARD, COUNT, "guard_passed", "why", "dhcp",	\
	  "GDHCP", "")	\
	M(G_WHY_TRUNCATED, GUARD, COUNT, "guard_passed", "why", "truncated",	\
	  "GTRUNC", "")	\
	M(G_WHY_ETHERTYPE, GUARD, COUNT, "guard_passed", "why", "ethertype",	\
	  "GETHTYPE", "")	\
	M(G_WHY_HEADER, GUARD, COUNT, "guard_passed", "why", "header",	\
	  "GHEADER", "")	\
	M(G_WHY_DEEP, GUARD, COUNT, "guard_passed", "why", "deep",	\
	  "GDEEP", "")	\
	M(G_WHY_FRAGMENT, GUARD, COUNT, "guard_passed", "why", "fragment",	\
	  "GFRAG1ST", "")	\
	M(G_WHY_PROTOCOL, GUARD, COUNT, "guard_passed", "why", "protocol",	\
	  "GPROTO", "")	\
	M(G_WHY_POLICY, GUARD, COUNT, "guard_passed", "why", "policy",	\
	  "GPOLICY", "")	\
	M(G_ADMITTED, GUARD, COUNT, "guard_admitted", "", "", "GADMIT",	\
	  "Packets in the reserve for an ordinary socket that the policy "	\
	  "allows, and the kernel would have dropped (kernel-patches/)")	\
	M(LOST_TABLE, SELF, COUNT, "lost", "what", "table", "LOST-TAB",	\
	  "What netswap itself could not record: rows of the top tables "	\
	  "(summed elsewhere), tasks and I/Os in flight, kernel stacks")	\
	M(LOST_TASK, SELF, COUNT, "lost", "what", "task", "LOST-TASK", "")	\
	M(LOST_IO, SELF, COUNT, "lost", "what", "io", "LOST-IO", "")	\
	M(LOST_STACK, SELF, COUNT, "lost", "what", "stack", "LOST-STK", "")	\
	M(EVENTS, SELF, COUNT, "events", "", "", "EVENTS",			\
	  "Events put into the ring")

/* Log2 histograms of nanoseconds, per CPU, same row form. */
#define NSW_HISTS(M)							\
	M(THROTTLE, THROTTLE, NS, "throttle_time_ns", "", "", "THR-T",	\
	  "Time a task slept in throttle_direct_reclaim")			\
	M(DIRECT, DIRECT, NS, "direct_reclaim_time_ns", "", "", "DR-T",	\
	  "Time from begin to end of one direct reclaim")			\
	M(NBD_OUT, SWAP_BLOCK, NS, "swap_latency_ns", "path", "nbd_out",	\
	  "NBDOUT-T", "Swap request latency, from issue to completion")	\
	M(NBD_IN, SWAP_BLOCK, NS, "swap_latency_ns", "path", "nbd_in",	\
	  "NBDIN-T", "")						\
	M(NET_OUT, SWAP_BLOCK, NS, "swap_latency_ns", "path", "net_out",	\
	  "NETOUT-T", "")						\
	M(NET_IN, SWAP_BLOCK, NS, "swap_latency_ns", "path", "net_in",	\
	  "NETIN-T", "")						\
	M(LOCAL_OUT, SWAP_BLOCK, NS, "swap_latency_ns", "path",		\
	  "local_out", "LOCOUT-T", "")					\
	M(LOCAL_IN, SWAP_BLOCK, NS, "swap_latency_ns", "path", "local_in",	\
	  "LOCIN-T", "")						\
	M(NFS_OUT, SWAP_FS, NS, "swap_latency_ns", "path", "nfs_out",	\
	  "NFSOUT-T", "")						\
	M(NFS_IN, SWAP_FS, NS, "swap_latency_ns", "path", "nfs_in",	\
	  "NFSIN-T", "")						\
	M(FS_OUT, SWAP_FS, NS, "swap_latency_ns", "path", "fs_out",	\
	  "FSOUT-T", "")						\
	M(FS_IN, SWAP_FS, NS, "swap_latency_ns", "path", "fs_in",		\
	  "FSIN-T", "")

/* Gauges: state, collected by user space from maps and the socket iterator. */
#define NSW_GAUGES(M)							\
	M(OUTSTANDING, OUTSTANDING, PAGES, "reserve_outstanding_pages", "",	\
	  "", "OUTST", "Reserve pages not yet given back: an upper bound "	\
	  "since load.  Exact for plain and page-fragment pages; a page that "	\
	  "the allocator freed in bulk, or that was split, may stay counted, "	\
	  "and pages taken before load are not seen")			\
	M(THROTTLED, THROTTLE, COUNT, "throttled_tasks", "", "", "THRNOW",	\
	  "Tasks asleep in throttle_direct_reclaim now")			\
	M(RECLAIMING, DIRECT, COUNT, "direct_reclaim_tasks", "", "",	\
	  "DRNOW", "Tasks inside direct reclaim now")			\
	M(MEMALLOC_KEY, SK_KEY, COUNT, "memalloc_socks_key", "", "", "KEY",	\
	  "The kernel's count of memalloc sockets (static key)")		\
	M(MEMALLOC_SOCKS, SOCKETS, COUNT, "memalloc_sockets", "", "",	\
	  "SOCKS", "Sockets found with SOCK_MEMALLOC, all namespaces")	\
	M(KEY_LEAKED, SOCKETS, COUNT, "memalloc_key_leaked", "", "", "LEAK",	\
	  "1 when the key is positive and no such socket exists")		\
	M(GUARD_MODE, GUARD, COUNT, "guard_mode", "", "", "GMODE",		\
	  "0 the guard is off, 1 monitor, 2 enforce")			\
	M(GUARD_LEASE, GUARD, NS, "guard_lease_ns", "", "", "GLEASE",	\
	  "How long the pressure lasts if nothing extends it; 0 none")	\
	M(PROG_MISSES, SELF, COUNT, "program_misses", "", "", "MISSES",	\
	  "Runs of our programs that the kernel skipped (recursion); each "	\
	  "may be one event not counted")				\
	M(PROGS, SELF, COUNT, "programs_attached", "", "", "PROGS",	\
	  "BPF programs attached")					\
	M(SWAP_SAFE, SELF, COUNT, "swap_path_safe", "", "", "SAFE",	\
	  "What netswap audit says: 1 safe, or no swap over a network; 0 "	\
	  "not safe.  Known to netswap export alone")

/*
 * The kernel's own numbers, from /proc: P(ID, unit, "file", "key", "name",
 * "TITLE", "help").  Keys ending in '*' sum every key with that prefix.
 * They need no BPF, and they are what the tests hold ours against.
 */
#define NSW_PROCS(P)							\
	P(THROTTLE, COUNT, "vmstat", "pgscan_direct_throttle",		\
	  "kernel_throttle", "K-THR", "vmstat pgscan_direct_throttle")	\
	P(ALLOCSTALL, COUNT, "vmstat", "allocstall_*", "kernel_allocstall",	\
	  "K-STALL", "vmstat allocstall_*: direct reclaims")		\
	P(PSWPIN, PAGES, "vmstat", "pswpin", "kernel_swapin_pages", "K-SWPIN",	\
	  "vmstat pswpin: pages swapped in, all areas")			\
	P(PSWPOUT, PAGES, "vmstat", "pswpout", "kernel_swapout_pages",	\
	  "K-SWPOUT", "vmstat pswpout: pages swapped out, all areas")	\
	P(OOM_KILL, COUNT, "vmstat", "oom_kill", "kernel_oom_kills",	\
	  "K-OOM", "vmstat oom_kill")					\
	P(PFDROP, COUNT, "netstat", "PFMemallocDrop",			\
	  "kernel_pfmemalloc_drops", "K-PFDROP",			\
	  "TcpExt PFMemallocDrop, summed over the network namespaces "	\
	  "that can be entered")					\
	P(MEM_FREE, BYTES, "meminfo", "MemFree", "mem_free_bytes", "FREE",	\
	  "meminfo MemFree")						\
	P(MEM_AVAILABLE, BYTES, "meminfo", "MemAvailable",		\
	  "mem_available_bytes", "AVAIL", "meminfo MemAvailable")		\
	P(SWAP_TOTAL, BYTES, "meminfo", "SwapTotal", "swap_size_bytes",	\
	  "SWAP", "meminfo SwapTotal")					\
	P(SWAP_FREE, BYTES, "meminfo", "SwapFree", "swap_free_bytes",	\
	  "SWAPFREE", "meminfo SwapFree")				\
	P(MIN_FREE, BYTES, "sysctl", "vm/min_free_kbytes", "min_free_bytes",	\
	  "MINFREE", "sysctl vm.min_free_kbytes")

/* Per-zone fields: Z(member of struct nsw_zone, "name", "TITLE", "help"). */
#define NSW_ZONE_FIELDS(Z)						\
	Z(free_pages, "free_pages", "FREE", "Free pages")			\
	Z(min_pages, "min_pages", "MIN", "Min watermark, boost included")	\
	Z(low_pages, "low_pages", "LOW", "Low watermark, boost included")	\
	Z(high_pages, "high_pages", "HIGH", "High watermark, boost included")	\
	Z(boost_pages, "boost_pages", "BOOST", "Temporary watermark boost")	\
	Z(managed_pages, "managed_pages", "MANAGED", "Pages managed")

/*
 * Who: rows of the top table summed by one label.  The largest are shown, and
 * what the others add up to as "other", so that the sum of a family is the
 * number that is known exactly.  State of a table, not counters: a row moves
 * in and out of "other".  R(ID, kind, by, unit, "name", "labels", "help")
 *   kind    NSW_K_*: the rows; pages of TAKER, ns of THROTTLE, how many DROP
 *   by      NSW_BY_*: what tells them apart
 */
#define NSW_RANKS(R)							\
	R(TASK_PAGES, TAKER, COMM, PAGES, "task_reserve_pages", "comm",	\
	  "Reserve pages taken, by task name")				\
	R(CGROUP_PAGES, TAKER, CGROUP, PAGES, "cgroup_reserve_pages",	\
	  "cgroup", "Reserve pages taken, by cgroup")			\
	R(TASK_THROTTLED, THROTTLE, COMM, NS, "task_throttled_ns", "comm",	\
	  "Time slept in throttle_direct_reclaim, by task name")		\
	R(CGROUP_THROTTLED, THROTTLE, CGROUP, NS, "cgroup_throttled_ns",	\
	  "cgroup", "Time slept in throttle_direct_reclaim, by cgroup")	\
	R(SOCKET_DROPS, DROP, SOCKET, COUNT, "socket_drops",		\
	  "proto, port, netns",						\
	  "Packets in reserve memory dropped, by local port")		\
	R(CGROUP_DROPS, DROP, CGROUP, COUNT, "cgroup_drops", "cgroup",	\
	  "Packets in reserve memory dropped, by cgroup of the socket")

#endif /* NETSWAP_METRICS_H */

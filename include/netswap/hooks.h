/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hooks.h - every BPF program, one table row each.
 *
 * A group is one thing worth knowing.  It has one or more alternatives
 * (ranks, best first); an alternative is the set of programs of that group
 * and rank, and works only if all of them load and attach.  The loader takes
 * the first that does; `netswap probe` says which and why.
 *
 * G(ID, "name", "where its numbers come from when no program fits",
 *   "what is unknown then, and the remedy")
 */
#ifndef NETSWAP_HOOKS_H
#define NETSWAP_HOOKS_H

#define NSW_GROUPS(G)							\
	G(RESERVE, "reserve", "",					\
	  "reserve allocations unknown: needs a kernel with "		\
	  "CONFIG_DEBUG_INFO_BTF")					\
	G(OUTSTANDING, "outstanding", "",				\
	  "reserve pages still held unknown")				\
	G(WATERMARK, "watermark", "/proc/zoneinfo",			\
	  "watermarks are read from /proc by the helper thread, late")	\
	G(LOW_WATER, "low_water", "/proc/zoneinfo",			\
	  "dips between two readings are not seen")			\
	G(PF_RX, "pf_rx", "",						\
	  "pfmemalloc packets received unknown")			\
	G(SK_FILTER, "sk_filter", "/proc/net/netstat",			\
	  "only the kernel's total PFMemallocDrop is known")		\
	G(SKF_EXIT, "sk_filter_pass", "",				\
	  "deliveries to memalloc sockets unknown: needs fexit "	\
	  "(CONFIG_FUNCTION_TRACER, CAP_PERFMON)")			\
	G(KFREE, "skb_drop", "",					\
	  "drops outside sk_filter unknown")				\
	G(THROTTLE, "throttle", "/proc/vmstat",				\
	  "only the kernel's count is known, not who, where and how long; "	\
	  "needs fentry/fexit or kprobes")				\
	G(DIRECT, "direct_reclaim", "/proc/vmstat",			\
	  "only allocstall_* is known, not its latency")		\
	G(RECLAIM_THROTTLE, "reclaim_throttle", "",			\
	  "reclaim_throttle unknown")					\
	G(KSWAPD, "kswapd", "",						\
	  "kswapd's activity unknown")					\
	G(SWAP_BLOCK, "swap_block", "/proc/vmstat",			\
	  "only pswpin/pswpout of all swap areas together are known")	\
	G(SWAP_FS, "swap_fs", "/proc/vmstat",				\
	  "only pswpin/pswpout of all swap areas together are known; "	\
	  "needs fentry/fexit or kprobes")				\
	G(SOCKETS, "sockets", "",					\
	  "memalloc sockets can't be listed")				\
	G(SK_KEY, "memalloc_key", "",					\
	  "memalloc_socks_key unknown, so no leak check: needs "		\
	  "CONFIG_KALLSYMS_ALL")					\
	G(SK_MARK, "memalloc_mark", "",					\
	  "set/clear of SOCK_MEMALLOC not counted; needs fentry or kprobes")	\
	G(GUARD, "guard", "",						\
	  "the guard is off: see netswap-guard(8)")			\
	G(SELF, "self", "", "")

/*
 * Objects: O(ID, "file stem"): one per kernel subsystem.  Each is built
 * from its one source as build/bpf/STEM.bpf.o, which holds only what every
 * kernel from 6.1 on loads (TP, RUN, ITER), and as build/bpf/optional/
 * STEM_VARIANT.bpf.o for what depends on the kernel's configuration.  They
 * are separate files, not SEC("?..."), because the bpftool of Debian 12
 * fails to pin an object in which some program was left out.
 */
#define NSW_OBJECTS(O)							\
	O(PAGE_ALLOC, "page_alloc")					\
	O(SK_FILTER, "sk_filter")					\
	O(VMSCAN, "vmscan")						\
	O(SWAP_IO, "swap_io")						\
	O(MEMALLOC_SOCK, "memalloc_sock")				\
	O(GUARD, "guard")

/*
 * PATCHED is for the tracepoints of kernel-patches/, where the kernel knows
 * already what the others have to find out, and for what it asks programs.
 *
 * Types: T(ID, "name in messages", variant).  V(ID, "file suffix").
 */
#define NSW_VARIANTS(V)							\
	V(BASE, "")							\
	V(RAW, "_raw")							\
	V(FENTRY, "_fentry")						\
	V(KPROBE, "_kprobe")						\
	V(PATCHED, "_patched")

#define NSW_TYPES(T)							\
	T(TP, "tp_btf", BASE)						\
	T(RUN, "syscall", BASE)						\
	T(ITER, "iter", BASE)						\
	T(XDP, "xdp", BASE)						\
	T(TC, "tc", BASE)						\
	T(CGROUP, "cgroup_skb", BASE)					\
	T(RAW, "raw_tp", RAW)						\
	T(FENTRY, "fentry", FENTRY)					\
	T(FEXIT, "fexit", FENTRY)					\
	T(KPROBE, "kprobe", KPROBE)					\
	T(KRETPROBE, "kretprobe", KPROBE)				\
	T(PATCHED, "tp_patched", PATCHED)				\
	T(FMOD, "fmod_ret", PATCHED)

/*
 * H(ID, object, group, rank, type, "target", "program")
 *   type    NSW_T_*: how it attaches
 *   target  tracepoint, function, iterator target, or what it is run for
 *   program its name in the object, at most 15 characters; alternatives of
 *           one program share a name but for the suffix _r (RAW), _k
 *           (KPROBE, KRETPROBE) or _p (PATCHED)
 */
#define NSW_HOOKS(H)							\
	H(PG_ALLOC_P, PAGE_ALLOC, RESERVE, 0, PATCHED,			\
	  "mm_page_alloc_reserve", "nsw_pg_alloc_p")			\
	H(PG_ALLOC, PAGE_ALLOC, RESERVE, 1, TP, "mm_page_alloc",	\
	  "nsw_pg_alloc")						\
	H(PG_ALLOC_R, PAGE_ALLOC, RESERVE, 2, RAW, "mm_page_alloc",	\
	  "nsw_pg_alloc_r")						\
	H(PG_FREE, PAGE_ALLOC, OUTSTANDING, 0, TP, "mm_page_free",	\
	  "nsw_pg_free")						\
	H(PG_FREE_R, PAGE_ALLOC, OUTSTANDING, 1, RAW, "mm_page_free",	\
	  "nsw_pg_free_r")						\
	H(TICK, PAGE_ALLOC, WATERMARK, 0, RUN, "bpf_timer, 100 ms",	\
	  "nsw_tick")							\
	H(ARM, PAGE_ALLOC, LOW_WATER, 0, TP, "mm_vmscan_wakeup_kswapd",	\
	  "nsw_arm")							\
	H(ARM_KS, PAGE_ALLOC, LOW_WATER, 0, TP, "mm_vmscan_kswapd_wake",	\
	  "nsw_arm_ks")							\
	H(ARM_R, PAGE_ALLOC, LOW_WATER, 1, RAW, "mm_vmscan_wakeup_kswapd",	\
	  "nsw_arm_r")							\
	H(ARM_KS_R, PAGE_ALLOC, LOW_WATER, 1, RAW, "mm_vmscan_kswapd_wake",	\
	  "nsw_arm_ks_r")						\
	H(RX, SK_FILTER, PF_RX, 0, TP, "netif_receive_skb", "nsw_rx")	\
	H(RX_R, SK_FILTER, PF_RX, 1, RAW, "netif_receive_skb",		\
	  "nsw_rx_r")							\
	H(SKF_EXIT, SK_FILTER, SK_FILTER, 0, FEXIT, "sk_filter_trim_cap",	\
	  "nsw_skf_exit")						\
	H(SKF_DROP, SK_FILTER, SK_FILTER, 1, TP, "kfree_skb",		\
	  "nsw_skf_drop")						\
	H(SKF_DROP_R, SK_FILTER, SK_FILTER, 2, RAW, "kfree_skb",		\
	  "nsw_skf_drop_r")						\
	H(KFREE, SK_FILTER, KFREE, 0, TP, "kfree_skb", "nsw_kfree")	\
	H(KFREE_R, SK_FILTER, KFREE, 1, RAW, "kfree_skb", "nsw_kfree_r")	\
	H(THR_ENTER_P, VMSCAN, THROTTLE, 0, PATCHED,			\
	  "mm_vmscan_throttle_direct_begin", "nsw_thr_enter_p")		\
	H(THR_EXIT_P, VMSCAN, THROTTLE, 0, PATCHED,			\
	  "mm_vmscan_throttle_direct_end", "nsw_thr_exit_p")		\
	H(THR_ENTER, VMSCAN, THROTTLE, 1, FENTRY,			\
	  "throttle_direct_reclaim", "nsw_thr_enter")			\
	H(THR_CHECK, VMSCAN, THROTTLE, 1, FEXIT, "allow_direct_reclaim",	\
	  "nsw_thr_check")						\
	H(THR_EXIT, VMSCAN, THROTTLE, 1, FEXIT, "throttle_direct_reclaim",	\
	  "nsw_thr_exit")						\
	H(THR_ENTER_K, VMSCAN, THROTTLE, 2, KPROBE,			\
	  "throttle_direct_reclaim", "nsw_thr_enter_k")			\
	H(THR_CHECK_K, VMSCAN, THROTTLE, 2, KRETPROBE,			\
	  "allow_direct_reclaim", "nsw_thr_check_k")			\
	H(THR_EXIT_K, VMSCAN, THROTTLE, 2, KRETPROBE,			\
	  "throttle_direct_reclaim", "nsw_thr_exit_k")			\
	H(DR_BEGIN, VMSCAN, DIRECT, 0, TP, "mm_vmscan_direct_reclaim_begin",	\
	  "nsw_dr_begin")						\
	H(DR_END, VMSCAN, DIRECT, 0, TP, "mm_vmscan_direct_reclaim_end",	\
	  "nsw_dr_end")							\
	H(DR_BEGIN_R, VMSCAN, DIRECT, 1, RAW,				\
	  "mm_vmscan_direct_reclaim_begin", "nsw_dr_begin_r")		\
	H(DR_END_R, VMSCAN, DIRECT, 1, RAW, "mm_vmscan_direct_reclaim_end",	\
	  "nsw_dr_end_r")						\
	H(RT, VMSCAN, RECLAIM_THROTTLE, 0, TP, "mm_vmscan_throttled",	\
	  "nsw_rt")							\
	H(RT_R, VMSCAN, RECLAIM_THROTTLE, 1, RAW, "mm_vmscan_throttled",	\
	  "nsw_rt_r")							\
	H(KS_CALL, VMSCAN, KSWAPD, 0, TP, "mm_vmscan_wakeup_kswapd",	\
	  "nsw_ks_call")						\
	H(KS_WAKE, VMSCAN, KSWAPD, 0, TP, "mm_vmscan_kswapd_wake",	\
	  "nsw_ks_wake")						\
	H(KS_SLEEP, VMSCAN, KSWAPD, 0, TP, "mm_vmscan_kswapd_sleep",	\
	  "nsw_ks_sleep")						\
	H(KS_CALL_R, VMSCAN, KSWAPD, 1, RAW, "mm_vmscan_wakeup_kswapd",	\
	  "nsw_ks_call_r")						\
	H(KS_WAKE_R, VMSCAN, KSWAPD, 1, RAW, "mm_vmscan_kswapd_wake",	\
	  "nsw_ks_wake_r")						\
	H(KS_SLEEP_R, VMSCAN, KSWAPD, 1, RAW, "mm_vmscan_kswapd_sleep",	\
	  "nsw_ks_sleep_r")						\
	H(BL_ISSUE, SWAP_IO, SWAP_BLOCK, 0, TP, "block_rq_issue",		\
	  "nsw_bl_issue")						\
	H(BL_DONE, SWAP_IO, SWAP_BLOCK, 0, TP, "block_rq_complete",	\
	  "nsw_bl_done")						\
	H(BL_ISSUE_R, SWAP_IO, SWAP_BLOCK, 1, RAW, "block_rq_issue",	\
	  "nsw_bl_issue_r")						\
	H(BL_DONE_R, SWAP_IO, SWAP_BLOCK, 1, RAW, "block_rq_complete",	\
	  "nsw_bl_done_r")						\
	H(FS_WR, SWAP_IO, SWAP_FS, 0, FENTRY, "swap_write_unplug",	\
	  "nsw_fs_wr")							\
	H(FS_RD, SWAP_IO, SWAP_FS, 0, FENTRY, "__swap_read_unplug",	\
	  "nsw_fs_rd")							\
	H(FS_WR_END, SWAP_IO, SWAP_FS, 0, FENTRY, "sio_write_complete",	\
	  "nsw_fs_wr_end")						\
	H(FS_RD_END, SWAP_IO, SWAP_FS, 0, FENTRY, "sio_read_complete",	\
	  "nsw_fs_rd_end")						\
	H(FS_WR_K, SWAP_IO, SWAP_FS, 1, KPROBE, "swap_write_unplug",	\
	  "nsw_fs_wr_k")						\
	H(FS_RD_K, SWAP_IO, SWAP_FS, 1, KPROBE, "__swap_read_unplug",	\
	  "nsw_fs_rd_k")						\
	H(FS_WR_END_K, SWAP_IO, SWAP_FS, 1, KPROBE, "sio_write_complete",	\
	  "nsw_fs_wr_end_k")						\
	H(FS_RD_END_K, SWAP_IO, SWAP_FS, 1, KPROBE, "sio_read_complete",	\
	  "nsw_fs_rd_end_k")						\
	H(IT_TCP, MEMALLOC_SOCK, SOCKETS, 0, ITER, "tcp", "nsw_it_tcp")	\
	H(IT_UDP, MEMALLOC_SOCK, SOCKETS, 0, ITER, "udp", "nsw_it_udp")	\
	H(IT_FILE, MEMALLOC_SOCK, SOCKETS, 1, ITER, "task_file",		\
	  "nsw_it_file")						\
	H(EV_LEAK, MEMALLOC_SOCK, SELF, 0, RUN, "leak event",		\
	  "nsw_ev_leak")						\
	H(GUARD_XDP, GUARD, GUARD, 0, XDP, "native XDP", "nsw_guard_xdp")	\
	H(GUARD_TC, GUARD, GUARD, 1, TC, "tc ingress", "nsw_guard_tc")	\
	H(GUARD_CG, GUARD, GUARD, 2, CGROUP, "cgroup ingress",		\
	  "nsw_guard_cg")						\
	H(GUARD_PRESS, GUARD, GUARD, 0, RUN, "manual pressure",		\
	  "nsw_guard_press")						\
	H(GUARD_ADMIT, GUARD, GUARD, 3, FMOD, "pfmemalloc_admit",	\
	  "nsw_g_admit_p")						\
	H(SK_SET_P, MEMALLOC_SOCK, SK_MARK, 0, PATCHED,			\
	  "sock_set_memalloc", "nsw_sk_set_p")				\
	H(SK_CLEAR_P, MEMALLOC_SOCK, SK_MARK, 0, PATCHED,		\
	  "sock_clear_memalloc", "nsw_sk_clear_p")			\
	H(SK_SET, MEMALLOC_SOCK, SK_MARK, 1, FENTRY, "sk_set_memalloc",	\
	  "nsw_sk_set")							\
	H(SK_CLEAR, MEMALLOC_SOCK, SK_MARK, 1, FENTRY,			\
	  "sk_clear_memalloc", "nsw_sk_clear")				\
	H(SK_SET_K, MEMALLOC_SOCK, SK_MARK, 2, KPROBE, "sk_set_memalloc",	\
	  "nsw_sk_set_k")						\
	H(SK_CLEAR_K, MEMALLOC_SOCK, SK_MARK, 2, KPROBE,			\
	  "sk_clear_memalloc", "nsw_sk_clear_k")

#endif /* NETSWAP_HOOKS_H */

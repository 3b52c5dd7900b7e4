// SPDX-License-Identifier: GPL-2.0
/*
 * probe.c - what this kernel lets us hook.
 *
 * Asking beats guessing from versions and config files: each hook is tried
 * with a program of the right type and target that only returns 0.  It is
 * loaded and dropped, not attached, so a probe costs the machine nothing.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf.h"
#include "log.h"

static const struct bpf_insn return_0[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
	{ .code = BPF_JMP | BPF_EXIT },
};

/* How a hook type loads: program type, attach type, what to seek in BTF. */
struct type_load {
	enum bpf_prog_type prog;
	enum bpf_attach_type attach;
	const char *prefix;
	int kind;		/* BTF_KIND_*, 0 = no BTF target */
};

static const struct type_load type_loads[NSW_NR_TYPES] = {
	[NSW_T_TP] = { BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP,
		       "btf_trace_", BTF_KIND_TYPEDEF },
	[NSW_T_FENTRY] = { BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY,
			   "", BTF_KIND_FUNC },
	[NSW_T_FEXIT] = { BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT,
			  "", BTF_KIND_FUNC },
	[NSW_T_ITER] = { BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER,
			 "bpf_iter_", BTF_KIND_FUNC },
	[NSW_T_PATCHED] = { BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP,
			    "btf_trace_", BTF_KIND_TYPEDEF },
	[NSW_T_FMOD] = { BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN,
			 "", BTF_KIND_FUNC },
	[NSW_T_RAW] = { BPF_PROG_TYPE_RAW_TRACEPOINT, 0,
			"btf_trace_", BTF_KIND_TYPEDEF },
	[NSW_T_KPROBE] = { BPF_PROG_TYPE_KPROBE, 0, "", BTF_KIND_FUNC },
	[NSW_T_KRETPROBE] = { BPF_PROG_TYPE_KPROBE, 0, "", BTF_KIND_FUNC },
	[NSW_T_XDP] = { BPF_PROG_TYPE_XDP, BPF_XDP, "", 0 },
	[NSW_T_TC] = { BPF_PROG_TYPE_SCHED_CLS, 0, "", 0 },
	[NSW_T_CGROUP] = { BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS,
			   "", 0 },
	[NSW_T_RUN] = { BPF_PROG_TYPE_SYSCALL, 0, "", 0 },
};

static const char *remedy(enum nsw_hook_type type, int err)
{
	if (err == -EPERM && (type == NSW_T_FENTRY || type == NSW_T_FEXIT))
		return "the kernel refuses it (locked down, or built without "
		       "CONFIG_FUNCTION_TRACER); a fallback is used";
	if (err == -EPERM)
		return "run as root, or with CAP_BPF and CAP_PERFMON";
	if (err == -EINVAL && (type == NSW_T_KPROBE || type == NSW_T_KRETPROBE))
		return "needs a kernel with CONFIG_KPROBES and "
		       "CONFIG_KPROBE_EVENTS";
	return "not usable on this kernel; a fallback is used";
}

static void try_load(enum nsw_hook_type type, int btf_id, struct nsw_probe *p)
{
	const struct type_load *tl = &type_loads[type];
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		    .expected_attach_type = tl->attach);
	int fd;

	if (tl->prog == BPF_PROG_TYPE_TRACING)
		opts.attach_btf_id = btf_id;
	if (type == NSW_T_RUN)
		opts.prog_flags = BPF_F_SLEEPABLE;
	fd = bpf_prog_load(tl->prog, "nsw_probe", "GPL", return_0,
			   sizeof(return_0) / sizeof(return_0[0]), &opts);
	if (fd >= 0) {
		close(fd);
		return;
	}
	p->err = -errno;
	snprintf(p->why, sizeof(p->why), "%s: %s", strerror(errno),
		 remedy(type, p->err));
}

int probe_target(const struct btf *btf, const struct nsw_hook_info *hook)
{
	const struct type_load *tl = &type_loads[hook->type];
	char name[128];

	if (!tl->kind)
		return 0;
	snprintf(name, sizeof(name), "%s%s", tl->prefix, hook->target);
	return btf__find_by_name_kind(btf, name, tl->kind);
}

static void probe_hook(const struct btf *btf, const struct nsw_hook_info *hook,
		       struct nsw_probe *p)
{
	const struct type_load *tl = &type_loads[hook->type];
	int id = probe_target(btf, hook);

	p->err = 0;
	p->why[0] = '\0';
	if (id < 0) {
		p->err = -ENOENT;
		snprintf(p->why, sizeof(p->why), "this kernel has no %s %s",
			 tl->kind == BTF_KIND_FUNC ? "function" : "tracepoint",
			 hook->target);
		return;
	}
	try_load(hook->type, id, p);
	/* Kprobe programs load anywhere; attaching needs the event source. */
	if (!p->err && tl->prog == BPF_PROG_TYPE_KPROBE &&
	    access("/sys/bus/event_source/devices/kprobe/type", R_OK)) {
		p->err = -EINVAL;
		snprintf(p->why, sizeof(p->why), "%s",
			 remedy(hook->type, p->err));
	}
}

int probe_hooks(struct nsw_probe probe[NSW_NR_HOOKS])
{
	struct btf *btf = btf__load_vmlinux_btf();
	int i, err = 0;

	if (!btf) {
		err = log_err(errno ? -errno : -ENOENT,
			      "cannot read the kernel's types: %s; needs "
			      "/sys/kernel/btf/vmlinux (kernel with "
			      "CONFIG_DEBUG_INFO_BTF)", strerror(errno));
	}
	for (i = 0; i < NSW_NR_HOOKS; i++) {
		if (btf) {
			probe_hook(btf, &nsw_hooks[i], &probe[i]);
			continue;
		}
		probe[i].err = err;
		snprintf(probe[i].why, sizeof(probe[i].why),
			 "no kernel BTF: set CONFIG_DEBUG_INFO_BTF");
	}
	btf__free(btf);
	return err;
}

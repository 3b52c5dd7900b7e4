// SPDX-License-Identifier: GPL-2.0
/*
 * guard_admit.c - on a kernel with kernel-patches/: what the policy allows may
 * have pages of the reserve, see bpf/guard_admit.bpf.h.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "guard_place.h"
#include "log.h"

#define BUILD		"guard_patched"

static const struct nsw_hook_info *hook(void)
{
	return &nsw_hooks[NSW_HOOK_GUARD_ADMIT];
}

/* Other kernels have no such function; that is no reason for a warning. */
static bool kernel_asks(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool asks = btf && probe_target(btf, hook()) > 0;

	btf__free(btf);
	return asks;
}

static int attach(struct bpf_object *obj, const char *path)
{
	struct bpf_program *prog;
	int link;

	prog = bpf_object__find_program_by_name(obj, hook()->program);
	link = bpf_raw_tracepoint_open(NULL, bpf_program__fd(prog));
	return link < 0 ? -errno : place_pin_link(link, path);
}

void guard_answer(void)
{
	struct guard_place place = { .hook = NSW_HOOK_GUARD_ADMIT };
	struct bpf_object *obj = NULL;
	char path[PATH_MAX];
	int err;

	place_path(path, sizeof(path), &place, hook()->program);
	if (!access(path, F_OK) || !kernel_asks())
		return;
	err = guard_load(BUILD, false, &obj);
	if (!err) {
		err = attach(obj, path);
		bpf_object__close(obj);
	}
	if (err)
		log_warn("guard: cannot attach to %s: %s: what the policy "
			 "allows is dropped where it came in on the reserve",
			 hook()->target, strerror(-err));
}

// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_load.c - netswap load, attach, unload.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "bpf.h"
#include "cmd.h"
#include "json.h"
#include "log.h"
#include "swapdev.h"

static int count_groups(int *attached)
{
	struct nsw_pins pins;
	int g, total = 0;

	*attached = 0;
	if (pin_scan(&pins))
		return 0;
	for (g = 0; g < NSW_NR_GROUPS; g++) {
		if (!group_has_hooks(g) || group_on_demand(g))
			continue;
		total++;
		*attached += group_rank(&pins, g) >= 0;
	}
	pin_close(&pins);
	return total;
}

static int report(int err)
{
	int attached, total;

	if (err < 0)
		return json_fail();
	total = count_groups(&attached);
	if (nsw_json)
		return json_end(json_pack("{s:i, s:i}", "groups_attached",
					  attached, "groups", total),
				err ? NSW_EXIT_DEGRADED : NSW_EXIT_OK);
	printf("%d of %d hook groups attached\n", attached, total);
	if (!err)
		return NSW_EXIT_OK;
	log_warn("some numbers are missing: see 'netswap probe'");
	return NSW_EXIT_DEGRADED;
}

static const char *without;

static int run_load(int argc, char **argv)
{
	int err = nsw_load(without);

	(void)argc, (void)argv;
	if (err == -EINVAL && without)
		return json_fail(), NSW_EXIT_USAGE;
	return report(err);
}

static int run_attach(int argc, char **argv)
{
	(void)argc, (void)argv;
	return report(nsw_attach());
}

static int run_unload(int argc, char **argv)
{
	int err = nsw_unload();

	(void)argc, (void)argv;
	if (err == -ENOENT)
		err = 0;	/* nothing there is what was asked for */
	if (err)
		return json_fail();
	if (nsw_json)
		return json_end(json_pack("{s:b}", "loaded", 0), NSW_EXIT_OK);
	puts("nothing is loaded");
	return NSW_EXIT_OK;
}

static const struct nsw_opt load_options[] = {
	{ 256, "without", "TYPES", NSW_OPT_STRING, &without,
	  "Leave out hooks of these types, to try the fallbacks (for instance "
	  "fentry,fexit)" },
	{}
};

const struct nsw_cmd cmd_load = {
	.name = "load",
	.summary = "Load and attach the BPF programs",
	.args = "",
	.doc = "Chooses the best hook of each group that this kernel accepts, "
	       "pins everything below " NSW_PIN_DIR " and attaches it.  There "
	       "is no daemon: programs stay until 'netswap unload' or a "
	       "reboot.  Called again it does nothing, or replaces programs of "
	       "another version or of bpftool's.  Exit code 3: some hook group "
	       "found no program.",
	.options = load_options,
	.json = true,
	.run = run_load,
};

const struct nsw_cmd cmd_attach = {
	.name = "attach",
	.summary = "Attach programs that bpftool pinned",
	.args = "",
	.doc = "Attaches what 'bpftool prog loadall FILE " NSW_PIN_DIR "/NAME' "
	       "has pinned.  Of each hook group the best complete alternative "
	       "is attached, and only that one.",
	.json = true,
	.run = run_attach,
};

const struct nsw_cmd cmd_unload = {
	.name = "unload",
	.summary = "Detach and remove everything",
	.args = "",
	.doc = "Removes every link, program and map below " NSW_PIN_DIR ".",
	.json = true,
	.run = run_unload,
};

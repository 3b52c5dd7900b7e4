// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_probe.c - netswap probe and status: what can be seen, and through what.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bpf.h"
#include "cmd.h"
#include "json.h"
#include "log.h"
#include "util.h"

static const char *const cap_names[] = {
	[12] = "NET_ADMIN", [14] = "IPC_LOCK", [21] = "SYS_ADMIN",
	[24] = "SYS_RESOURCE", [34] = "SYSLOG", [38] = "PERFMON", [39] = "BPF",
};

static unsigned long long capabilities(void)
{
	char buf[4096], *at;
	unsigned long long caps = 0;

	if (read_file("/proc/self/status", buf, sizeof(buf)) <= 0)
		return 0;
	at = strstr(buf, "CapEff:");
	if (at)
		sscanf(at, "CapEff: %llx", &caps);
	return caps;
}

/* "attached", "usable", or why not. */
static const char *hook_state(const struct nsw_pins *pins, enum nsw_hook i,
			      const struct nsw_probe *p)
{
	if (hook_attached(pins, i))
		return "attached";
	return p->err ? "unusable" : "usable";
}

static void print_group(const struct nsw_pins *pins, enum nsw_group g,
			const struct nsw_probe *probe, int rank)
{
	int i;

	printf("%s\n", nsw_groups[g].name);
	for (i = 0; i < NSW_NR_HOOKS; i++) {
		const struct nsw_hook_info *h = &nsw_hooks[i];

		if (h->group != g)
			continue;
		printf("  %-9s %-10s %-30s %s%s%s\n",
		       hook_state(pins, i, &probe[i]), nsw_types[h->type],
		       h->target, h->program, probe[i].err ? ": " : "",
		       probe[i].why);
	}
	if (rank < 0 && nsw_groups[g].absent[0])
		printf("  absent: %s%s%s\n", nsw_groups[g].absent,
		       nsw_groups[g].proc[0] ? "; stand-in: " : "",
		       nsw_groups[g].proc);
}

static json_t *hook_json(const struct nsw_pins *pins, enum nsw_hook i,
			 const struct nsw_probe *p)
{
	const struct nsw_hook_info *h = &nsw_hooks[i];

	return json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:s?}",
			 "program", h->program, "group",
			 nsw_groups[h->group].name, "type", nsw_types[h->type],
			 "target", h->target, "rank", h->rank,
			 "state", hook_state(pins, i, p),
			 "reason", p->err ? p->why : NULL);
}

static json_t *caps_json(unsigned long long caps)
{
	json_t *all = json_object();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cap_names); i++)
		if (cap_names[i])
			json_object_set_new(all, cap_names[i],
					    json_boolean(caps >> i & 1));
	return all;
}

static int probe_json(const struct nsw_pins *pins,
		      const struct nsw_probe *probe, const char *release,
		      int code)
{
	json_t *hooks = json_array(), *groups = json_object();
	int i, rank;

	for (i = 0; i < NSW_NR_HOOKS; i++)
		json_array_append_new(hooks, hook_json(pins, i, &probe[i]));
	for (i = 0; i < NSW_NR_GROUPS; i++) {
		rank = group_rank(pins, i);
		json_object_set_new(groups, nsw_groups[i].name,
				    rank < 0 ? json_null() :
				    json_integer(rank));
	}
	return json_end(json_pack("{s:s, s:b, s:o, s:o, s:o}", "kernel",
				  release, "btf",
				  !access("/sys/kernel/btf/vmlinux", R_OK),
				  "capabilities", caps_json(capabilities()),
				  "attached_rank", groups, "hooks", hooks),
			code);
}

static void print_machine(const char *release)
{
	unsigned long long caps = capabilities();
	size_t i;

	printf("kernel %s, BTF %s, capabilities", release,
	       access("/sys/kernel/btf/vmlinux", R_OK) ?
	       "missing (set CONFIG_DEBUG_INFO_BTF)" : "present");
	for (i = 0; i < ARRAY_SIZE(cap_names); i++)
		if (cap_names[i])
			printf(" %c%s", caps >> i & 1 ? '+' : '-',
			       cap_names[i]);
	puts("\n");
}

/* Some alternative of every group that has hooks is usable. */
static bool all_usable(const struct nsw_probe *probe)
{
	int g, i;

	for (g = 0; g < NSW_NR_GROUPS; g++) {
		bool ok = !group_has_hooks(g) || group_on_demand(g);

		for (i = 0; i < NSW_NR_HOOKS; i++)
			if (nsw_hooks[i].group == (enum nsw_group)g)
				ok |= !probe[i].err;
		if (!ok)
			return false;
	}
	return true;
}

static int run_probe(int argc, char **argv)
{
	static struct nsw_probe probe[NSW_NR_HOOKS];
	struct nsw_pins pins;
	struct utsname uts;
	int g, code;

	(void)argc, (void)argv;
	uname(&uts);
	pin_scan(&pins);
	probe_hooks(probe);
	code = all_usable(probe) ? NSW_EXIT_OK : NSW_EXIT_DEGRADED;
	if (nsw_json) {
		code = probe_json(&pins, probe, uts.release, code);
		goto out_close;
	}
	print_machine(uts.release);
	for (g = 0; g < NSW_NR_GROUPS; g++)
		if (group_has_hooks(g))
			print_group(&pins, g, probe, group_rank(&pins, g));
out_close:
	pin_close(&pins);
	return code;
}

const struct nsw_cmd cmd_probe = {
	.name = "probe",
	.summary = "Which hooks this kernel offers, and which are in use",
	.args = "",
	.doc = "Tries every hook with a program that does nothing, and says "
	       "through what each number is collected, or why not and what "
	       "would help.  Exit code 3: some group has no usable hook.",
	.json = true,
	.run = run_probe,
};

static int run_status(int argc, char **argv)
{
	__u64 runs, ns, misses;
	struct nsw_pins pins;
	json_t *progs;
	int i, err;

	(void)argc, (void)argv;
	err = pin_scan(&pins);
	if (err == -EACCES || err == -EPERM)
		return log_err(0, NSW_PIN_DIR ": %s; run as root",
			       strerror(-err)), json_fail();
	progs = json_array();
	for (i = 0; i < NSW_NR_HOOKS; i++) {
		if (pins.prog[i] < 0 ||
		    hook_stats(pins.prog[i], &runs, &ns, &misses))
			continue;
		json_array_append_new(progs, json_pack(
			"{s:s, s:b, s:I, s:I, s:I}", "program",
			nsw_hooks[i].program, "attached",
			hook_attached(&pins, i), "runs", (json_int_t)runs,
			"run_time_ns", (json_int_t)ns, "misses",
			(json_int_t)misses));
		if (!nsw_json)
			printf("%-16s %-9s %-10s %s misses=%llu\n",
			       nsw_hooks[i].program,
			       hook_attached(&pins, i) ? "attached" : "pinned",
			       nsw_types[nsw_hooks[i].type],
			       nsw_hooks[i].target, misses);
	}
	pin_close(&pins);
	if (nsw_json)
		return json_end(json_pack("{s:b, s:o}", "loaded", !err,
					  "programs", progs),
				err ? NSW_EXIT_DEGRADED : NSW_EXIT_OK);
	json_decref(progs);
	if (err)
		puts("nothing is loaded: run 'netswap load'");
	return err ? NSW_EXIT_DEGRADED : NSW_EXIT_OK;
}

const struct nsw_cmd cmd_status = {
	.name = "status",
	.summary = "What is loaded and attached",
	.args = "",
	.doc = "Lists the pinned programs.  'misses' are runs the kernel "
	       "skipped, each perhaps one event not counted.  Exit code 3: "
	       "nothing is loaded.",
	.json = true,
	.run = run_status,
};

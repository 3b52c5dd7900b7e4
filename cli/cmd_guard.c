// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_guard.c - netswap guard on, off, status, press, test.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "collect.h"
#include "guard.h"
#include "json.h"
#include "log.h"
#include "view.h"

static struct guard_options opts;
static const char *mode_name;

/* Values that the option table can't check. */
static int check_options(void)
{
	int i;

	if (opts.hook && strcmp(opts.hook, "xdp") && strcmp(opts.hook, "tc"))
		return log_err(-EINVAL, "--hook: '%s' is neither xdp nor tc",
			       opts.hook);
	if (opts.again && (opts.dev || opts.cgroup || opts.policy ||
			   opts.hook || mode_name || opts.secs > 0))
		return log_err(-EINVAL, "--again: changes nothing that was "
			       "given before, so it goes without options");
	if (!mode_name)
		return 0;
	for (i = NSW_GUARD_MONITOR; i < NSW_NR_GUARD_MODES; i++)
		if (!strcmp(mode_name, nsw_guard_mode(i)))
			break;
	opts.mode = i;
	return i < NSW_NR_GUARD_MODES ? 0 :
	       log_err(-EINVAL, "--mode: '%s' is neither monitor nor enforce",
		       mode_name);
}

static json_t *places_json(const struct guard_place *place, int n)
{
	json_t *all = json_array();
	int i;

	for (i = 0; i < n; i++)
		json_array_append_new(all, json_pack(
			"{s:s, s:s, s:b, s:i, s:I, s:b}", "place",
			place[i].name, "hook",
			nsw_types[nsw_hooks[place[i].hook].type], "shared",
			place[i].shared, "ifindex", place[i].ifindex,
			"cgroup", (json_int_t)place[i].cgroup, "attached",
			place[i].there));
	return all;
}

static bool has_ended(const struct nsw_snapshot *s)
{
	return s->guard_until_ns && s->mono_ns >= s->guard_until_ns;
}

/* Is it on, and everywhere it was put? */
static int status_code(const struct nsw_snapshot *s,
		       const struct guard_place *place, int n)
{
	bool whole = s->gauge_valid[NSW_G_GUARD_MODE] && n && !has_ended(s);
	int i;

	for (i = 0; i < n; i++)
		whole &= place[i].there;
	return whole ? NSW_EXIT_OK : NSW_EXIT_DEGRADED;
}

static int status_json(const struct nsw_snapshot *s,
		       const struct guard_place *place, int n)
{
	return json_end(json_pack("{s:s, s:I, s:I, s:o, s:o}", "mode",
				  nsw_guard_mode(s->gauge[NSW_G_GUARD_MODE]),
				  "lease_ns", (json_int_t)
				  s->gauge[NSW_G_GUARD_LEASE], "until_ns",
				  (json_int_t)s->guard_until_ns, "places",
				  places_json(place, n), "rules",
				  guard_rules_json(s)),
			status_code(s, place, n));
}

static int print_status(const struct nsw_snapshot *s,
			const struct guard_place *place, int n)
{
	__s64 lease = s->gauge[NSW_G_GUARD_LEASE];
	int i;

	if (!s->gauge_valid[NSW_G_GUARD_MODE]) {
		puts(n ? "the guard is attached, and was not put on to its end "
			 "or cannot be read: 'netswap guard off', then on" :
			 "the guard is off");
		return NSW_EXIT_DEGRADED;
	}
	printf("the guard is on, mode %s, ",
	       nsw_guard_mode(s->gauge[NSW_G_GUARD_MODE]));
	if (lease)
		printf("under pressure for %.0f ms more\n", lease / 1e6);
	else
		puts("no pressure");
	if (has_ended(s))
		puts("it has ended by itself: packets pass; if it is to go "
		     "on, 'netswap guard on'");
	else if (s->guard_until_ns)
		printf("it ends by itself in %.0f s\n",
		       (s->guard_until_ns - s->mono_ns) / 1e9);
	for (i = 0; i < n; i++)
		printf("%-16s %s%s%s\n", place[i].name,
		       nsw_hooks[place[i].hook].target,
		       place[i].shared ? ", shared through libxdp" : "",
		       place[i].there ? "" :
		       ": gone; if it is back, 'netswap guard on'");
	guard_rules_text(stdout, s);
	return status_code(s, place, n);
}

static int status(void)
{
	struct nsw_snapshot *s = calloc(1, sizeof(*s));
	struct guard_place place[GUARD_MAX_PLACES];
	struct nsw_source *src = NULL;
	int n, code;

	if (access(NSW_PIN_DIR, R_OK | X_OK) && errno == EACCES) {
		free(s);
		return log_err(0, NSW_PIN_DIR ": %s; run as root",
			       strerror(errno)), json_fail();
	}
	if (!s || source_live(&src)) {
		free(s);
		return log_err(NSW_EXIT_FAILED, "guard: out of memory");
	}
	source_read(src, s);
	n = place_list(place, GUARD_MAX_PLACES);
	if (nsw_json)
		code = status_json(s, place, n);
	else
		code = print_status(s, place, n);
	source_close(src);
	free(s);
	return code;
}

static int on(void)
{
	int err = guard_on(&opts);

	if (err < 0)
		return json_fail();
	if (err)
		log_warn("some hooks are missing: see 'netswap probe'");
	status();
	return err ? NSW_EXIT_DEGRADED : NSW_EXIT_OK;
}

static int off(void)
{
	if (guard_off())
		return json_fail();
	if (nsw_json)
		return json_end(json_pack("{s:s}", "mode", "off"), NSW_EXIT_OK);
	puts("the guard is off");
	return NSW_EXIT_OK;
}

static int press(void)
{
	return guard_press() ? json_fail() : status();
}

static int test(const char *path)
{
	json_t *doc = nsw_json ? json_array() : NULL;
	int err = guard_pcap(path, opts.policy, opts.dev, doc ? NULL : stdout,
			     doc);

	if (!err && doc)
		return json_end(doc, NSW_EXIT_OK);
	json_decref(doc);
	return err ? json_fail() : NSW_EXIT_OK;
}

static int run(int argc, char **argv)
{
	const char *what = argc ? argv[0] : "";

	if (check_options())
		return json_fail(), NSW_EXIT_USAGE;
	if (!strcmp(what, "test") && argc == 2)
		return test(argv[1]);
	if (argc == 1 && !strcmp(what, "on"))
		return on();
	if (argc == 1 && !strcmp(what, "off"))
		return off();
	if (argc == 1 && !strcmp(what, "status"))
		return status();
	if (argc == 1 && !strcmp(what, "press"))
		return press();
	log_err(0, "guard: say on, off, status, press, or test FILE");
	json_fail();
	return NSW_EXIT_USAGE;
}

static const struct nsw_opt options[] = {
	{ 256, "dev", "IF,...", NSW_OPT_STRING, &opts.dev,
	  "Guard these interfaces; if neither --dev nor --cgroup is given, "
	  "and the guard is not on, those that have a device and are up; test: "
	  "the one that the capture came in at, for rules with dev" },
	{ 257, "cgroup", "DIR", NSW_OPT_STRING, &opts.cgroup,
	  "Guard the sockets of this cgroup (v2) and of those below it" },
	{ 258, "policy", "FILE", NSW_OPT_STRING, &opts.policy,
	  "Rules, budgets and thresholds, see netswap-guard-policy(5); '-' is "
	  "standard input; if not given, those in force, else ssh within a "
	  "budget and nothing else" },
	{ 259, "mode", "MODE", NSW_OPT_STRING, &mode_name,
	  "enforce, or monitor: count what would be dropped; if not given, the "
	  "one in force, else enforce" },
	{ 260, "for", "SECS", NSW_OPT_SECS, &opts.secs,
	  "The guard ends by itself after that time; if not given, it does "
	  "not" },
	{ 261, "hook", "HOOK", NSW_OPT_STRING, &opts.hook,
	  "xdp or tc; if not given, xdp where the driver has it, else tc; xdp "
	  "also beside other programs, where libxdp can have them share it" },
	{ 262, "again", NULL, NSW_OPT_FLAG, &opts.again,
	  "on: only come back to interfaces that were gone; where the guard is "
	  "off it stays off" },
	{}
};

const struct nsw_cmd cmd_guard = {
	.name = "guard",
	.summary = "Drop ordinary packets while memory is short",
	.args = "on|off|status|press|test FILE",
	.doc = "While free memory is below a threshold, packets that don't "
	       "save memory are dropped before they cost any.  What is for a "
	       "memalloc socket always passes, as do ARP, neighbour discovery, "
	       "ICMP errors, DHCP, and whatever is not understood; the policy "
	       "decides about the rest.  Pressure is seen by BPF programs and "
	       "ends by itself: there is no daemon.\n"
	       "\n"
	       "on loads what is missing, attaches, and shows the status; "
	       "called again it adds places, or changes policy, mode and end "
	       "at once; without --dev it comes back to interfaces that were "
	       "gone and are there again.  off takes everything of the guard "
	       "away.  press is a drill: pressure by hand, for one lease.  "
	       "test runs a capture through the program, as under pressure, "
	       "and prints each packet's verdict and rule; nothing is "
	       "attached.  It takes the packets as fast as it can, so budgets "
	       "are used up sooner than they were when it was captured.\n"
	       "\n"
	       "Exit code 3: on: pressure can't be seen in every way; status: "
	       "the guard is off or has ended, or an interface is gone.",
	.options = options,
	.max_args = 2,
	.json = true,
	.run = run,
};

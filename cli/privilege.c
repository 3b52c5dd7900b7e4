// SPDX-License-Identifier: GPL-2.0
/*
 * privilege.c - go on as another user, without any capability.
 */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"
#include "privilege.h"

#define OWN_USER	"netswap"

const char *privilege_user(void)
{
	if (geteuid())
		return NULL;
	return getpwnam(OWN_USER) ? OWN_USER : "nobody";
}

int privilege_find(const char *user, uid_t *uid, gid_t *gid)
{
	const struct passwd *pw = getpwnam(user);

	if (!pw)
		return log_err(-ENOENT, "--user: '%s' is no user of this "
			       "machine: make one with 'adduser --system'",
			       user);
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
	return 0;
}

int privilege_drop(const char *user, uid_t uid, gid_t gid)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};

	/* Groups can't be changed by who is that user already. */
	if ((geteuid() != uid && initgroups(user, gid)) ||
	    setresgid(gid, gid, gid) || setresuid(uid, uid, uid) ||
	    syscall(SYS_capset, &head, none) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return log_err(-errno, "--user: cannot become '%s': %s; run as "
			       "root, or keep its rights with --user root",
			       user ? user : "", strerror(errno));
	return 0;
}

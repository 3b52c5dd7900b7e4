/* SPDX-License-Identifier: GPL-2.0 */
/*
 * privilege.h - go on as another user, without any capability.
 */
#ifndef NETSWAP_PRIVILEGE_H
#define NETSWAP_PRIVILEGE_H

#include <sys/types.h>

/**
 * privilege_user() - who to go on as when nobody was named
 *
 * Return: for root the user that is made for it, or else nobody; for others
 * NULL: they stay who they are.
 */
const char *privilege_user(void);

/**
 * privilege_find() - look a user up
 * Return: 0 or a negative errno, reported.
 */
int privilege_find(const char *user, uid_t *uid, gid_t *gid);

/**
 * privilege_drop() - become that user, with its groups, for good
 *
 * While there is one thread only.  Capabilities go even if we are that user
 * already; @user may be NULL then.  Return: 0 or a negative errno, reported: then do not go on.
 */
int privilege_drop(const char *user, uid_t uid, gid_t gid);

#endif /* NETSWAP_PRIVILEGE_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * listen.h - the socket that netswap export serves on.
 */
#ifndef NETSWAP_LISTEN_H
#define NETSWAP_LISTEN_H

#include <stdbool.h>
#include <sys/types.h>

#define NSW_LISTEN_DEFAULT	"127.0.0.1:9893"

/**
 * listen_open() - make a listening socket
 * @where: "ADDR:PORT", "[ADDR]:PORT" with numeric addresses, or "unix:PATH"
 * @uid, @gid: who owns PATH, mode 660
 *
 * A PATH that a server which is gone has left is replaced.
 * Return: the socket, or a negative errno, reported; -EINVAL: @where is wrong.
 */
int listen_open(const char *where, uid_t uid, gid_t gid);

/**
 * listen_inherited() - the socket that systemd, or the like, has opened
 *
 * Return: the socket, -ENODATA if there is none, or a negative errno, reported.
 */
int listen_inherited(void);

/** listen_remove() - unlink what listen_open() made for @where, if it may. */
void listen_remove(const char *where);

#endif /* NETSWAP_LISTEN_H */

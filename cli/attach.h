/* SPDX-License-Identifier: GPL-2.0 */
/*
 * attach.h - between load.c, attach.c and pindir.c; all but the first with
 * the lock of pin_dir_lock() held.
 */
#ifndef NETSWAP_ATTACH_H
#define NETSWAP_ATTACH_H

#include <stdbool.h>

/**
 * pin_dir_lock() - lock out other netswaps that load, attach or unload
 * @make: mount bpffs and make NSW_PIN_DIR if need be
 *
 * Return: a descriptor to close, -ENOENT if there is no NSW_PIN_DIR (only
 * without @make), or another negative errno, reported.
 */
int pin_dir_lock(bool make);

/** pin_dir_make() - make NSW_PIN_DIR, private; 0 or an errno, reported. */
int pin_dir_make(void);

/** attach_locked() - see nsw_attach(). */
int attach_locked(void);

/** unload_locked() - remove everything below NSW_PIN_DIR, and itself. */
int unload_locked(void);

/** pin_remove_dir() - remove a directory, and what is pinned in it. */
void pin_remove_dir(const char *dir);

#endif /* NETSWAP_ATTACH_H */

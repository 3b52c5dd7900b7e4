/* SPDX-License-Identifier: GPL-2.0 */
/*
 * attach.h - between load.c, attach.c and pindir.c; all but the first with
 * the lock of pin_dir_lock() held.
 */
#ifndef NETSWAP_ATTACH_H
#define NETSWAP_ATTACH_H

#include <stdbool.h>

/**
 * pin_dir_lock() - lock NSW_PIN_DIR against other netswaps
 * @make: mount bpffs and make the directory if need be
 * Return: a descriptor to close, or a negative errno (reported if @make).
 */
int pin_dir_lock(bool make);

/** attach_locked() - see nsw_attach(). */
int attach_locked(void);

/** unload_locked() - remove everything below NSW_PIN_DIR, and itself. */
int unload_locked(void);

#endif /* NETSWAP_ATTACH_H */

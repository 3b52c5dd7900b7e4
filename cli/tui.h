/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tui.h - the terminal: cells to the screen, keys from the keyboard.
 */
#ifndef NETSWAP_TUI_H
#define NETSWAP_TUI_H

#include "top.h"

/* Keys that aren't a character. */
enum tui_key {
	TUI_K_NONE,
	TUI_K_ESC = 27,
	TUI_K_BACKSPACE = 127,
	TUI_K_UP = 256,
	TUI_K_DOWN,
	TUI_K_LEFT,
	TUI_K_RIGHT,
	TUI_K_PGUP,
	TUI_K_PGDN,
	TUI_K_HOME,
	TUI_K_END,
	TUI_K_BACKTAB,
	TUI_K_RESIZE,
	TUI_K_INTR,		/* SIGINT, SIGTERM, SIGHUP, or no terminal */
	TUI_K_F0,		/* F1 is TUI_K_F0 + 1 */
};

/**
 * tui_utf8() - does the locale's encoding show block glyphs?
 *
 * setlocale() must have been called.
 */
bool tui_utf8(void);

/**
 * tui_open() - take over the terminal
 *
 * Until tui_close() stderr is silent if it is a terminal: a message would
 * land in the middle of the screen.
 *
 * Return: 0 or a negative errno, reported.
 */
int tui_open(void);

/** tui_close() - give the terminal back; harmless when not open. */
void tui_close(void);

/** tui_size() - the terminal's size. */
void tui_size(int *rows, int *cols);

/** tui_draw() - show @cells; only what changed is sent. */
void tui_draw(const struct nsw_cells *cells);

/**
 * tui_key() - wait for a key
 * @timeout_ms: at most so long; negative = for ever
 *
 * Return: character, enum tui_key, or TUI_K_NONE at the timeout.
 */
int tui_key(int timeout_ms);

#endif /* NETSWAP_TUI_H */

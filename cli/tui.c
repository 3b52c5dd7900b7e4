// SPDX-License-Identifier: GPL-2.0
/*
 * tui.c - the terminal; the only file that knows curses.
 *
 * What an attribute means is shown in colour where there is colour, else by
 * bold and reverse.  Every meaning is also in a letter or a word on the
 * screen, so NO_COLOR and a serial console lose nothing.
 *
 * curses allocates when it starts and on a resize, not when it refreshes.
 */
#define _GNU_SOURCE 1
#define _XOPEN_SOURCE_EXTENDED 1
#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#include "log.h"
#include "tui.h"

/* Curses has macros for these, which would hide whose they are. */
#undef lines
#undef columns

static struct {
	bool open;
	SCREEN *screen;
	int saved_stderr;
	struct termios termios;
	char restore[128];	/* what a crash sends to the terminal */
	attr_t attr[TOP_NR_ATTRS];
	short pair[TOP_NR_ATTRS];
	struct nsw_cells shown;
} tui = { .saved_stderr = -1 };

static volatile sig_atomic_t interrupted;

static const struct {
	attr_t mono;
	attr_t colour;
	short fg;
	short bg;
} looks[TOP_NR_ATTRS] = {
	[TOP_A_NORMAL] = { A_NORMAL, A_NORMAL, -1, -1 },
	[TOP_A_LABEL] = { A_NORMAL, A_NORMAL, COLOR_CYAN, -1 },
	[TOP_A_STRONG] = { A_BOLD, A_BOLD, -1, -1 },
	[TOP_A_BAR] = { A_REVERSE, A_NORMAL, COLOR_BLACK, COLOR_GREEN },
	[TOP_A_BAR_FOCUS] = { A_REVERSE | A_BOLD, A_NORMAL, COLOR_BLACK,
			      COLOR_CYAN },
	[TOP_A_SELECT] = { A_UNDERLINE | A_BOLD, A_NORMAL, COLOR_BLACK,
			   COLOR_CYAN },
	[TOP_A_OK] = { A_NORMAL, A_NORMAL, COLOR_GREEN, -1 },
	[TOP_A_LOW] = { A_BOLD, A_BOLD, COLOR_YELLOW, -1 },
	[TOP_A_MIN] = { A_BOLD, A_BOLD, COLOR_RED, -1 },
	[TOP_A_ALERT] = { A_REVERSE | A_BOLD, A_BOLD, COLOR_WHITE, COLOR_RED },
};

static const struct {
	int curses;
	int key;
} keys[] = {
	{ KEY_UP, TUI_K_UP }, { KEY_DOWN, TUI_K_DOWN },
	{ KEY_LEFT, TUI_K_LEFT }, { KEY_RIGHT, TUI_K_RIGHT },
	{ KEY_PPAGE, TUI_K_PGUP }, { KEY_NPAGE, TUI_K_PGDN },
	{ KEY_HOME, TUI_K_HOME }, { KEY_END, TUI_K_END },
	{ KEY_BTAB, TUI_K_BACKTAB }, { KEY_ENTER, '\n' },
	{ KEY_BACKSPACE, TUI_K_BACKSPACE }, { '\b', TUI_K_BACKSPACE },
	{ KEY_RESIZE, TUI_K_RESIZE },
};

bool tui_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

static void init_looks(void)
{
	const char *no = getenv("NO_COLOR");
	bool colour = has_colors() && !(no && no[0]);
	int i;

	if (colour) {
		start_color();
		use_default_colors();
	}
	for (i = 0; i < TOP_NR_ATTRS; i++) {
		tui.attr[i] = colour ? looks[i].colour : looks[i].mono;
		tui.pair[i] = 0;
		if (!colour || (looks[i].fg < 0 && looks[i].bg < 0))
			continue;
		tui.pair[i] = i;
		init_pair(i, looks[i].fg, looks[i].bg);
	}
}

static void on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

/* A crash must not leave the terminal without echo and cursor. */
static void on_crash(int sig)
{
	ssize_t n;

	n = write(STDOUT_FILENO, tui.restore, strlen(tui.restore));
	(void)n;
	tcsetattr(STDIN_FILENO, TCSANOW, &tui.termios);
	raise(sig);	/* SA_RESETHAND: this one kills */
}

static void init_signals(void)
{
	static const int stop[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	static const int crash[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
	struct sigaction sa = { .sa_handler = on_interrupt };
	size_t i;

	for (i = 0; i < sizeof(stop) / sizeof(*stop); i++)
		sigaction(stop[i], &sa, NULL);
	sa.sa_handler = on_crash;
	sa.sa_flags = SA_RESETHAND | SA_NODEFER;
	for (i = 0; i < sizeof(crash) / sizeof(*crash); i++)
		sigaction(crash[i], &sa, NULL);
}

static void add_restore(const char *capability)
{
	size_t len = strlen(tui.restore);
	const char *s = tigetstr(capability);

	if (!s || s == (char *)-1 || strchr(s, '$') ||
	    len + strlen(s) >= sizeof(tui.restore))
		return;
	memcpy(tui.restore + len, s, strlen(s) + 1);
}

static void silence_stderr(void)
{
	int null;

	if (!isatty(STDERR_FILENO))
		return;
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (null < 0)
		return;
	tui.saved_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (tui.saved_stderr >= 0)
		dup2(null, STDERR_FILENO);
	close(null);
}

int tui_open(void)
{
	const char *term = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return log_err(-ENOTTY, "not on a terminal: use --batch");
	tcgetattr(STDIN_FILENO, &tui.termios);
	tui.screen = newterm(NULL, stdout, stdin);
	if (!tui.screen)
		return log_err(-ENODEV, "terminal type '%s' is unknown: set "
			       "TERM, or use --batch", term ? term : "");
	tui.open = true;
	tui.restore[0] = '\0';
	add_restore("sgr0");
	add_restore("cnorm");
	add_restore("rmkx");
	add_restore("rmcup");
	init_signals();
	silence_stderr();
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	leaveok(stdscr, TRUE);
	typeahead(-1);
	set_escdelay(50);
	curs_set(0);
	init_looks();
	return 0;
}

void tui_close(void)
{
	if (!tui.open)
		return;
	tui.open = false;
	endwin();
	delscreen(tui.screen);
	if (tui.saved_stderr >= 0) {
		dup2(tui.saved_stderr, STDERR_FILENO);
		close(tui.saved_stderr);
		tui.saved_stderr = -1;
	}
}

void tui_size(int *rows, int *cols)
{
	getmaxyx(stdscr, *rows, *cols);
}

static void cell_draw(int row, int col, const struct nsw_cell *c)
{
	wchar_t text[2] = { c->ch, 0 };
	cchar_t cc;

	setcchar(&cc, text, tui.attr[c->attr], tui.pair[c->attr], NULL);
	mvadd_wch(row, col, &cc);
}

void tui_draw(const struct nsw_cells *cells)
{
	bool all = cells->rows != tui.shown.rows ||
		   cells->cols != tui.shown.cols;
	const struct nsw_cell *c;
	struct nsw_cell *old;
	int row, col;

	if (all)
		erase();
	for (row = 0; row < cells->rows; row++) {
		for (col = 0; col < cells->cols; col++) {
			c = &cells->cell[row * TOP_MAX_COLS + col];
			old = &tui.shown.cell[row * TOP_MAX_COLS + col];
			if (!all && c->ch == old->ch && c->attr == old->attr)
				continue;
			cell_draw(row, col, c);
			*old = *c;
		}
	}
	tui.shown.rows = cells->rows;
	tui.shown.cols = cells->cols;
	refresh();
}

static int translate(int c)
{
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (keys[i].curses == c)
			return keys[i].key;
	if (c >= KEY_F(1) && c <= KEY_F(12))
		return TUI_K_F0 + c - KEY_F(0);
	return c < 256 ? c : TUI_K_NONE;
}

int tui_key(int timeout_ms)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	int c = interrupted ? ERR : getch();

	if (c == ERR && !interrupted) {
		/* poll() and not getch(): signals must wake us up. */
		poll(&in, 1, timeout_ms);
		c = interrupted ? ERR : getch();
		/* Nobody at the other end: don't spin. */
		if (c == ERR && in.revents)
			interrupted = 1;
	}
	if (interrupted)
		return TUI_K_INTR;
	if (c == ERR)
		return TUI_K_NONE;
	if (c == KEY_RESIZE)
		tui.shown.rows = 0;
	if (c == 'L' - '@') {
		clearok(curscr, TRUE);
		return TUI_K_RESIZE;
	}
	return translate(c);
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/error.h"
#include "shell/interrupt.h"

#define SCREEN_COLUMNS_LIMIT 1000
#define SCREEN_ROWS_LIMIT    1000
#define SCREEN_ESCAPE_MS     50 /* within which the rest of a key's sequence comes */

static const int screen_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH };

#define SCREEN_SIGNALS (sizeof(screen_signals) / sizeof(*screen_signals))

/* What a signal handler needs; of the one screen that is open. */
static struct termios screen_former;
static struct termios screen_raw;
static struct sigaction screen_actions[SCREEN_SIGNALS];
static volatile sig_atomic_t screen_rows;
static volatile sig_atomic_t screen_resized;

static void screen_say(const char *text, size_t size)
{
	while (size > 0) {
		ssize_t written = write(STDOUT_FILENO, text, size);
		if (written < 0 && errno != EINTR)
			return;
		if (written > 0) {
			text += written;
			size -= (size_t)written;
		}
	}
}

/* To the last line, which is emptied. Async-signal-safe. */
static void screen_leave_page(void)
{
	char place[] = "\033[0m\033[0000;1H\033[K";
	char *digits = strchr(place, ';') - 1;
	for (int rows = screen_rows, i = 0; i < 4; i++, rows /= 10)
		*digits-- = (char)('0' + rows % 10);
	screen_say(place, sizeof(place) - 1);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &screen_former);
}

static void screen_on_signal(int number)
{
	int saved = errno;
	if (number == SIGINT) {
		interrupt_note();
	} else if (number == SIGWINCH) {
		screen_resized = 1;
	} else if (number == SIGCONT) {
		tcsetattr(STDIN_FILENO, TCSADRAIN, &screen_raw);
		screen_resized = 1;
	} else if (number == SIGTSTP) {
		screen_leave_page();
		raise(SIGSTOP);
	} else {
		screen_leave_page();
		signal(number, SIG_DFL);
		raise(number);
	}
	errno = saved;
}

bool screen_is_there(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static void screen_measure(struct screen *screen)
{
	struct winsize size = { 0 };
	screen->rows = 24;
	screen->columns = 80;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
		screen->rows = size.ws_row < SCREEN_ROWS_LIMIT ? size.ws_row : SCREEN_ROWS_LIMIT;
		screen->columns = size.ws_col < SCREEN_COLUMNS_LIMIT ? size.ws_col :
								       SCREEN_COLUMNS_LIMIT;
	}
	screen_rows = screen->rows;
}

int screen_open(struct screen *screen, tsp_error *err)
{
	struct sigaction action = { .sa_handler = screen_on_signal };
	*screen = (struct screen){ 0 };
	fflush(stdout);
	if (tcgetattr(STDIN_FILENO, &screen_former) < 0)
		return tsp_fail_errno(err, "read the settings of", "the terminal");
	screen_raw = screen_former;
	screen_raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	screen_raw.c_cc[VMIN] = 1;
	screen_raw.c_cc[VTIME] = 0;
	screen_measure(screen);
	(void)tsp_interrupted(); /* it was meant for what was there before */
	screen_resized = 0;
	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < SCREEN_SIGNALS; i++)
		sigaction(screen_signals[i], &action, &screen_actions[i]);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &screen_raw);
	return TSP_OK;
}

void screen_close(struct screen *screen)
{
	screen_leave_page();
	for (size_t i = 0; i < SCREEN_SIGNALS; i++)
		sigaction(screen_signals[i], &screen_actions[i], NULL);
	free(screen->page);
	screen->page = NULL;
}

void screen_leave(struct screen *screen)
{
	screen_close(screen);
	(void)tsp_interrupted();
}

/* ---- What is shown ---- */

static void screen_put(struct screen *screen, const char *text, size_t size)
{
	if (screen->used + size > screen->room) {
		size_t room = (screen->used + size) * 2;
		char *page = realloc(screen->page, room);
		if (page == NULL)
			return; /* a page with a gap */
		screen->page = page;
		screen->room = room;
	}
	memcpy(screen->page + screen->used, text, size);
	screen->used += size;
}

/* One character of UTF-8 that is well formed; *ret_size bytes. */
static unsigned screen_character(const char *text, size_t *ret_size)
{
	unsigned char first = (unsigned char)text[0];
	size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	unsigned code = first & (first < 0x80 ? 0x7f : 0xffU >> (size + 1));
	size_t i = 1;
	for (; i < size && ((unsigned char)text[i] & 0xc0) == 0x80; i++)
		code = code << 6 | ((unsigned char)text[i] & 0x3f);
	*ret_size = i;
	return code;
}

/* A wide one is counted as two where it may be: rather a line that is short than one that is broken. */
static int screen_columns(unsigned code)
{
	if ((code >= 0x300 && code < 0x370) || (code >= 0x200b && code <= 0x200f) ||
		(code >= 0xfe00 && code <= 0xfe0f))
		return 0;
	if ((code >= 0x1100 && code < 0x1160) || (code >= 0x2e80 && code < 0xd7a4) ||
		(code >= 0xf900 && code < 0xfb00) || (code >= 0xfe30 && code < 0xfe70) ||
		(code >= 0xff00 && code < 0xff61) || code >= 0x1f000)
		return 2;
	return 1;
}

size_t screen_fit(const char *text, int columns)
{
	size_t at = 0;
	while (text[at] != '\0') {
		size_t size;
		columns -= screen_columns(screen_character(text + at, &size));
		if (columns < 0)
			break;
		at += size;
	}
	return at;
}

int screen_width(const char *text)
{
	int columns = 0;
	for (size_t size; *text != '\0'; text += size)
		columns += screen_columns(screen_character(text, &size));
	return columns;
}

void screen_begin(struct screen *screen)
{
	screen->used = 0;
	screen_put(screen, "\033[H", 3);
}

void screen_line(struct screen *screen, int row, const char *text, bool bright)
{
	char place[32];
	if (row >= screen->rows)
		return;
	int size = snprintf(place, sizeof(place), "\033[%d;1H%s", row + 1, bright ? "\033[7m" : "");
	screen_put(screen, place, (size_t)size);
	/* the last column stays free: what stands there may move the cursor on */
	screen_put(screen, text, screen_fit(text, screen->columns - 1));
	screen_put(screen, "\033[0m\033[K", 7);
}

bool screen_show(struct screen *screen)
{
	screen_say(screen->page, screen->used);
	return isatty(STDOUT_FILENO);
}

/* ---- What is typed ---- */

/* 1: there is something to read, 0: no, or a signal came, -1: the terminal is gone. */
static int screen_wait(int timeout_ms, const sigset_t *mask)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
	struct timespec wait = { timeout_ms / 1000, (long)(timeout_ms % 1000) * 1000000 };
	int rc = ppoll(&fd, 1, &wait, mask);
	if (rc < 0)
		return errno == EINTR ? 0 : -1;
	if (rc > 0 && (fd.revents & POLLIN) == 0)
		return -1;
	return rc;
}

static int screen_byte(void)
{
	unsigned char byte;
	return read(STDIN_FILENO, &byte, 1) == 1 ? byte : -1;
}

/* Behind an escape: the arrows are known, all else is swallowed. */
static int screen_sequence(void)
{
	int byte = 0;
	for (int i = 0; i < 8 && screen_wait(SCREEN_ESCAPE_MS, NULL) == 1; i++) {
		byte = screen_byte();
		if (byte < 0 || (byte >= '@' && byte != '[' && byte != 'O'))
			break;
	}
	return byte == 'A' ? SCREEN_UP : byte == 'B' ? SCREEN_DOWN : SCREEN_NONE;
}

int screen_read(struct screen *screen, int timeout_ms)
{
	sigset_t blocked;
	sigset_t former;
	int key = SCREEN_NONE;
	/* a signal that comes between the look at its flag and the wait ends the wait */
	sigemptyset(&blocked);
	for (size_t i = 0; i < SCREEN_SIGNALS; i++)
		sigaddset(&blocked, screen_signals[i]);
	sigprocmask(SIG_BLOCK, &blocked, &former);
	bool interrupted = tsp_interrupted();
	int ready = interrupted || screen_resized ? 0 : screen_wait(timeout_ms, &former);
	sigprocmask(SIG_SETMASK, &former, NULL);
	interrupted = tsp_interrupted() || interrupted;
	if (ready > 0)
		key = screen_byte();
	if (key == '\033')
		key = screen_sequence();
	if (screen_resized) {
		screen_resized = 0;
		screen_measure(screen);
		key = key == SCREEN_NONE ? SCREEN_RESIZED : key;
	}
	return ready < 0 || key < 0 || interrupted ? SCREEN_END : key;
}

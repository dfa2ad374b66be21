/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/progress.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#define FIRST_MS     200 /* what is over by then shows nothing */
#define NEXT_MS	     50
#define COLUMNS_MOST 160
#define BAR_MOST     40
#define BAR_LEAST    10
#define CLEAR	     "\r\033[K"

static const int endings[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

#define ENDINGS (sizeof(endings) / sizeof(endings[0]))

static struct {
	bool open;
	bool drawn;
	clock_ns next;
	struct sigaction before[ENDINGS];
} bar;

/* The program ends by the signal, as it would without us, but leaves a clean line. */
static void on_ending(int number)
{
	ssize_t written = write(STDERR_FILENO, CLEAR, sizeof(CLEAR) - 1);

	(void)written; /* nothing can be done about it */
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

static bool is_possible(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDERR_FILENO) && !(no_color && *no_color) && term && *term &&
		strcmp(term, "dumb") != 0;
}

bool progress_open(bool wanted)
{
	struct sigaction action = { .sa_handler = on_ending };

	progress_close();
	if (!wanted || !is_possible())
		return false;
	bar.open = true;
	bar.next = clock_after(clock_read(), FIRST_MS);
	for (size_t i = 0; i < ENDINGS; i++) {
		(void)sigaction(endings[i], NULL, &bar.before[i]);
		if (bar.before[i].sa_handler == SIG_DFL) /* what is ignored stays so */
			(void)sigaction(endings[i], &action, NULL);
	}
	return true;
}

static size_t put(char *out, size_t at, size_t columns, const char *text)
{
	const char *start = text;

	while (*text && at < columns)
		out[at++] = *text++;
	/* no part of a character */
	while (*text && text > start && ((unsigned char)*text & 0xc0) == 0x80) {
		text--;
		at--;
	}
	out[at] = '\0';
	return at;
}

static size_t put_bar(char *out, size_t at, size_t columns, size_t done, size_t total)
{
	size_t width = columns / 3 < BAR_MOST ? columns / 3 : BAR_MOST;
	size_t full = done >= total ? width : width * done / total;

	if (width < BAR_LEAST)
		return at;
	at = put(out, at, columns, " [");
	for (size_t i = 0; i < width; i++)
		at = put(out, at, columns, i < full ? "=" : i == full ? ">" : " ");
	return put(out, at, columns, "]");
}

void progress_line(const char *what, size_t done, size_t total, const char *label, size_t columns,
	char *out)
{
	char shown[200], count[64];
	size_t at = put(out, 0, columns, what);

	if (total > 0) {
		at = put_bar(out, at, columns, done, total);
		(void)snprintf(count, sizeof(count), " %zu of %zu", done, total);
		at = put(out, at, columns, count);
	}
	if (*label) {
		at = put(out, at, columns, ": ");
		(void)put(out, at, columns, text_quote(tsp_text_of(label), shown, sizeof(shown)));
	}
}

void progress_show(const char *what, size_t done, size_t total, const char *label)
{
	char line[COLUMNS_MOST + 1];
	struct winsize size = { 0 };
	size_t columns = 80;

	if (!bar.open || clock_read() < bar.next)
		return;
	bar.next = clock_after(clock_read(), NEXT_MS);
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
		columns = size.ws_col - 1u; /* the last one would wrap */
	progress_line(what, done, total, label, columns < COLUMNS_MOST ? columns : COLUMNS_MOST,
		line);
	bar.drawn = true;
	(void)fprintf(stderr, CLEAR "%s", line);
	(void)fflush(stderr);
}

void progress_step(const char *what, const char *label)
{
	bar.next = 0;
	progress_show(what, 0, 0, label);
}

void progress_close(void)
{
	if (!bar.open)
		return;
	bar.open = false;
	if (bar.drawn) {
		(void)fputs(CLEAR, stderr);
		(void)fflush(stderr);
	}
	bar.drawn = false;
	for (size_t i = 0; i < ENDINGS; i++)
		(void)sigaction(endings[i], &bar.before[i], NULL);
}

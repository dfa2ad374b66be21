/* SPDX-License-Identifier: MIT */
/* The live table of top. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/status.h"
#include "shell/screen.h"
#include "shell/top.h"

#define TOP_HEAD     2	 /* lines above the rows */
#define TOP_WHO      160 /* bytes of a class and a name, escaped */
#define TOP_LINE     2048
#define TOP_ACTOR_MS 3 /* between two looks, for each actor */
#define TOP_FIGURES  "%8s %8s %9s %6s %7s %4s "

struct top_view {
	struct shell *shell;
	struct top *top;
	struct screen screen;
	size_t first; /* row on the first line */
	size_t at;    /* the row that t and k are for: a place, whoever comes to stand there */
	bool paused;
	const char *question; /* instead of the keys; NULL: none */
};

static char *top_age(double ms, char out[16])
{
	int s = ms < 1e11 ? (int)(ms / 1000) : 100000000;
	if (ms < 60000)
		snprintf(out, 16, "%.1fs", ms / 1000);
	else if (s < 6000)
		snprintf(out, 16, "%dm%02ds", s / 60, s % 60);
	else if (s < 172800)
		snprintf(out, 16, "%dh%02dm", s / 3600, s / 60 % 60);
	else
		snprintf(out, 16, "%dd", s / 86400);
	return out;
}

/* The number of a session, not the whole address: there is little room. */
static void top_contact(struct shell *shell, tsp_address address, char out[16])
{
	char text[CONTACT_TEXT];
	snprintf(out, 16, "%.15s", contacts_short(&shell->contacts, address, text));
}

/* A text in so many columns, escaped. */
static void top_cell(tsp_text text, int columns, char *out, size_t size)
{
	text_quote(text, out, size);
	out[screen_fit(out, columns)] = '\0';
	size_t used = strlen(out);
	for (int gap = columns - screen_width(out); gap > 0 && used + 1 < size; gap--)
		out[used++] = ' ';
	out[used] = '\0';
}

static void top_row_text(struct top_view *view, const struct top_row *row, char line[TOP_LINE])
{
	const struct roll_entry *entry = row->entry;
	char figures[TOP_KEYS][16];
	char contact[16];
	char class_name[TOP_WHO];
	char name[TOP_WHO];
	char spark[SPARK_TEXT];
	char *busy = roll_busy(entry);
	char doing[TOP_WHO];
	tsp_text state = roll_text(entry, "state");
	int columns = view->screen.columns;
	int who = columns > 120 ? 24 : columns > 96 ? 16 : 12;
	top_contact(view->shell, entry->address, contact);
	top_cell(roll_text(entry, "class"), who, class_name, sizeof(class_name));
	top_cell(roll_text(entry, "name"), who, name, sizeof(name));
	top_short(row->figures[TOP_MAILBOX], 1000, figures[TOP_MAILBOX]);
	top_age(row->figures[TOP_OLDEST], figures[TOP_OLDEST]);
	top_short(row->figures[TOP_RATE], 1000, figures[TOP_RATE]);
	snprintf(figures[TOP_CPU], 16, "%.0f%%", row->figures[TOP_CPU]);
	top_short(row->figures[TOP_MEMORY], 1024, figures[TOP_MEMORY]);
	top_short(row->figures[TOP_RESTARTS], 1000, figures[TOP_RESTARTS]);
	text_quote(busy != NULL ? tsp_text_of(busy) : state, doing, sizeof(doing));
	spark_text(&row->rate, spark);
	snprintf(line, TOP_LINE, "%-6s %s %s " TOP_FIGURES "%s%*s %s%s", contact, class_name, name,
		figures[TOP_MAILBOX], figures[TOP_OLDEST], figures[TOP_RATE], figures[TOP_CPU],
		figures[TOP_MEMORY], figures[TOP_RESTARTS], spark,
		(int)(SPARK_SAMPLES - row->rate.count), "", busy != NULL ? "busy " : "", doing);
	free(busy);
}

static void top_heads(const struct top_view *view, char line[TOP_LINE])
{
	int columns = view->screen.columns;
	int who = columns > 120 ? 24 : columns > 96 ? 16 : 12;
	snprintf(line, TOP_LINE, "%-6s %-*s %-*s " TOP_FIGURES "%-*s %s", "ACTOR", who, "CLASS", who,
		"NAME", "MAILBOX", "OLDEST", "RATE", "CPU", "MEMORY", "RST", SPARK_SAMPLES, "RATES",
		"STATE");
}

static bool top_draw(struct top_view *view)
{
	const struct top *top = view->top;
	struct screen *screen = &view->screen;
	size_t room = screen->rows > TOP_HEAD + 1 ? (size_t)(screen->rows - TOP_HEAD - 1) : 0;
	char line[TOP_LINE];
	char rate[16];
	char spark[SPARK_TEXT];
	if (view->at >= top->count)
		view->at = top->count > 0 ? top->count - 1 : 0;
	if (view->first > view->at)
		view->first = view->at;
	if (room > 0 && view->at >= view->first + room)
		view->first = view->at - room + 1;
	screen_begin(screen);
	snprintf(line, sizeof(line), "port %d: %zu actors, %s messages a second %s  by %s%s",
		shell_port(view->shell), top->count, top_short(top->rate, 1000, rate),
		spark_text(&top->rates, spark), top_key_name(top->key),
		view->paused ? ", paused" : "");
	screen_line(screen, 0, line, false);
	top_heads(view, line);
	screen_line(screen, 1, line, false);
	for (size_t i = 0; i < room; i++) {
		line[0] = '\0';
		if (view->first + i < top->count)
			top_row_text(view, &top->rows[view->first + i], line);
		screen_line(screen, TOP_HEAD + (int)i, line,
			top->count > 0 && view->first + i == view->at);
	}
	screen_line(screen, screen->rows - 1,
		view->question != NULL ?
			view->question :
			"s sort  p pause  up, down choose  t trace  k kill  q leave",
		false);
	return screen_show(screen);
}

/* Runs a line on the terminal as it is between the pages. 1: leave. */
static int top_line(struct top_view *view, const char *command, tsp_address actor, tsp_error *err)
{
	char text[TSP_ADDRESS_TEXT];
	tsp_error unmet = { 0 };
	char *line = text_format("%s %s", command, tsp_address_text(actor, text));
	int key = SCREEN_NONE;
	if (line == NULL)
		return TSP_OK;
	screen_close(&view->screen);
	printf("\n> %s\n", line);
	int rc = shell_run_line(view->shell, line, &unmet);
	if (rc != TSP_EINTERRUPT)
		(void)status_report(stderr, SHELL_NAME, rc, &unmet);
	fputs("any key goes on\n", stdout);
	fflush(stdout);
	free(line);
	rc = screen_open(&view->screen, err);
	while (rc >= 0 && (key == SCREEN_NONE || key == SCREEN_RESIZED))
		key = screen_read(&view->screen, 1000);
	return rc < 0 ? rc : key == SCREEN_END;
}

/* y: yes, all else is a no. */
static bool top_asks(struct top_view *view, const char *doing, const struct roll_entry *entry)
{
	char text[400];
	char who[16];
	char class_name[120];
	char name[120];
	int key = SCREEN_RESIZED;
	top_contact(view->shell, entry->address, who);
	text_quote(roll_text(entry, "class"), class_name, sizeof(class_name));
	text_quote(roll_text(entry, "name"), name, sizeof(name));
	snprintf(text, sizeof(text), "%s %s %s%s%s? [y/N]", doing, who, class_name,
		name[0] != '\0' ? " " : "", name);
	view->question = text;
	while (key == SCREEN_RESIZED || key == SCREEN_NONE) {
		if (!top_draw(view))
			break;
		key = screen_read(&view->screen, 1000);
	}
	view->question = NULL;
	return key == 'y' || key == 'Y';
}

/* What a key does. 1: leave. */
static int top_key(struct top_view *view, int key, tsp_error *err)
{
	struct top *top = view->top;
	const struct roll_entry *entry = top->count > 0 ? top->rows[view->at].entry : NULL;
	switch (key) {
	case 'q':
	case 'Q':
	case 4: /* Ctrl-D */
	case SCREEN_END: return 1;
	case 's':
		top->key = (enum top_key)((top->key + 1) % TOP_KEYS);
		top_sort(top);
		break;
	case 'p':
	case ' ': view->paused = !view->paused; break;
	case SCREEN_UP: view->at -= view->at > 0; break;
	case SCREEN_DOWN: view->at++; break; /* as far as there are rows */
	case 't': return entry != NULL ? top_line(view, "trace", entry->number, err) : 0;
	case 'k':
		return entry != NULL && top_asks(view, "kill", entry) ?
			top_line(view, "kill", entry->number, err) :
			0;
	default: break;
	}
	return 0;
}

/* A look costs the system about ten messages an actor: of many it is not done that often. */
static clock_ns top_due(const struct top *top, int64_t every_ms)
{
	int64_t least_ms = (int64_t)top->count * TOP_ACTOR_MS;
	return clock_after(clock_read(), every_ms > least_ms ? every_ms : least_ms);
}

static int top_loop(struct top_view *view, int64_t every_ms, tsp_error *err)
{
	clock_ns due = top_due(view->top, every_ms);
	int rc = TSP_OK;
	while (rc == TSP_OK && top_draw(view)) {
		clock_ns now = clock_read();
		int64_t left = (due - now) / CLOCK_MS + 1;
		int key = screen_read(&view->screen, left > 0 ? (int)left : 0);
		if (key != SCREEN_NONE)
			rc = top_key(view, key, err);
		now = clock_read();
		if (rc != TSP_OK || now < due)
			continue;
		if (!view->paused)
			rc = top_look(view->shell, view->top, err);
		if (rc >= 0)
			top_sort(view->top);
		due = top_due(view->top, every_ms);
	}
	return rc;
}

int top_watch(struct shell *shell, struct top *top, int64_t every_ms, tsp_error *err)
{
	struct top_view view = { .shell = shell, .top = top };
	int rc = screen_open(&view.screen, err);
	if (rc < 0)
		return rc;
	rc = top_loop(&view, every_ms, err);
	screen_leave(&view.screen);
	return rc == TSP_EINTERRUPT || rc > 0 ? TSP_OK : rc;
}

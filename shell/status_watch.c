/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/status_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "cli/status.h"
#include "shell/screen.h"
#include "shell/spark.h"

#define STATUS_LINE 1024

struct status_view {
	struct screen screen;
	char *text;	/* of the last look */
	int64_t handled;
	clock_ns at; /* 0: there was none */
	double rate; /* messages a second */
	struct spark rates;
};

/* Messages handled: as the hosts count, of the simple base as the system does, of an actor as it does. */
static int64_t status_view_handled(const tsp_message *status)
{
	static const char *const names[] = { "handled_in_hosts", "finished", "handled" };
	int64_t most = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		int64_t number = 0;
		(void)tsp_value_int(tsp_value_get(tsp_get(status, "counters"), names[i]), &number);
		most = number > most ? number : most;
	}
	return most;
}

static int status_view_look(
	struct shell *shell, struct status_view *view, tsp_address target, tsp_error *err)
{
	tsp_message *status = NULL;
	char *text = NULL;
	int rc = tsp_status(shell->system, target, shell->timeout_ms, &status, err);
	if (rc >= 0)
		rc = tsp_status_text(status, &text);
	if (rc < 0) {
		tsp_message_free(status);
		return rc;
	}
	int64_t handled = status_view_handled(status);
	clock_ns now = clock_read();
	if (view->at != 0 && now > view->at) {
		double seconds = (double)(now - view->at) / (double)CLOCK_SECOND;
		view->rate = handled > view->handled ?
			(double)(handled - view->handled) / seconds :
			0;
		spark_add(&view->rates, view->rate);
	}
	view->at = now;
	view->handled = handled;
	free(view->text);
	view->text = text;
	tsp_message_free(status);
	return TSP_OK;
}

static bool status_view_draw(struct status_view *view, bool paused)
{
	char line[STATUS_LINE];
	char spark[SPARK_TEXT];
	const char *at = view->text;
	screen_begin(&view->screen);
	snprintf(line, sizeof(line), "%.1f messages a second %s%s  (p pauses, q leaves)",
		view->rate, spark_text(&view->rates, spark), paused ? "  paused" : "");
	screen_line(&view->screen, 0, line, false);
	for (int row = 1; row < view->screen.rows; row++) {
		size_t size = strcspn(at, "\n");
		snprintf(line, sizeof(line), "%.*s", size < STATUS_LINE ? (int)size : STATUS_LINE - 1, at);
		screen_line(&view->screen, row, line, false);
		at += size;
		at += *at == '\n';
	}
	return screen_show(&view->screen);
}

static int status_view_loop(struct shell *shell, struct status_view *view, tsp_address target,
	int64_t every_ms, tsp_error *err)
{
	clock_ns due = clock_read() + every_ms * CLOCK_MS;
	bool paused = false;
	int rc = TSP_OK;
	while (rc == TSP_OK && status_view_draw(view, paused)) {
		int64_t left = (due - clock_read()) / CLOCK_MS + 1;
		int key = screen_read(&view->screen, left > 0 ? (int)left : 0);
		if (key == 'q' || key == 'Q' || key == 4 || key == SCREEN_END)
			break;
		if (key == 'p' || key == ' ')
			paused = !paused;
		if (clock_read() < due)
			continue;
		due = clock_read() + every_ms * CLOCK_MS;
		if (!paused)
			rc = status_view_look(shell, view, target, err);
	}
	return rc;
}

int status_watch(struct shell *shell, tsp_address target, int64_t every_ms, tsp_error *err)
{
	struct status_view view = { 0 };
	if (shell->form == OUTPUT_JSON || !screen_is_there()) {
		(void)tsp_fail(err, TSP_EUSAGE, "cannot watch the status: %s",
			shell->form == OUTPUT_JSON ? "with --json one document is printed" :
						     "there is no terminal");
		return status_hint(err, "without --watch it is printed once");
	}
	int rc = status_view_look(shell, &view, target, err);
	if (rc >= 0)
		rc = screen_open(&view.screen, err);
	if (rc >= 0) {
		rc = status_view_loop(shell, &view, target, every_ms, err);
		screen_leave(&view.screen);
	}
	free(view.text);
	return rc == TSP_EINTERRUPT ? TSP_OK : rc;
}

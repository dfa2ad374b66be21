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

#define WATCH_LINE 1024

struct watch {
	struct screen screen;
	char *text;	/* of the last look */
	int64_t handled;
	clock_ns at; /* 0: there was none */
	double rate; /* messages a second */
	struct spark rates;
};

/* Messages handled: as the hosts count, of the simple base as the system does, of an actor as it does. */
static int64_t watch_handled(const tsp_message *status)
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

static int watch_look(struct shell *shell, struct watch *watch, tsp_address target, tsp_error *err)
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
	int64_t handled = watch_handled(status);
	clock_ns now = clock_read();
	if (watch->at != 0 && now > watch->at) {
		double seconds = (double)(now - watch->at) / (double)CLOCK_SECOND;
		watch->rate = handled > watch->handled ?
			(double)(handled - watch->handled) / seconds :
			0;
		spark_add(&watch->rates, watch->rate);
	}
	watch->at = now;
	watch->handled = handled;
	free(watch->text);
	watch->text = text;
	tsp_message_free(status);
	return TSP_OK;
}

static bool watch_draw(struct watch *watch, bool paused)
{
	char line[WATCH_LINE];
	char spark[SPARK_TEXT];
	const char *at = watch->text;
	screen_begin(&watch->screen);
	snprintf(line, sizeof(line), "%.1f messages a second %s%s  (p pauses, q leaves)",
		watch->rate, spark_text(&watch->rates, spark), paused ? "  paused" : "");
	screen_line(&watch->screen, 0, line, false);
	for (int row = 1; row < watch->screen.rows; row++) {
		size_t size = strcspn(at, "\n");
		snprintf(line, sizeof(line), "%.*s", size < WATCH_LINE ? (int)size : WATCH_LINE - 1, at);
		screen_line(&watch->screen, row, line, false);
		at += size;
		at += *at == '\n';
	}
	return screen_show(&watch->screen);
}

static int watch_loop(struct shell *shell, struct watch *watch, tsp_address target, int64_t every_ms,
	tsp_error *err)
{
	clock_ns due = clock_read() + every_ms * CLOCK_MS;
	bool paused = false;
	int rc = TSP_OK;
	while (rc == TSP_OK && watch_draw(watch, paused)) {
		int64_t left = (due - clock_read()) / CLOCK_MS + 1;
		int key = screen_read(&watch->screen, left > 0 ? (int)left : 0);
		if (key == 'q' || key == 'Q' || key == 4 || key == SCREEN_END)
			break;
		if (key == 'p' || key == ' ')
			paused = !paused;
		if (clock_read() < due)
			continue;
		due = clock_read() + every_ms * CLOCK_MS;
		if (!paused)
			rc = watch_look(shell, watch, target, err);
	}
	return rc;
}

int status_watch(struct shell *shell, tsp_address target, int64_t every_ms, tsp_error *err)
{
	struct watch watch = { 0 };
	if (shell->form == OUTPUT_JSON || !screen_is_there()) {
		(void)tsp_fail(err, TSP_EUSAGE, "cannot watch the status: %s",
			shell->form == OUTPUT_JSON ? "with --json one document is printed" :
						     "there is no terminal");
		return status_hint(err, "'status' alone prints it once");
	}
	int rc = watch_look(shell, &watch, target, err);
	if (rc >= 0)
		rc = screen_open(&watch.screen, err);
	if (rc >= 0) {
		rc = watch_loop(shell, &watch, target, every_ms, err);
		screen_leave(&watch.screen, shell);
	}
	free(watch.text);
	return rc == TSP_EINTERRUPT ? TSP_OK : rc;
}

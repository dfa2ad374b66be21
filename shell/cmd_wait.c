/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/words.h"
#include "shell/condition.h"
#include "shell/render.h"
#include "shell/shell.h"

#define WAIT_FIRST_MS 10
#define WAIT_LAST_MS  500
#define WAIT_SHOWN    200

/* The words of a condition in one text. */
static void wait_text(char *const *words, int count, char out[WAIT_SHOWN])
{
	size_t used = 0;
	out[0] = '\0';
	for (int i = 0; i < count && used + 1 < WAIT_SHOWN; i++) {
		char shown[80];
		int size = snprintf(out + used, WAIT_SHOWN - used, "%s%s", i > 0 ? " " : "",
			text_quote(tsp_text_of(words[i]), shown, sizeof(shown)));
		used += size > 0 ? (size_t)size : 0;
	}
}

/* Looks until it holds or the time is over; *ret_seen is what was seen last. */
static int wait_poll(struct shell *shell, const struct condition *condition, int64_t timeout_ms,
	struct condition_seen *ret_seen, tsp_error *err)
{
	clock_ns deadline = clock_after(clock_read(), timeout_ms);
	int64_t own_ms = shell->timeout_ms;
	int64_t pause_ms = WAIT_FIRST_MS;
	int64_t left = timeout_ms;
	int rc = TSP_OK;
	do {
		/* A look has its own time, so that 0 seconds is one look. */
		shell->timeout_ms = left > 0 && left < own_ms ? left : own_ms;
		rc = condition_look(shell, condition, ret_seen, err);
		shell->timeout_ms = own_ms;
		left = clock_left_ms(clock_read(), deadline);
		if (rc < 0 || ret_seen->holds || left == 0)
			break;
		rc = shell_pause(shell, left < pause_ms ? left : pause_ms, err);
		pause_ms = pause_ms * 3 / 2 < WAIT_LAST_MS ? pause_ms * 3 / 2 : WAIT_LAST_MS;
		left = clock_left_ms(clock_read(), deadline);
	} while (rc >= 0);
	return rc;
}

static int wait_fail(const struct condition *condition, const struct condition_seen *seen,
	const char *text, int64_t timeout_ms, tsp_error *err)
{
	char number[32] = "it is not so";
	if (condition->counts && seen->there)
		snprintf(number, sizeof(number), "it is %lld", (long long)seen->number);
	else if (condition->counts)
		snprintf(number, sizeof(number), "it is not there");
	return tsp_fail(err, TSP_ETIMEOUT, "cannot wait for '%s': %s after %lld.%lld s", text,
		number, (long long)(timeout_ms / 1000), (long long)(timeout_ms % 1000 / 100));
}

static int wait_show(struct shell *shell, const struct condition *condition,
	const struct condition_seen *seen, const char *text, int64_t waited_ms, tsp_error *err)
{
	struct output *output = output_new(stdout, shell->form);
	output_aside(output);
	output_begin(output, NULL, NULL);
	output_string(output, "condition", NULL, text);
	output_bool(output, "holds", NULL, true);
	if (condition->counts)
		output_int(output, "number", NULL, seen->number);
	output_int(output, "waited_ms", NULL, waited_ms);
	output_end(output);
	return render_finish(output, err);
}

static int wait_for(
	struct shell *shell, char *const *words, int count, int64_t timeout_ms, tsp_error *err)
{
	struct condition condition;
	struct condition_seen seen = { 0 };
	char text[WAIT_SHOWN];
	clock_ns begin = clock_read();
	int rc = condition_parse(words, count, &condition, err);
	if (rc < 0)
		return rc;
	wait_text(words, count, text);
	rc = wait_poll(shell, &condition, timeout_ms, &seen, err);
	if (rc < 0)
		return rc;
	if (!seen.holds)
		return wait_fail(&condition, &seen, text, timeout_ms, err);
	return wait_show(shell, &condition, &seen, text, (clock_read() - begin) / CLOCK_MS, err);
}

static int wait_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	struct words words;
	int64_t timeout_ms = shell->timeout_ms;
	int rc = options_get_ms(&call->options, "timeout", &timeout_ms, err);
	if (rc < 0)
		return rc;
	if (call->argc > 1)
		return wait_for(shell, call->argv, call->argc, timeout_ms, err);
	/* One word: all of it in quotes. */
	words_init(&words);
	rc = words_split(&words, call->argv[0], -1, 0, err);
	if (rc >= 0)
		rc = wait_for(shell, words.items, words.count, timeout_ms, err);
	words_clear(&words);
	return rc;
}

static const struct option_spec wait_options[] = {
	{ "for", 0, NULL, "what comes is the condition", COMPLETE_NONE },
	{ "timeout", 0, "SECONDS", "longest wait (that of the session)", COMPLETE_NONE },
	{ 0 },
};

const struct command cmd_wait = {
	.name = "wait",
	.synopsis = "--for CONDITION [--timeout SECONDS]",
	.summary = "wait until something is so; status 4 if it is not in time",
	.details =
		"CONDITION, in quotes or not; OP is one of == != < <= > >=:\n"
		"  system                a system answers at the port\n"
		"  name NAME             somebody holds the global name\n"
		"  gone ADDR             the actor has ended, nobody holds the name\n"
		"  source HASH           a source whose hash begins so is loaded\n"
		"  actors [CLASS] OP N   how many actors there are, of any class or of one\n"
		"  waiting ADDR OP N     how many messages the actor has not handled\n"
		"It looks at once and then in growing pauses, half a second at most. $last stays as it is.\n"
		"example: wait --for actors worker:Worker >= 3 --timeout 30",
	.options = wait_options,
	.args_min = 1,
	.args_max = -1,
	.run = wait_run,
};

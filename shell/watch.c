/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/watch.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/status.h"
#include "shell/roll.h"

#define WATCH_DAY_MS   86400000
#define WATCH_MS       3600000 /* as the system has it where nothing is said */
#define WATCH_GRACE_MS 5000    /* how much later than due the end may come */

/* 1: some actor is of this class. */
static int watch_has_class(struct shell *shell, const char *text, tsp_error *err)
{
	struct roll roll;
	int rc = roll_call(shell, &roll, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < roll.count && rc == 0; i++)
		rc = tsp_text_is(roll_text(&roll.entries[i], "class"), text);
	roll_clear(&roll);
	return rc;
}

/* Who crashes again and again is at times nobody: that a name has no holder just now does not make it
 * a class. */
int watch_subject(struct shell *shell, const char *text, tsp_trace_options *options, tsp_error *err)
{
	tsp_system *system = NULL;
	tsp_address holder;
	int rc = shell_attach(shell, &system, err);
	if (rc < 0)
		return rc;
	if (text[0] == '#' || text[0] == '@')
		return shell_address(shell, text, &options->actor, err);
	if (strchr(text, ':') != NULL) {
		options->class_name = text[0] == ':' ? text + 1 : text;
		return TSP_OK;
	}
	rc = tsp_resolve(system, text, shell->timeout_ms, &holder, err);
	if (rc == TSP_ENOENT)
		rc = watch_has_class(shell, text, err);
	if (rc < 0 && rc != TSP_ENAME)
		return rc;
	if (rc == TSP_OK)
		options->actor = tsp_system_name_address(system, text);
	else
		options->class_name = text;
	return TSP_OK;
}

int watch_options(const struct command_call *call, tsp_trace_options *options, tsp_error *err)
{
	int rc = options_get_int(&call->options, "limit", 1, 1000000, &options->limit, err);
	if (rc >= 0)
		rc = options_get_int(&call->options, "rate", 1, 100000, &options->rate, err);
	if (rc >= 0)
		rc = options_get_ms(&call->options, "for", &options->duration_ms, err);
	if (rc < 0)
		return rc;
	options->type = options_get(&call->options, "type");
	if (options_count(&call->options, "for") > 0 &&
		(options->duration_ms < 1 || options->duration_ms > WATCH_DAY_MS))
		return tsp_fail(err, TSP_EUSAGE,
			"cannot use '%s' for '--for': not from 0.001 to 86400 seconds",
			options_get(&call->options, "for"));
	return TSP_OK;
}

int watch_open(struct shell *shell, const tsp_trace_options *options, struct watch *ret_watch,
	tsp_error *err)
{
	struct watch watch = { .terminal = shell->terminal };
	tsp_system *system = NULL;
	int rc = shell_attach(shell, &system, err);
	if (rc >= 0)
		rc = tsp_open_private(system, &watch.system, err);
	if (rc < 0)
		return rc;
	rc = tsp_trace(watch.system, options, &watch.actors, err);
	if (rc == TSP_ELIMIT)
		(void)status_hint(err, "each ends with its shell, or after its --for");
	if (rc < 0) {
		tsp_close(watch.system);
		return rc;
	}
	watch.due = clock_after(
		clock_read(), options->duration_ms > 0 ? options->duration_ms : WATCH_MS);
	*ret_watch = watch;
	return TSP_OK;
}

void watch_close(struct watch *watch)
{
	tsp_close(watch->system);
	watch->system = NULL;
}

static void watch_take_sums(struct watch *watch, const tsp_message *event)
{
	tsp_text reason = tsp_get_text(event, "reason");
	watch->ended = true;
	watch->seen = tsp_get_int(event, "seen", 0);
	watch->shown = tsp_get_int(event, "shown", 0);
	watch->skipped = tsp_get_int(event, "skipped", 0);
	if (tsp_text_is(reason, "asked"))
		reason = TSP_TEXT("interrupt");
	snprintf(watch->reason, sizeof(watch->reason), "%.*s", (int)reason.size, reason.data);
}

/* Ctrl-C: the system says the sums. A second one waits for nothing more. */
static int watch_interrupt(struct watch *watch, tsp_error *err)
{
	if (watch->interrupted)
		return TSP_EINTERRUPT;
	watch->interrupted = true;
	watch->due = clock_read();
	if (watch->terminal)
		fputc('\n', stderr); /* behind the ^C that it shows */
	int rc = tsp_trace_end(watch->system, err);
	return rc == TSP_ENOENT ? TSP_OK : rc; /* it ended by itself: that is on its way */
}

int watch_next(struct watch *watch, tsp_message **ret_event, tsp_error *err)
{
	while (!watch->ended) {
		tsp_message *event = NULL;
		int64_t patience_ms = clock_left_ms(clock_read(), watch->due) + WATCH_GRACE_MS;
		int rc = tsp_listen(watch->system, patience_ms, &event, err);
		if (rc == TSP_EINTERRUPT)
			rc = watch_interrupt(watch, err);
		else if (rc == TSP_EBACKLOG)
			rc = TSP_OK; /* the sums will not agree, and say so */
		if (rc < 0) {
			snprintf(watch->reason, sizeof(watch->reason), "lost");
			return rc;
		}
		if (event != NULL && tsp_message_is_system(event)) {
			if (tsp_message_is(event, "Traced")) {
				watch->received++;
				*ret_event = event;
				return 1;
			}
			if (tsp_message_is(event, "TraceEnded"))
				watch_take_sums(watch, event);
		}
		tsp_message_free(event);
	}
	return 0;
}

int64_t watch_lost(const struct watch *watch)
{
	return watch->shown > watch->received ? watch->shown - watch->received : 0;
}

void watch_render(const struct watch *watch, struct output *output)
{
	output_int(output, "seen", NULL, watch->seen);
	output_int(output, "shown", NULL, watch->received);
	output_int(output, "skipped", NULL, watch->skipped);
	output_int(output, "lost", NULL, watch_lost(watch));
	output_string(output, "reason", NULL, watch->reason);
}

char *watch_text(const struct watch *watch, char *out, size_t size)
{
	int used = snprintf(out, size, "%lld messages seen, %lld shown, %lld skipped",
		(long long)watch->seen, (long long)watch->received, (long long)watch->skipped);
	if (watch_lost(watch) > 0 && used > 0 && (size_t)used < size)
		snprintf(out + used, size - (size_t)used, ", %lld lost: this shell was too slow",
			(long long)watch_lost(watch));
	return out;
}

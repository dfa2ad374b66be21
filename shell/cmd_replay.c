/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/status.h"
#include "shell/differ.h"
#include "shell/interrupt.h"
#include "shell/recording.h"
#include "shell/render.h"

#define REPLAY_SHOWN 10	 /* differences of one answer */
#define REPLAY_LINE  1024
#define REPLAY_TEXT  200 /* bytes of a value in a line; all of it is in --json */

struct replay {
	struct shell *shell;
	struct recording recording;
	tsp_address target;
	bool fresh; /* made for this, and ended behind it */
	struct output *output;
	int64_t sent;
	int64_t same;
	int64_t different;
	int64_t unanswered; /* told: no answer was recorded */
	int64_t left_out;
};

static char *replay_value_text(tsp_value value, char out[REPLAY_TEXT])
{
	char *json = NULL;
	if (value.data == NULL)
		return strcpy(out, "nothing");
	if (tsp_value_to_json(value, TSP_JSON_COMPACT, &json) < 0)
		return strcpy(out, "?");
	text_quote(tsp_text_of(json), out, REPLAY_TEXT);
	free(json);
	return out;
}

/* A line for a person, at once; the document is for JSON and $last. */
__attribute__((format(printf, 2, 3))) static void replay_print(
	const struct replay *replay, const char *format, ...)
{
	char line[REPLAY_LINE];
	va_list args;
	if (replay->shell->form == OUTPUT_JSON)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	text_print(stdout, tsp_text_of(line), false);
	putchar('\n');
}

static void replay_differs(void *data, const char *path, tsp_value before, tsp_value after)
{
	struct replay *replay = data;
	struct output *output = replay->output;
	char one[REPLAY_TEXT], other[REPLAY_TEXT];
	replay_print(replay, "  %s: recorded %s, now %s", path[0] != '\0' ? path : "the answer",
		replay_value_text(before, one), replay_value_text(after, other));
	output_begin(output, NULL, NULL);
	output_string(output, "path", NULL, path);
	output_value(output, "recorded", NULL, before);
	output_value(output, "now", NULL, after);
	output_end(output);
}

static void replay_begin(struct replay *replay, const struct recorded *request)
{
	struct output *output = replay->output;
	char shown[100];
	replay_print(replay, "line %d, %s:", request->line,
		text_quote(request->type, shown, sizeof(shown)));
	output_begin(output, NULL, NULL);
	output_int(output, "line", NULL, request->line);
	output_text(output, "type", NULL, request->type);
}

static void replay_say(struct replay *replay, const char *recorded, const char *now)
{
	replay_print(replay, "  recorded %s, now %s", recorded, now);
	output_string(replay->output, "recorded", NULL, recorded);
	output_string(replay->output, "now", NULL, now);
}

static bool replay_has_failed(tsp_text outcome)
{
	return tsp_text_is(outcome, "failed") || tsp_text_is(outcome, "crashed");
}

/* For counting alone: of an answer that is the same nothing is shown. */
static void replay_nothing(void *data, const char *path, tsp_value before, tsp_value after)
{
	(void)data;
	(void)path;
	(void)before;
	(void)after;
}

static void replay_compare(struct replay *replay, const struct recorded *request,
	const struct recorded *answer, const tsp_message *now)
{
	tsp_value body = tsp_message_body(now);
	size_t count = differ_find(answer->body, body, 0, replay_nothing, NULL);
	if (count == 0) {
		replay->same++;
		return;
	}
	replay->different++;
	replay_begin(replay, request);
	output_list(replay->output, "differences", NULL);
	count = differ_find(answer->body, body, REPLAY_SHOWN, replay_differs, replay);
	output_end(replay->output);
	if (count > REPLAY_SHOWN)
		replay_print(replay, "  and more");
	output_end(replay->output);
}

/* The answer is to be one, or a failure as it was. */
static void replay_judge(struct replay *replay, const struct recorded *request,
	const struct recorded *answer, const tsp_message *now, const char *error)
{
	bool failed = replay_has_failed(request->outcome);
	bool fails = now != NULL && tsp_message_is_system(now) &&
		tsp_message_is(now, "PoisonMessage");
	char shown[REPLAY_TEXT];
	char text[REPLAY_TEXT + 40];
	if (now != NULL && !fails && answer != NULL && answer->body.data != NULL) {
		replay_compare(replay, request, answer, now);
		return;
	}
	if (fails && failed) {
		replay->same++;
		return;
	}
	replay->different++;
	replay_begin(replay, request);
	if (fails)
		snprintf(text, sizeof(text), "failed: %s",
			text_quote(tsp_get_text(now, "details"), shown, sizeof(shown)));
	else
		snprintf(text, sizeof(text), "%s", now != NULL ? "an answer" : error);
	replay_say(replay, failed ? "failed" : "an answer", text);
	output_end(replay->output);
}

static int replay_ask(struct replay *replay, const struct recorded *request, const char *type,
	tsp_value value, const struct recorded *answer, tsp_error *err)
{
	tsp_message *now = NULL;
	tsp_error why = { 0 };
	int rc = tsp_ask(replay->shell->system, replay->target, type, value,
		replay->shell->timeout_ms, &now, &why);
	if (rc == TSP_EINTERRUPT || rc == TSP_ENOSYSTEM || rc == TSP_ECLOSED)
		return tsp_fail(err, rc, "%s", why.text);
	replay_judge(replay, request, answer, now, rc < 0 ? tsp_error_sentence(rc) : "");
	tsp_message_free(now);
	return TSP_OK;
}

/* What ends an actor, or asks it for its status, is no work of its own; what the system said is of then. */
static bool replay_is_left_out(const struct recorded *request)
{
	return request->system || request->body.data == NULL ||
		tsp_text_is(request->type, "ActorExitRequest") ||
		tsp_text_is(request->type, "Thespian_StatusReq");
}

static int replay_one(struct replay *replay, const struct recorded *request, tsp_error *err)
{
	const struct recorded *answer = recording_answer(&replay->recording, request);
	tsp_text name;
	tsp_value value = request->body;
	char *type = NULL;
	if (replay_is_left_out(request)) {
		replay->left_out++;
		return TSP_OK;
	}
	if (tsp_value_typed(request->body, &name, &value)) {
		type = tsp_text_copy(name);
		if (type == NULL)
			return tsp_fail(err, TSP_ENOMEM, "out of memory");
	}
	int rc = TSP_OK;
	replay->sent++;
	if (answer != NULL || replay_has_failed(request->outcome)) {
		rc = replay_ask(replay, request, type, value, answer, err);
	} else {
		replay->unanswered++;
		rc = tsp_tell(replay->shell->system, replay->target, type, value, err);
	}
	free(type);
	return rc;
}

/* The actor to send to: the one named, or a new one in a host of its own, which harms nobody. */
static int replay_open(struct replay *replay, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = replay->shell;
	const char *to = options_get(&call->options, "to");
	const char *source = options_get(&call->options, "source");
	tsp_create_options options = { .source = source, .host = TSP_HOST_OWN };
	const char *name = replay->recording.class_name;
	tsp_system *system = NULL;
	if (to != NULL && source != NULL)
		return tsp_fail(err, TSP_EUSAGE,
			"cannot use '--to' and '--source': one says who exists, the other what to create");
	if (to != NULL)
		return shell_address(shell, to, &replay->target, err);
	if (source == NULL)
		options.source = replay->recording.source;
	else if (strrchr(name, ':') != NULL)
		name = strrchr(name, ':') + 1; /* then of an installed module, now of a source */
	int rc = shell_attach(shell, &system, err);
	if (rc >= 0)
		rc = tsp_system_create(
			system, name, &options, shell->timeout_ms, &replay->target, err);
	replay->fresh = rc >= 0;
	return rc;
}

static void replay_sums(struct replay *replay)
{
	struct output *output = replay->output;
	output_int(output, "sent", NULL, replay->sent);
	output_int(output, "same", NULL, replay->same);
	output_int(output, "different", NULL, replay->different);
	output_int(output, "unanswered", NULL, replay->unanswered);
	output_int(output, "left_out", NULL, replay->left_out);
	output_bool(output, "torn", NULL, replay->recording.torn);
	replay_print(replay, "%lld sent: %lld answers as recorded, %lld not; %lld without an answer",
		(long long)replay->sent, (long long)replay->same, (long long)replay->different,
		(long long)replay->unanswered);
	if (replay->left_out > 0)
		replay_print(replay, "%lld left out: the system's own, or without a body",
			(long long)replay->left_out);
	if (replay->recording.torn)
		replay_print(replay, "the last line of the recording has no end, and was left out");
}

static int replay_all(struct replay *replay, tsp_error *err)
{
	int rc = TSP_OK;
	replay->output = output_new(stdout, replay->shell->form);
	output_quiet(replay->output);
	output_begin(replay->output, NULL, NULL);
	output_list(replay->output, "messages", NULL);
	for (size_t i = 0; rc >= 0 && i < replay->recording.count; i++)
		if (replay->recording.messages[i].in)
			rc = replay_one(replay, &replay->recording.messages[i], err);
	output_end(replay->output);
	replay_sums(replay);
	output_end(replay->output);
	int shown = render_finish(replay->output, rc < 0 ? NULL : err);
	if (rc < 0 || shown < 0)
		return rc < 0 ? rc : shown;
	return replay->different > 0 ? STATUS_FAILED : STATUS_DONE;
}

static int replay_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct replay replay = { .shell = context };
	struct interrupt interrupt;
	int rc = recording_read(call->argv[0], &replay.recording, err);
	if (rc < 0)
		return rc;
	interrupt_catch(&interrupt);
	rc = replay_open(&replay, call, err);
	if (rc >= 0)
		rc = replay_all(&replay, err);
	if (replay.fresh && replay.shell->system != NULL)
		(void)tsp_kill(replay.shell->system, replay.target, 0, true, NULL, NULL);
	interrupt_release(&interrupt);
	recording_clear(&replay.recording);
	return rc;
}

static const struct option_spec replay_options[] = {
	{ "to", 0, "ADDR", "send to this actor, which is there", COMPLETE_ADDRESS },
	{ "source", 0, "HASH", "send to a new actor of this source; at least 6 digits",
		COMPLETE_HASH },
	{ 0 },
};

const struct command cmd_replay = {
	.name = "replay",
	.synopsis = "FILE [--to ADDR | --source HASH]",
	.summary = "send what record wrote again, and compare the answers",
	.details =
		"Without an option to a new actor of the recorded class and source, in a host of its own,\n"
		"which is ended behind it. What was answered is asked, one at a time; types and values are\n"
		"compared, addresses are not. Status 1: an answer differs, and the differences are shown.\n"
		"example: replay greeter.jsonl --source 3f0a9c",
	.options = replay_options,
	.args_min = 1,
	.args_max = 1,
	.complete = { COMPLETE_PATH },
	.changes = true,
	.undo = "nothing: what an actor was sent it has handled; without --to only a new one was",
	.run = replay_run,
};

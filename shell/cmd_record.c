/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "shell/interrupt.h"
#include "shell/recording.h"
#include "shell/render.h"
#include "shell/roll.h"
#include "shell/watch.h"

#define RECORD_LIMIT	  10000
#define RECORD_RATE	  100000 /* all there are */
#define RECORD_BODY_LIMIT ((int64_t)1024 * 1024)

struct record_sums {
	int64_t requests;
	int64_t answers;
	int64_t cut;
};

static int record_follow(
	struct watch *watch, FILE *stream, struct record_sums *sums, tsp_error *err)
{
	tsp_message *event = NULL;
	int rc;
	while ((rc = watch_next(watch, &event, err)) > 0) {
		rc = recording_put(stream, event, err);
		if (tsp_text_is(tsp_get_text(event, "direction"), "in"))
			sums->requests++;
		else
			sums->answers++;
		if (tsp_get_bool(event, "cut", false))
			sums->cut++;
		tsp_message_free(event);
		if (rc < 0)
			break;
	}
	return rc;
}

static int record_show(struct shell *shell, const struct watch *watch,
	const struct record_sums *sums, const char *path, tsp_error *err)
{
	struct output *output = output_new(stdout, shell->form);
	char shown[256];
	char text[200];
	output_begin(output, NULL, NULL);
	output_string(output, "file", NULL, path);
	output_int(output, "requests", NULL, sums->requests);
	output_int(output, "answers", NULL, sums->answers);
	output_int(output, "cut", NULL, sums->cut);
	watch_render(watch, output);
	output_say(output, "recorded %lld messages to it and %lld from it in '%s'",
		(long long)sums->requests, (long long)sums->answers,
		text_quote(tsp_text_of(path), shown, sizeof(shown)));
	output_say(output, "%s (%s)", watch_text(watch, text, sizeof(text)), watch->reason);
	if (sums->cut > 0)
		output_say(output, "%lld were larger than 1 MiB: without their bodies",
			(long long)sums->cut);
	output_end(output);
	return render_finish(output, err);
}

/* Of one with nothing in it nothing is left. */
static void record_drop(FILE *stream, const char *path)
{
	(void)unlink(path);
	(void)fclose(stream);
}

/* The actor's own entry, for the head: what has to be created where this is replayed. */
static int record_begin(struct shell *shell, const char *word, const char *path,
	tsp_address *ret_actor, FILE **ret_stream, tsp_error *err)
{
	struct roll roll = { 0 };
	FILE *stream = NULL;
	tsp_address number;
	int rc = shell_address(shell, word, ret_actor, err);
	if (rc >= 0)
		rc = shell_resolve(shell, word, &number, err);
	if (rc >= 0)
		rc = roll_call(shell, &roll, err);
	if (rc < 0)
		return rc;
	const struct roll_entry *entry = roll_find(&roll, number);
	rc = entry == NULL ?
		tsp_fail(err, TSP_EDEAD, "cannot record '%s': no such actor", word) :
		recording_create(path, &stream, err);
	if (rc >= 0)
		rc = recording_put_head(stream, number, entry->actor, err);
	roll_clear(&roll);
	if (rc >= 0)
		*ret_stream = stream;
	else if (stream != NULL)
		record_drop(stream, path);
	return rc;
}

static int record_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	const char *path = call->argv[1];
	tsp_trace_options options = {
		.limit = RECORD_LIMIT, .rate = RECORD_RATE, .body_limit = RECORD_BODY_LIMIT
	};
	struct record_sums sums = { 0 };
	struct interrupt interrupt;
	struct watch watch;
	FILE *stream = NULL;
	int rc = watch_options(call, &options, err);
	if (rc >= 0)
		rc = record_begin(shell, call->argv[0], path, &options.actor, &stream, err);
	if (rc < 0)
		return rc;
	interrupt_catch(&interrupt);
	rc = watch_open(shell, &options, &watch, err);
	if (rc >= 0) {
		rc = record_follow(&watch, stream, &sums, err);
		if (rc >= 0)
			rc = record_show(shell, &watch, &sums, path, err);
		watch_close(&watch);
	} else {
		(void)unlink(path); /* it has a head alone */
	}
	interrupt_release(&interrupt);
	if (fclose(stream) != 0 && rc >= 0)
		rc = tsp_fail(err, TSP_EIO, "cannot write '%s': %s", path, strerror(errno));
	return rc;
}

static const struct option_spec record_options[] = {
	{ "for", 0, "SECONDS", "end after this time (3600)", COMPLETE_NONE },
	{ "limit", 0, "N", "end after so many messages, both ways (10000)", COMPLETE_NONE },
	{ 0 },
};

const struct command cmd_record = {
	.name = "record",
	.synopsis = "ADDR FILE [--for SECONDS] [--limit N]",
	.summary = "write what an actor is sent and answers to a file",
	.details =
		"FILE is new, its owner's alone, and holds the messages with their bodies, a line of JSON\n"
		"each; it is written line by line, so that a kill loses the last one at most. Ctrl-C ends\n"
		"it well. replay sends the messages again.\n"
		"example: record Greeter greeter.jsonl --for 60",
	.options = record_options,
	.args_min = 2,
	.args_max = 2,
	.complete = { COMPLETE_ADDRESS, COMPLETE_PATH },
	.run = record_run,
};

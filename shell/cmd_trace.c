/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "shell/interrupt.h"
#include "shell/moment.h"
#include "shell/render.h"
#include "shell/watch.h"

#define TRACE_BODY_LIMIT ((int64_t)64 * 1024)
#define TRACE_BODY_SHOWN 2000 /* bytes of one in a line; all of it is in --json */

static char *trace_latency(int64_t us, char out[32])
{
	if (us < 10000)
		snprintf(out, 32, "%lld us", (long long)us);
	else if (us < 10000000)
		snprintf(out, 32, "%lld ms", (long long)us / 1000);
	else
		snprintf(out, 32, "%lld s", (long long)us / 1000000);
	return out;
}

/* Reply addresses come and go by the thousand: they get no numbers in this session. */
static char *trace_address(struct shell *shell, tsp_address address, char out[CONTACT_TEXT])
{
	char text[TSP_ADDRESS_TEXT];
	int number = contacts_find(&shell->contacts, address);
	tsp_address_text(address, text);
	if (number < 0)
		snprintf(out, CONTACT_TEXT, "%s", text);
	else
		snprintf(out, CONTACT_TEXT, "#%d", number);
	return out;
}

static void trace_say_body(const tsp_message *event)
{
	char shown[TRACE_BODY_SHOWN];
	char *json = NULL;
	tsp_value body;
	if (tsp_value_encoded(tsp_get(event, "body"), &body)) {
		if (tsp_value_to_json(body, TSP_JSON_COMPACT, &json) == TSP_OK)
			printf("  %s", text_quote(tsp_text_of(json), shown, sizeof(shown)));
		free(json);
	} else if (tsp_get_bool(event, "cut", false)) {
		printf("  %s ..", text_quote(tsp_get_text(event, "excerpt"), shown, sizeof(shown)));
	}
}

static void trace_say(struct shell *shell, const tsp_message *event)
{
	char at[MOMENT_TEXT], latency[32], type[128], class_name[128], outcome[32], direction[8];
	char from[CONTACT_TEXT], to[CONTACT_TEXT];
	tsp_text class_text = tsp_get_text(event, "class");
	printf("%s %-3s %s -> %s%s%s  %s  %lld B  %s  %s",
		moment_text(tsp_get_int(event, "at_us", 0), 6, at),
		text_quote(tsp_get_text(event, "direction"), direction, sizeof(direction)),
		trace_address(shell, tsp_get_address(event, "from"), from),
		trace_address(shell, tsp_get_address(event, "to"), to),
		class_text.size > 0 ? " " : "",
		text_quote(class_text, class_name, sizeof(class_name)),
		text_quote(tsp_get_text(event, "type"), type, sizeof(type)),
		(long long)tsp_get_int(event, "size", 0),
		trace_latency(tsp_get_int(event, "latency_us", 0), latency),
		text_quote(tsp_get_text(event, "outcome"), outcome, sizeof(outcome)));
	trace_say_body(event);
	putchar('\n');
}

static void trace_put_event(struct shell *shell, struct output *output, const tsp_message *event)
{
	tsp_value body;
	output_begin(output, NULL, NULL);
	output_int(output, "at_us", NULL, tsp_get_int(event, "at_us", 0));
	output_text(output, "direction", NULL, tsp_get_text(event, "direction"));
	render_address(shell, output, "from", NULL, tsp_get_address(event, "from"));
	render_address(shell, output, "to", NULL, tsp_get_address(event, "to"));
	output_text(output, "class", NULL, tsp_get_text(event, "class"));
	output_text(output, "type", NULL, tsp_get_text(event, "type"));
	output_int(output, "size", NULL, tsp_get_int(event, "size", 0));
	output_int(output, "latency_us", NULL, tsp_get_int(event, "latency_us", 0));
	output_text(output, "outcome", NULL, tsp_get_text(event, "outcome"));
	output_bool(output, "system", NULL, tsp_get_bool(event, "system", false));
	if (tsp_value_encoded(tsp_get(event, "body"), &body))
		output_value(output, "body", NULL, body);
	if (tsp_get_bool(event, "cut", false))
		output_text(output, "excerpt", NULL, tsp_get_text(event, "excerpt"));
	output_end(output);
}

/* One event as JSON, a line to be freed. */
static int trace_event_text(struct shell *shell, const tsp_message *event, char **ret_text)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	if (stream == NULL)
		return TSP_ENOMEM;
	struct output *output = output_new(stream, OUTPUT_JSON);
	output_aside(output);
	trace_put_event(shell, output, event);
	int rc = output_finish(output);
	if (fclose(stream) != 0 && rc >= 0)
		rc = TSP_ENOMEM;
	if (rc < 0) {
		free(text);
		return rc;
	}
	text[strcspn(text, "\n")] = '\0';
	*ret_text = text;
	return TSP_OK;
}

/* What has come stands there at once, also in JSON: a trace of an hour is no document in memory. */
static int trace_show(struct shell *shell, const tsp_message *event, int64_t nth, tsp_error *err)
{
	char *text = NULL;
	if (shell->form == OUTPUT_TEXT) {
		trace_say(shell, event);
	} else {
		int rc = trace_event_text(shell, event, &text);
		if (rc < 0)
			return tsp_fail(err, rc, "cannot trace: %s", tsp_error_sentence(rc));
		printf("%s%s", nth > 1 ? "," : "", text);
		free(text);
	}
	if (fflush(stdout) != 0 || ferror(stdout) != 0)
		return tsp_fail(
			err, TSP_EIO, "cannot write to standard output: %s", strerror(errno));
	return TSP_OK;
}

static void trace_begin(struct shell *shell, const struct watch *watch, const char *subject)
{
	char shown[160];
	if (shell->form == OUTPUT_JSON)
		fputs("{\"events\":[", stdout);
	else if (subject != NULL)
		printf("tracing %s: %d actor%s now; Ctrl-C ends\n",
			text_quote(tsp_text_of(subject), shown, sizeof(shown)), watch->actors,
			watch->actors == 1 ? "" : "s");
	else
		printf("tracing all actors; Ctrl-C ends\n");
	fflush(stdout);
}

/* The sums, which are what is kept for $last, too. In JSON the document is closed in any case. */
static void trace_end(struct shell *shell, const struct watch *watch)
{
	char sentence[200];
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	struct output *output = stream != NULL ? output_new(stream, OUTPUT_JSON) : NULL;
	output_begin(output, NULL, NULL);
	watch_render(watch, output);
	output_end(output);
	int rc = output_finish(output);
	if (stream != NULL && fclose(stream) != 0)
		rc = TSP_ENOMEM;
	if (shell->form == OUTPUT_TEXT)
		printf("%s (%s)\n", watch_text(watch, sentence, sizeof(sentence)), watch->reason);
	else
		printf("]%s%s", rc >= 0 ? "," : "", rc >= 0 ? text + 1 : "}\n");
	free(text);
}

static int trace_follow(struct shell *shell, struct watch *watch, tsp_error *err)
{
	tsp_message *event = NULL;
	int rc;
	while ((rc = watch_next(watch, &event, err)) > 0) {
		rc = trace_show(shell, event, watch->received, err);
		tsp_message_free(event);
		if (rc < 0)
			break;
	}
	return rc;
}

static int trace_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	tsp_trace_options options = { 0 };
	struct interrupt interrupt;
	struct watch watch;
	const char *subject = call->argc > 0 ? call->argv[0] : NULL;
	int rc = watch_options(call, &options, err);
	if (rc >= 0 && subject != NULL)
		rc = watch_subject(shell, subject, &options, err);
	if (rc < 0)
		return rc;
	if (options_count(&call->options, "bodies") > 0)
		options.body_limit = TRACE_BODY_LIMIT;
	interrupt_catch(&interrupt);
	rc = watch_open(shell, &options, &watch, err);
	if (rc >= 0) {
		if (!tsp_address_is_nobody(options.actor))
			(void)contacts_add(&shell->contacts, options.actor);
		trace_begin(shell, &watch, subject);
		rc = trace_follow(shell, &watch, err);
		if (rc < 0 && watch.reason[0] == '\0')
			snprintf(watch.reason, sizeof(watch.reason), "lost");
		if (rc != TSP_EIO)
			trace_end(shell, &watch);
		watch_close(&watch);
	}
	interrupt_release(&interrupt);
	return rc;
}

static const struct option_spec trace_options[] = {
	{ "limit", 0, "N", "messages shown, then it ends (100)", COMPLETE_NONE },
	{ "rate", 0, "R", "messages shown a second; others are counted (50)", COMPLETE_NONE },
	{ "type", 0, "TYPE", "only messages of this type", COMPLETE_NONE },
	{ "bodies", 0, NULL, "show what is in them, 64 KiB of each at most", COMPLETE_NONE },
	{ "for", 0, "SECONDS", "end after this time (3600)", COMPLETE_NONE },
	{ 0 },
};

const struct command cmd_trace = {
	.name = "trace",
	.synopsis = "[ADDR|CLASS] [--limit N] [--rate R] [--type TYPE] [--bodies] [--for SECONDS]",
	.summary = "show each message to and from an actor, a class or all",
	.details =
		"One line a message, when it is done with: when the system took it in, direction, from and\n"
		"to, type, size, how long it took to be handled, and how it ended. A word that is no address\n"
		"is a name that somebody holds, else the class of some actor, else a name again; ':CLASS' is\n"
		"always a class, also of actors to come. Messages within one shared host, or within the\n"
		"simple base, do not pass the system and are not seen.\n"
		"Ctrl-C, --limit or --for end it; the last line says how many were seen, shown and skipped.\n"
		"example: trace Greeter --type Greet --bodies --for 10",
	.options = trace_options,
	.args_max = 1,
	.complete = { COMPLETE_ADDRESS },
	.run = trace_run,
};

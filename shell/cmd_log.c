/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/status.h"
#include "shell/interrupt.h"
#include "shell/moment.h"
#include "shell/render.h"
#include "shell/shell.h"

#define LOG_RECORDS_LIMIT 10000 /* of one JSON document */

struct log_follower {
	struct shell *shell;
	struct output *output; /* NULL: lines go out as they come */
	tsp_system *system;    /* a connection of its own: what comes there is nothing but records */
	clock_ns until;
	size_t count;
	int64_t skipped;
	const char *reason; /* why it ended */
};

static void log_render(struct log_follower *follower, const tsp_message *record)
{
	struct output *output = follower->output;
	tsp_value map = tsp_message_value(record);
	output_begin(output, NULL, NULL);
	render_member(follower->shell, output, map, "level", "level", NULL);
	render_member(follower->shell, output, map, "actor", "actor", NULL);
	render_member(follower->shell, output, map, "class", "class", NULL);
	render_member(follower->shell, output, map, "pid", "pid", NULL);
	render_member(follower->shell, output, map, "logger", "logger", NULL);
	render_member(follower->shell, output, map, "text", "text", NULL);
	output_end(output);
}

static void log_line(struct log_follower *follower, const tsp_message *record)
{
	char when[MOMENT_TEXT];
	char contact[CONTACT_TEXT] = "system";
	tsp_address actor = tsp_get_address(record, "actor");
	tsp_text level = tsp_get_text(record, "level");
	tsp_text class_name = tsp_get_text(record, "class");
	if (!tsp_address_is_nobody(actor))
		contacts_short(&follower->shell->contacts, actor, contact);
	printf("%s %-8.*s %s ", moment_text(moment_now_us(), 3, when), (int)level.size,
		level.size > 0 ? level.data : "", contact);
	text_print(stdout, class_name, false);
	fputs(class_name.size > 0 ? " " : "", stdout);
	text_print(stdout, tsp_get_text(record, "text"), false);
	fputc('\n', stdout);
}

/* Negative: standard output takes no more. */
static int log_take(struct log_follower *follower, const tsp_message *message, tsp_error *err)
{
	int64_t skipped = tsp_get_int(message, "skipped", 0);
	if (!tsp_message_is_system(message) || !tsp_message_is(message, "LoggedRecord"))
		return TSP_OK;
	follower->skipped += skipped;
	if (follower->output == NULL && skipped > 0)
		printf("%lld records left out\n", (long long)skipped);
	if (tsp_get_text(message, "text").data != NULL) {
		follower->count++;
		if (follower->output != NULL)
			log_render(follower, message);
		else
			log_line(follower, message);
	}
	if (follower->output == NULL && fflush(stdout) != 0)
		return tsp_fail(err, TSP_EIO, "cannot write to standard output");
	return TSP_OK;
}

/* Why a following that goes well ends; NULL: it goes on. */
static const char *log_end(const struct log_follower *follower, int rc)
{
	if (rc == TSP_EINTERRUPT)
		return "interrupt";
	if (rc == TSP_ETIMEOUT || (rc >= 0 && clock_read() >= follower->until))
		return "time";
	return rc >= 0 && follower->output != NULL && follower->count >= LOG_RECORDS_LIMIT ? "limit" : NULL;
}

static int log_loop(struct log_follower *follower, tsp_error *err)
{
	follower->reason = log_end(follower, TSP_OK);
	while (follower->reason == NULL) {
		tsp_message *message = NULL;
		int64_t left_ms = follower->until == CLOCK_NEVER ?
			TSP_FOREVER :
			clock_left_ms(clock_read(), follower->until);
		int rc = tsp_listen(follower->system, left_ms, &message, err);
		if (rc == TSP_OK)
			rc = log_take(follower, message, err);
		else if (rc == TSP_EBACKLOG)
			rc = TSP_OK;
		tsp_message_free(message);
		follower->reason = log_end(follower, rc);
		if (rc == TSP_EINTERRUPT && follower->shell->terminal)
			fputc('\n', stderr); /* behind the ^C that it shows */
		if (rc < 0 && follower->reason == NULL) {
			follower->reason = "lost";
			return rc;
		}
	}
	return TSP_OK;
}

/* The sums: in JSON behind the records, in text as a sentence, with a document for $last alone. */
static int log_finish(struct log_follower *follower, tsp_error *err)
{
	struct output *output = follower->output;
	if (output != NULL) {
		output_end(output);
	} else {
		printf("%zu records, %lld left out (%s)\n", follower->count,
			(long long)follower->skipped, follower->reason);
		output = output_new(stdout, OUTPUT_TEXT);
		output_quiet(output);
		output_begin(output, NULL, NULL);
	}
	output_int(output, "count", NULL, (int64_t)follower->count);
	output_int(output, "skipped", NULL, follower->skipped);
	output_string(output, "reason", NULL, follower->reason);
	output_end(output);
	return render_finish(output, err);
}

static int log_follow(struct log_follower *follower, tsp_address target, const char *class_name,
	const char *level, tsp_error *err)
{
	struct shell *shell = follower->shell;
	struct interrupt interrupt;
	int rc = tsp_open_private(shell->system, &follower->system, err);
	if (rc >= 0)
		rc = tsp_follow_log(follower->system, target, class_name, level, err);
	if (rc >= 0) {
		interrupt_catch(&interrupt);
		if (shell->form == OUTPUT_JSON) {
			follower->output = output_new(stdout, shell->form);
			output_begin(follower->output, NULL, NULL);
			output_list(follower->output, "records", NULL);
		}
		rc = log_loop(follower, err);
		/* what has come is shown also where it did not end well; a reader that left takes none */
		int shown = rc == TSP_EIO && follower->output == NULL ?
			rc :
			log_finish(follower, rc < 0 ? NULL : err);
		rc = rc < 0 ? rc : shown;
		interrupt_release(&interrupt);
	}
	tsp_close(follower->system);
	return rc;
}

static int log_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	struct log_follower follower = { .shell = shell, .until = CLOCK_NEVER };
	tsp_system *system = NULL;
	const char *class_name = options_get(&call->options, "class");
	const char *level = options_get(&call->options, "level");
	int64_t for_ms = TSP_FOREVER;
	int rc = options_get_ms(&call->options, "for", &for_ms, err);
	if (rc >= 0 && shell->form == OUTPUT_JSON && for_ms == TSP_FOREVER)
		rc = tsp_fail(err, TSP_EUSAGE,
			"cannot follow a log without end in one JSON document: give '--for SECONDS'");
	if (rc >= 0 && class_name != NULL && call->argc > 0)
		rc = tsp_fail(err, TSP_EUSAGE, "cannot follow an actor and a class at once");
	if (rc >= 0)
		rc = shell_attach(shell, &system, err);
	tsp_address target = system != NULL ? tsp_admin(system) : TSP_NOBODY;
	if (rc >= 0 && call->argc > 0)
		rc = shell_address(shell, call->argv[0], &target, err);
	if (rc < 0)
		return rc;
	if (for_ms != TSP_FOREVER)
		follower.until = clock_after(clock_read(), for_ms);
	rc = log_follow(&follower, target, class_name, level != NULL ? level : "info", err);
	if (call->argc > 0)
		(void)shell_call_by_name(err, rc, call->argv[0], target);
	return rc;
}

static const struct option_spec log_options[] = {
	{ "class", 0, "CLASS", "all actors of that class in place of one", COMPLETE_CLASS },
	{ "level", 0, "LEVEL", "the lowest shown: debug, info (the default), warning, error, critical",
		COMPLETE_NONE },
	{ "for", 0, "SECONDS", "how long; without it until Ctrl-C", COMPLETE_NONE },
	{ 0 },
};

const struct command cmd_log = {
	.name = "log",
	.synopsis = "[ADDR] [--class CLASS] [--level LEVEL] [--for SECONDS]",
	.summary = "follow what an actor, a class or the system logs, as it comes",
	.details = "Without an address, or with #0: the system's own words. Shown is also what the system's\n"
		   "log is set to leave out. A global name is followed from holder to holder. At most 200\n"
		   "records a second; how many were left out is said, and at the end why it ended (time,\n"
		   "interrupt, limit: 10,000 of one JSON document).\n"
		   "example: log Greeter --level debug --for 10",
	.options = log_options,
	.args_max = 1,
	.complete = { COMPLETE_ADDRESS },
	.run = log_run,
};

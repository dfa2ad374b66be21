/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "shell/render.h"
#include "shell/screen.h"
#include "shell/shell.h"
#include "shell/top.h"

#define TOP_EVERY_MS 1000
#define TOP_LEAST_MS 100
#define TOP_MOST_MS  3600000

static void top_real(struct output *output, const char *key, double number)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value value;
	if (builder != NULL)
		tsp_put_float(builder, number);
	if (builder == NULL || tsp_builder_value(builder, &value) < 0)
		output_string(output, key, NULL, NULL);
	else
		output_value(output, key, NULL, value);
	tsp_builder_free(builder);
}

static void top_tenths(struct output *output, const char *label, double number, const char *unit)
{
	char text[40];
	snprintf(text, sizeof(text), "%.1f%s", number, unit);
	output_string(output, NULL, label, number > 0 ? text : NULL);
}

static void top_render(struct shell *shell, struct output *output, const struct top_row *row)
{
	tsp_value actor = row->entry->actor;
	char *busy = roll_busy(row->entry);
	char memory[16];
	render_address(shell, output, "address", "Address", row->entry->address);
	render_member(shell, output, actor, "class", "class", "Class");
	render_member(shell, output, actor, "name", "name", "Name");
	output_int(output, "mailbox", "Mailbox", (int64_t)row->figures[TOP_MAILBOX]);
	render_member(shell, output, actor, "waiting", "waiting", NULL);
	render_member(shell, output, actor, "sent", "sent", NULL);
	render_member(shell, output, actor, "kept", "kept", NULL);
	output_int(output, "oldest_ms", NULL, (int64_t)row->figures[TOP_OLDEST]);
	if (row->figures[TOP_OLDEST] > 0)
		output_ms(output, NULL, "Oldest", (int64_t)row->figures[TOP_OLDEST]);
	top_real(output, "rate", row->figures[TOP_RATE]);
	top_tenths(output, "Rate", row->figures[TOP_RATE], "");
	render_member(shell, output, actor, "handled", "handled", NULL);
	top_real(output, "cpu", row->figures[TOP_CPU]);
	top_tenths(output, "CPU", row->figures[TOP_CPU], "%");
	render_member(shell, output, actor, "memory", "memory", NULL);
	output_string(output, NULL, "Memory",
		row->figures[TOP_MEMORY] > 0 ? top_short(row->figures[TOP_MEMORY], 1024, memory) :
					       NULL);
	output_int(output, "restarts", NULL, (int64_t)row->figures[TOP_RESTARTS]);
	if (row->figures[TOP_RESTARTS] > 0)
		output_int(output, NULL, "Restarts", (int64_t)row->figures[TOP_RESTARTS]);
	render_member(shell, output, actor, "state", "state", "State");
	render_member(shell, output, actor, "busy", "busy", NULL);
	render_member(shell, output, actor, "busy_ms", "busy_ms", NULL);
	render_member(shell, output, actor, "in_work", "in_work", NULL);
	output_string(output, NULL, "Busy since", busy);
	render_member(shell, output, actor, "pid", "pid", "Pid");
	render_member(shell, output, actor, "shared", "shared", NULL);
	free(busy);
}

static int top_print(struct shell *shell, const struct top *top, int64_t every_ms, tsp_error *err)
{
	struct output *output = output_new(stdout, shell->form);
	output_begin(output, NULL, NULL);
	output_int(output, "every_ms", NULL, every_ms);
	output_string(output, "sort", NULL, top_key_name(top->key));
	top_real(output, "rate", top->rate);
	output_list(output, "actors", NULL);
	for (size_t i = 0; i < top->count; i++) {
		output_begin(output, NULL, NULL);
		top_render(shell, output, &top->rows[i]);
		output_end(output);
	}
	output_end(output);
	output_end(output);
	return render_finish(output, err);
}

static int top_once(struct shell *shell, struct top *top, int64_t every_ms, tsp_error *err)
{
	int rc = shell_pause(shell, every_ms, err);
	if (rc >= 0)
		rc = top_look(shell, top, err);
	if (rc < 0)
		return rc;
	top_sort(top);
	return top_print(shell, top, every_ms, err);
}

static int top_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	struct top top = { 0 };
	int64_t every_ms = TOP_EVERY_MS;
	const char *key = options_get(&call->options, "sort");
	bool once = options_count(&call->options, "once") > 0 || shell->form == OUTPUT_JSON ||
		!screen_is_there();
	int rc = options_get_ms(&call->options, "every", &every_ms, err);
	if (rc >= 0 && (every_ms < TOP_LEAST_MS || every_ms > TOP_MOST_MS))
		rc = tsp_fail(err, TSP_EUSAGE, "cannot use '%s' for '--every': from 0.1 to 3600 seconds",
			options_get(&call->options, "every"));
	if (rc >= 0 && key != NULL)
		rc = top_key_parse(key, &top.key, err);
	if (rc >= 0)
		rc = top_look(shell, &top, err);
	if (rc < 0)
		return rc;
	top_sort(&top);
	if (once)
		rc = top_once(shell, &top, every_ms, err);
	else
		rc = top_watch(shell, &top, every_ms, err);
	top_clear(&top);
	return rc;
}

static const struct option_spec top_options[] = {
	{ "once", 0, NULL, "print one table: of two looks, which give the rates", COMPLETE_NONE },
	{ "every", 0, "SECONDS", "time between two looks; default 1", COMPLETE_NONE },
	{ "sort", 0, "KEY", "mailbox (the default), oldest, rate, cpu, memory or restarts",
		COMPLETE_NONE },
	{ 0 },
};

const struct command cmd_top = {
	.name = "top",
	.synopsis = "[--once] [--every SECONDS] [--sort KEY]",
	.summary = "show which actors have the most to do, and go on with it",
	.details = "MAILBOX is what an actor has not handled; RATE messages a second, of the last 20 looks\n"
		   "as bars; CPU and MEMORY are its process's. Keys: s sorts by the next, p pauses, up and\n"
		   "down choose, t traces the one chosen, k kills it and asks before, q or Ctrl-C leaves.\n"
		   "Of more than 300 actors it looks less often. Without a terminal, and with --json: as --once.\n"
		   "example: top --once --sort oldest",
	.options = top_options,
	.run = top_run,
};

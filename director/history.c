/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "director/commands.h"
#include "director/context.h"
#include "director/state.h"

static void put_event(struct output *output, const char *group, const struct state_event *event)
{
	time_t seconds = (time_t)event->time;
	struct tm local;
	char when[24] = "", hash[13];

	if (localtime_r(&seconds, &local))
		(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &local);
	output_begin(output, NULL, NULL);
	output_string(output, NULL, "TIME", when);
	output_int(output, "time", NULL, event->time);
	output_string(output, "group", "GROUP", group);
	output_string(output, "event", "EVENT", event->what);
	output_string(output, "version", "VERSION", event->entry.version);
	output_string(
		output, NULL, "HASH", context_short_hash(tsp_text_of(event->entry.hash), hash));
	output_string(output, "hash", NULL, event->entry.hash);
	output_string(output, "why", "WHY", event->why[0] ? event->why : NULL);
	output_end(output);
}

static int put_group(struct output *output, const char *folder, const char *group, bool *ret_exists,
	tsp_error *err)
{
	struct state state = { 0 };
	int rc = state_read(folder, group, &state, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < state.events.count; i++)
		put_event(output, group, &state.events.items[i]);
	*ret_exists = state.exists;
	state_clear(&state);
	return TSP_OK;
}

static int put_all(struct output *output, const char *folder, tsp_error *err)
{
	char **groups = NULL;
	size_t count = 0;
	bool exists;
	int rc = state_groups(folder, &groups, &count, err);

	for (size_t i = 0; i < count; i++) {
		if (rc >= 0)
			rc = put_group(output, folder, groups[i], &exists, err);
		free(groups[i]);
	}
	free(groups);
	return rc;
}

static int history_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct context *context = data;
	const char *group = call->argc > 0 ? call->argv[0] : NULL;
	struct output *output = context_output(context);
	bool exists = true;
	int rc;

	output_begin(output, NULL, NULL);
	output_list(output, "events", NULL);
	rc = group ? put_group(output, context->folder, group, &exists, err) :
		     put_all(output, context->folder, err);
	if (rc >= 0 && !exists)
		rc = tsp_fail(err, TSP_ENOENT,
			"cannot show the history of '%s': there is no such group", group);
	if (rc < 0) {
		output_drop(output);
		return rc;
	}
	output_end(output);
	output_end(output);
	return output_finish(output);
}

const struct command history_command = {
	.name = "history",
	.synopsis = "[GROUP]",
	.summary = "show which versions were active, since when and why",
	.args_min = 0,
	.args_max = 1,
	.complete = { COMPLETE_GROUP },
	.run = history_run,
};

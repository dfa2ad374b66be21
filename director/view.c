/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/view.h"

#include <stdio.h>
#include <time.h>

#include "director/context.h"

static tsp_text or_null(tsp_text text)
{
	return text.size > 0 ? text : (tsp_text){ 0 };
}

static void put_address(struct output *output, const char *key, const char *label, tsp_value value)
{
	char text[TSP_ADDRESS_TEXT];
	tsp_address address;

	if (tsp_value_address(value, &address))
		output_string(output, key, label, tsp_address_text(address, text));
	else
		output_string(output, key, label, NULL);
}

static void put_since(struct output *output, int64_t ms)
{
	char text[32] = "";
	time_t seconds = (time_t)(ms / 1000);
	struct tm local;

	if (ms > 0 && localtime_r(&seconds, &local))
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &local);
	output_string(output, NULL, "SINCE", text[0] ? text : NULL);
}

static void put_actor(struct output *output, tsp_value actor)
{
	int64_t restarts = view_int(actor, "restarts", 0);

	output_begin(output, NULL, NULL);
	output_text(output, NULL, "CLASS", view_text(actor, "class"));
	output_text(output, NULL, "ROLE", or_null(view_text(actor, "role")));
	output_text(output, NULL, "NAME", or_null(view_text(actor, "name")));
	put_address(output, NULL, "ADDRESS", tsp_value_get(actor, "own_address"));
	output_text(output, NULL, "STATE", view_text(actor, "state"));
	put_since(output, view_int(actor, "started_ms", 0));
	if (restarts > 0)
		output_int(output, NULL, "RESTARTS", restarts);
	output_text(output, NULL, "LAST EXIT", or_null(view_text(actor, "last_exit")));
	output_end(output);
}

static void put_version(struct output *output, tsp_text group, tsp_value version)
{
	tsp_text number = view_text(version, "version"), override = view_text(version, "override");
	tsp_value actors = tsp_value_get(version, "actors");
	tsp_value key, actor;
	tsp_walk at = { 0 };
	char digits[13], heading[256];

	(void)snprintf(heading, sizeof(heading), "%.*s %.*s %s %s%s", (int)group.size, group.data,
		(int)number.size, number.data,
		context_short_hash(view_text(version, "hash"), digits),
		view_bool(version, "active")	       ? "active" :
			view_bool(version, "draining") ? "finishing" :
			view_bool(version, "loaded")   ? "loaded" :
							 "unloaded",
		view_bool(version, "development") ? " (development)" : "");
	output_list(output, NULL, heading);
	while (tsp_value_next(actors, &at, &key, &actor))
		put_actor(output, actor);
	output_end(output);
	if (override.size > 0)
		output_say(
			output, "  group file %.*s (unsigned)", (int) override.size, override.data);
}

static void put_group(struct output *output, tsp_value group)
{
	tsp_text name = view_text(group, "group"), problem = view_text(group, "problem");
	tsp_value versions = tsp_value_get(group, "versions");
	tsp_value key, version;
	tsp_walk at = { 0 };

	if (tsp_value_count(versions) == 0)
		output_say(output, "%.*s inactive", (int)name.size, name.data);
	while (tsp_value_next(versions, &at, &key, &version))
		put_version(output, name, version);
	if (view_bool(group, "held"))
		output_say(output, "  held by rollback");
	if (problem.size > 0)
		output_say(output, "  problem: %.*s", (int)problem.size, problem.data);
}

void view_groups(struct output *output, tsp_value groups)
{
	tsp_value key, group;
	tsp_walk at = { 0 };

	if (output_form(output) == OUTPUT_JSON) {
		output_value(output, "groups", NULL, groups);
		return;
	}
	while (tsp_value_next(groups, &at, &key, &group))
		put_group(output, group);
}

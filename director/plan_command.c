/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/status.h"
#include "director/commands.h"
#include "director/fleet.h"
#include "director/plan.h"
#include "director/view.h"

static const struct option_spec plan_options[] = {
	{ "allow-downgrade", 0, NULL, "as of load", COMPLETE_NONE },
	{ 0 },
};

static const char *verdict_of(const struct plan *plan, int rc)
{
	tsp_value version, key;
	tsp_walk at = { 0 };

	if (rc < 0)
		return "refused";
	if (plan->judged == JUDGED_ACTIVE)
		return "already active";
	if (plan->judged == JUDGED_DOWNGRADE)
		return "downgrade";
	while (tsp_value_next(tsp_value_get(plan->group, "versions"), &at, &key, &version))
		if (tsp_text_is(view_text(version, "hash"), plan->file.package.hash) &&
			view_bool(version, "loaded"))
			return "reactivate";
	return "load";
}

static const char *version_text(const char *version, const char *hash, char text[96])
{
	char digits[13];

	(void)snprintf(text, 96, "%s %s", version, context_short_hash(tsp_text_of(hash), digits));
	return text;
}

static void put_version(
	struct output *output, const char *key, const char *version, const char *hash)
{
	if (!version) {
		output_string(output, key, NULL, NULL);
		return;
	}
	output_begin(output, key, NULL);
	output_string(output, "version", NULL, version);
	output_string(output, "hash", NULL, hash);
	output_end(output);
}

static void put_versions(struct output *output, const struct plan *plan, const char *verdict)
{
	const struct state_entries *history = &plan->state.history;
	const struct package *package = &plan->file.package;
	const char *from = plan->state.active[0] && history->count > 0 ?
		history->items[history->count - 1].version :
		NULL;
	const char *to = plan->file.path ? package->version : NULL;
	char text[96];

	output_string(output, "group", "Group", to ? package->group : NULL);
	output_string(
		output, NULL, "From", from ? version_text(from, plan->state.active, text) : NULL);
	output_string(output, NULL, "To", to ? version_text(to, package->hash, text) : NULL);
	output_string(output, "verdict", "Verdict", verdict);
	put_version(output, "from", from, plan->state.active);
	put_version(output, "to", to, package->hash);
}

static void put_required(struct output *output, const struct plan *plan)
{
	char digits[13];

	output_list(output, "requires", plan->required.count > 0 ? "Loaded first" : NULL);
	for (size_t i = 0; i < plan->required.count; i++) {
		const struct require *require = &plan->required.items[i];

		output_begin(output, NULL, NULL);
		output_string(output, "group", "GROUP", require->group);
		output_string(output, "version", "VERSION", require->version);
		output_string(output, NULL, "HASH",
			context_short_hash(tsp_text_of(require->hash), digits));
		output_string(output, "hash", NULL, require->hash);
		output_end(output);
	}
	output_end(output);
}

/* Entries of the group file whose actors would be made, or (lives) are there and are told to return. */
static void put_entries(struct output *output, const struct plan *plan, const char *key,
	const char *label, bool lives)
{
	size_t count = 0;

	for (int pass = 0; pass < 2; pass++) {
		if (pass == 1)
			output_list(output, key, count > 0 ? label : NULL);
		for (size_t i = 0; i < plan->rules.count; i++) {
			const struct group_actor *actor = &plan->rules.actors[i];

			if (lives !=
				(tsp_value_kind(plan_living(plan, actor->class_name)) !=
					TSP_KIND_ABSENT))
				continue;
			count++;
			if (pass == 0)
				continue;
			output_begin(output, NULL, NULL);
			output_string(output, "class", "CLASS", actor->class_name);
			output_string(output, "role", "ROLE", actor->role);
			output_string(output, "name", "NAME", actor->name);
			output_end(output);
		}
	}
	output_end(output);
}

static void put_actor(
	struct output *output, const struct plan *plan, tsp_value version, tsp_value actor)
{
	char text[TSP_ADDRESS_TEXT];
	tsp_address address;

	output_begin(output, NULL, NULL);
	output_text(output, "version", "VERSION", view_text(version, "version"));
	output_text(output, "class", "CLASS", view_text(actor, "class"));
	if (tsp_value_address(tsp_value_get(actor, "own_address"), &address))
		output_string(output, "address", "ADDRESS", tsp_address_text(address, text));
	else
		output_string(output, "address", NULL, NULL);
	output_int(output, "waiting", "WAITING", plan_waiting(plan, actor));
	output_end(output);
}

/* Actors of other versions: those that AutoUnload ends, or those of the active one that stay. */
static void put_others(struct output *output, const struct plan *plan, const char *key,
	const char *label, bool stop)
{
	size_t count = 0;

	for (int pass = 0; pass < 2; pass++) {
		struct plan_walk walk = { 0 };
		tsp_value actor;

		if (pass == 1)
			output_list(output, key, count > 0 ? label : NULL);
		while (plan_next_actor(plan, &walk, &actor)) {
			bool active = view_bool(walk.version, "active") &&
				plan->judged != JUDGED_ACTIVE;

			if (!plan_lives(actor) || plan_unloads(plan, walk.version) != stop ||
				(!stop && !active))
				continue;
			count++;
			if (pass == 1)
				put_actor(output, plan, walk.version, actor);
		}
	}
	output_end(output);
}

static size_t count_names(const struct plan *plan)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->rules.count; i++)
		count += plan->rules.actors[i].name != NULL;
	return count;
}

static void put_names(struct output *output, const struct plan *plan)
{
	bool moves = plan->judged != JUDGED_ACTIVE;

	output_list(output, "names", moves && count_names(plan) > 0 ? "Names" : NULL);
	for (size_t i = 0; moves && i < plan->rules.count; i++) {
		const struct group_actor *actor = &plan->rules.actors[i];
		char text[TSP_ADDRESS_TEXT];
		tsp_address address;

		if (!actor->name)
			continue;
		output_begin(output, NULL, NULL);
		output_string(output, "name", "NAME", actor->name);
		if (tsp_value_address(
			    tsp_value_get(plan_holder(plan, actor->name), "own_address"), &address))
			output_string(output, "from", "FROM", tsp_address_text(address, text));
		else
			output_string(output, "from", NULL, NULL);
		output_string(output, "to_class", "TO", actor->class_name);
		output_end(output);
	}
	output_end(output);
}

static void put_unloads(struct output *output, const struct plan *plan)
{
	tsp_value key, version;
	tsp_walk at = { 0 };
	char text[64] = "never";
	char digits[13];
	bool any = false;

	if (plan->rules.auto_unload == GROUP_UNLOAD_FORMER)
		(void)snprintf(text, sizeof(text), "each former version");
	else if (plan->rules.auto_unload > 0)
		(void)snprintf(text, sizeof(text), "all but the latest %lld",
			(long long)plan->rules.auto_unload);
	output_string(output, NULL, "AutoUnload", text);
	if (plan->rules.auto_unload > 0)
		output_int(output, "auto_unload", NULL, plan->rules.auto_unload);
	else
		output_bool(output, "auto_unload", NULL,
			plan->rules.auto_unload == GROUP_UNLOAD_FORMER);
	while (!any && tsp_value_next(tsp_value_get(plan->group, "versions"), &at, &key, &version))
		any = plan_unloads(plan, version);
	at = (tsp_walk){ 0 };
	output_list(output, "unloads", any ? "Unloads" : NULL);
	while (tsp_value_next(tsp_value_get(plan->group, "versions"), &at, &key, &version)) {
		if (!plan_unloads(plan, version))
			continue;
		output_begin(output, NULL, NULL);
		output_text(output, "version", "VERSION", view_text(version, "version"));
		output_string(output, NULL, "HASH",
			context_short_hash(view_text(version, "hash"), digits));
		output_text(output, "hash", NULL, view_text(version, "hash"));
		output_int(output, "drain_s", "DRAIN", view_int(version, "drain_s", GROUP_DRAIN_S));
		output_end(output);
	}
	output_end(output);
}

static void put_files(struct output *output, const struct plan *plan)
{
	static const char *const kinds[] = { "added", "removed", "changed" };

	output_list(output, "files", plan->diff.count > 0 ? "Files" : NULL);
	for (size_t i = 0; i < plan->diff.count; i++) {
		const struct diff_file *file = &plan->diff.files[i];

		output_begin(output, NULL, NULL);
		output_string(output, "file", "FILE", file->name);
		output_string(output, "change", "CHANGE", kinds[file->kind]);
		output_int(output, "lines_added", "+", (int64_t)file->added);
		output_int(output, "lines_removed", "-", (int64_t)file->removed);
		output_end(output);
	}
	output_end(output);
	if (plan->state.active[0] && !plan->has_old)
		output_say(output,
			"no source to compare: the active version's package is not in the folder");
}

/* What else a load does. */
static void put_remarks(struct output *output, const struct plan *plan)
{
	bool copied = !folder_find(&plan->list, plan->file.package.hash);
	bool same = plan->judged == JUDGED_ACTIVE;

	output_bool(output, "running", NULL, plan->running);
	output_bool(output, "ends_hold", NULL, plan->state.held);
	output_bool(output, "confirms", NULL, same && plan->state.confirm_by != 0);
	output_bool(output, "copies", NULL, copied);
	if (!plan->running)
		output_say(output,
			plan->state.active[0] ?
				"no system runs: a start comes first, which brings back what was active" :
				"no system runs: a start comes first");
	if (plan->state.held)
		output_say(output, "ends the hold by the rollback");
	if (same && plan->state.confirm_by != 0)
		output_say(output, "confirms the version");
	if (copied)
		output_say(output, "copies the package into the folder");
}

static int print(
	const struct context *context, const struct plan *plan, int rc, const tsp_error *err)
{
	struct output *output = context_output(context);
	char *path = rules_path(plan->folder, plan->file.package.group, plan->rules_from);

	output_begin(output, NULL, NULL);
	put_versions(output, plan, verdict_of(plan, rc));
	output_int(output, "status", NULL, rc < 0 ? status_of(rc) : plan_changes(plan) ? 8 : 0);
	output_string(output, "error", NULL, rc < 0 ? err->text : NULL);
	output_string(output, "hint", NULL, rc < 0 && plan->hint[0] ? plan->hint : NULL);
	if (rc >= 0) {
		output_string(output, "override", "Unsigned group file", path);
		put_required(output, plan);
		put_entries(output, plan, "starts", "Starts", false);
		put_entries(output, plan, "stays", "Goes on", true);
		put_others(output, plan, "retires", "Told to retire, stays", false);
		put_others(output, plan, "stops", "Stops when idle", true);
		put_names(output, plan);
		put_unloads(output, plan);
		put_files(output, plan);
		put_remarks(output, plan);
	}
	output_end(output);
	free(path);
	return output_finish(output);
}

static int plan_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct context *context = data;
	struct plan plan = { .folder = context->folder,
		.subject = call->argv[0],
		.allow_downgrade = options_count(&call->options, "allow-downgrade") > 0 };
	char *path = NULL;
	char shown[160];
	int rc, printed;

	if (context->fleet)
		return fleet_plan(context, call->argv[0], err);
	rc = load_subject(context, call->argv[0], &path, shown, err);
	if (rc < 0)
		return rc;
	plan.path = path;
	rc = keys_init(err);
	if (rc >= 0)
		rc = plan_make(&plan, err);
	if (rc >= 0)
		rc = plan_look(context, &plan, err);
	if (rc < 0)
		rc = tsp_wrap(err, rc, "cannot load '%s'", shown);
	printed = rc >= 0 || context->json ? print(context, &plan, rc, err) : TSP_OK;
	if (rc < 0 && plan.hint[0])
		rc = status_hint(err, "%s", plan.hint);
	if (rc >= 0)
		rc = printed < 0 ? printed : plan_changes(&plan) ? STATUS_CHANGES : STATUS_DONE;
	plan_clear(&plan);
	free(path);
	return rc;
}

const struct command plan_command = {
	.name = "plan",
	.synopsis = "GROUP | FILE [--allow-downgrade]",
	.summary = "say what a load would do, and change nothing",
	.details =
		"Versions, whether it would be refused and why, actors started and stopped with what waits\n"
		"for them, names, files that differ. Status 8: a load would change something, 0: it would\n"
		"not; refused: as of load.",
	.options = plan_options,
	.args_min = 1,
	.args_max = 1,
	.complete = { COMPLETE_GROUP_FILE },
	.run = plan_run,
};

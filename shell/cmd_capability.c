/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "shell/message_text.h"
#include "shell/render.h"
#include "shell/shell.h"

/* All capabilities, or the named one. */
static int capability_show(
	struct shell *shell, tsp_system *system, const char *name, tsp_error *err)
{
	tsp_message *status = NULL;
	char shown[80];
	int rc = tsp_status(system, tsp_admin(system), shell->timeout_ms, &status, err);
	if (rc < 0)
		return rc;
	tsp_value value = tsp_get(status, "capabilities");
	if (name != NULL)
		value = tsp_value_get(value, name);
	if (name != NULL && tsp_value_kind(value) == TSP_KIND_ABSENT) {
		rc = tsp_fail(err, TSP_ENOENT, "cannot show '%s': no such capability",
			text_quote(tsp_text_of(name), shown, sizeof(shown)));
	} else {
		struct output *output = output_new(stdout, shell->form);
		if (name != NULL)
			output_document(output, value);
		else
			render_verbatim(output, value);
		rc = render_finish(output, err);
	}
	tsp_message_free(status);
	return rc;
}

/* For a person: the line that brings back what is there now. A bound keeps it short. Ctrl-C ends all of it:
 * nothing is set then. */
static int capability_set_undo(
	struct shell *shell, tsp_system *system, const char *name, tsp_error *err)
{
	tsp_error unsaid = { 0 };
	tsp_message *status = NULL;
	char *json = NULL;
	char shown[80];
	if (!shell->terminal || shell->form != OUTPUT_TEXT)
		return TSP_OK;
	int rc = tsp_status(system, tsp_admin(system), shell->timeout_ms, &status, &unsaid);
	if (rc == TSP_EINTERRUPT)
		return tsp_fail(err, rc, "%s", unsaid.text);
	if (rc < 0)
		return TSP_OK;
	tsp_value value = tsp_value_get(tsp_get(status, "capabilities"), name);
	text_quote(tsp_text_of(name), shown, sizeof(shown));
	if (tsp_value_kind(value) == TSP_KIND_ABSENT)
		shell_set_undo(shell, "capability %s --remove", shown);
	else if (tsp_value_to_json(value, TSP_JSON_COMPACT, &json) >= 0 && strlen(json) < 80)
		shell_set_undo(shell, "capability %s %s", shown, json);
	free(json);
	tsp_message_free(status);
	return TSP_OK;
}

static int capability_set(
	struct shell *shell, tsp_system *system, const char *name, const char *json, tsp_error *err)
{
	tsp_value value = { 0 };
	tsp_builder *builder = tsp_builder_new();
	int rc = builder == NULL ? tsp_fail(err, TSP_ENOMEM, "out of memory") : TSP_OK;
	if (rc >= 0 && json != NULL)
		rc = message_text_parse_json(
			json, "the capability", &shell->contacts, builder, err);
	if (rc >= 0 && json != NULL)
		rc = tsp_builder_value(builder, &value);
	if (rc >= 0)
		rc = capability_set_undo(shell, system, name, err);
	if (rc >= 0)
		rc = tsp_system_update_capability(system, name, value, shell->timeout_ms, err);
	tsp_builder_free(builder);
	return rc;
}

static int capability_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	tsp_system *system = NULL;
	bool removes = options_count(&call->options, "remove") > 0;
	const char *name = call->argc > 0 ? call->argv[0] : NULL;
	const char *json = call->argc > 1 ? call->argv[1] : NULL;
	/* Behind the name everything is taken as it stands. */
	if (json != NULL && strcmp(json, "--remove") == 0) {
		removes = true;
		json = NULL;
	}
	if (removes && (name == NULL || json != NULL))
		return tsp_fail(err, TSP_EUSAGE,
			"cannot run 'capability': --remove takes NAME and no JSON");
	int rc = shell_attach(shell, &system, err);
	if (rc < 0)
		return rc;
	if (!removes && json == NULL)
		return capability_show(shell, system, name, err);
	return capability_set(shell, system, name, json, err);
}

/* NAME alone is looked at. */
static bool capability_sets(const struct command_call *call)
{
	return call->argc > 1 || options_count(&call->options, "remove") > 0;
}

static const struct option_spec capability_options[] = {
	{ "remove", 0, NULL, "take it away", COMPLETE_NONE },
	{ 0 },
};

const struct command cmd_capability = {
	.name = "capability",
	.synopsis = "[NAME [JSON | --remove]]",
	.summary = "show the system's capabilities, set or remove one",
	.details = "example: capability Printer true",
	.options = capability_options,
	.args_max = 2,
	.raw_from = 1,
	.complete = { COMPLETE_CAPABILITY },
	.changes = true,
	.changes_if = capability_sets,
	.undo = "'capability' with the former value, or --remove",
	.run = capability_run,
};

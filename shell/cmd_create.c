/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>

#include "base/error.h"
#include "shell/message_text.h"
#include "shell/render.h"
#include "shell/shell.h"

static int create_show(struct shell *shell, tsp_address actor, tsp_error *err)
{
	char text[CONTACT_TEXT];
	shell_set_undo(shell, "kill #%d", contacts_add(&shell->contacts, actor));
	struct output *output = output_new(stdout, shell->form);
	output_begin(output, NULL, NULL);
	output_int(output, "number", NULL, contacts_add(&shell->contacts, actor));
	render_address(shell, output, "address", NULL, actor);
	output_say(output, "%s", contacts_text(&shell->contacts, actor, text));
	output_end(output);
	return render_finish(output, err);
}

static int create_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	tsp_system *system = NULL;
	tsp_address actor;
	tsp_create_options options = {
		.name = options_get(&call->options, "name"),
		.source = options_get(&call->options, "source"),
	};
	const char *requires = options_get(&call->options, "requires");
	tsp_builder *builder = tsp_builder_new();
	int rc = builder == NULL ? tsp_fail(err, TSP_ENOMEM, "out of memory") : TSP_OK;
	if (rc >= 0)
		rc = shell_attach(shell, &system, err);
	if (rc >= 0 && requires != NULL) {
		rc = message_text_parse_json(
			requires, "--requires", &shell->contacts, builder, err);
		if (rc >= 0)
			rc = tsp_builder_value(builder, &options.requirements);
	}
	if (rc >= 0 && requires != NULL && tsp_value_kind(options.requirements) != TSP_KIND_MAP)
		rc = tsp_fail(err, TSP_EUSAGE,
			"cannot use '%s' for '--requires': not a JSON object", requires);
	if (rc >= 0)
		rc = tsp_system_create(
			system, call->argv[0], &options, shell->timeout_ms, &actor, err);
	if (rc >= 0)
		rc = create_show(shell, actor, err);
	tsp_builder_free(builder);
	return rc;
}

static const struct option_spec create_options[] = {
	{ "source", 0, "HASH", "source that holds the class; at least 6 digits", COMPLETE_HASH },
	{ "name", 0, "GLOBAL", "global name under which it is created", COMPLETE_NONE },
	{ "requires", 0, "JSON", "object of capabilities that its system must have",
		COMPLETE_NONE },
	{ 0 },
};

const struct command cmd_create = {
	.name = "create",
	.synopsis = "CLASS [--source HASH] [--name GLOBAL] [--requires JSON]",
	.summary = "create an actor and print its number and address",
	.details =
		"CLASS is a class of the source, or MODULE:CLASS of an installed module.\n"
		"example: create greeter:Greeter --name Greeter",
	.options = create_options,
	.args_min = 1,
	.args_max = 1,
	.complete = { COMPLETE_CLASS },
	.changes = true,
	.undo = "'kill' ends it",
	.run = create_run,
};

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>

#include "shell/render.h"
#include "shell/shell.h"

static int sources_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	tsp_system *system = NULL;
	tsp_message *status = NULL;
	tsp_walk at = { 0 };
	tsp_value none;
	tsp_value source;
	(void)call;
	int rc = shell_attach(shell, &system, err);
	if (rc >= 0)
		rc = tsp_status(system, tsp_admin(system), shell->timeout_ms, &status, err);
	if (rc < 0)
		return rc;
	struct output *output = output_new(stdout, shell->form);
	output_begin(output, NULL, NULL);
	output_list(output, "sources", NULL);
	while (tsp_value_next(tsp_get(status, "loadedSources"), &at, &none, &source)) {
		output_begin(output, NULL, NULL);
		render_member(shell, output, source, "hash", "hash", "Hash");
		render_member(shell, output, source, "info", "info", "Info");
		render_member(shell, output, source, "state", "state", "State");
		render_member(shell, output, source, "actors", "actors", "Actors");
		output_end(output);
	}
	output_end(output);
	output_end(output);
	tsp_message_free(status);
	return render_finish(output, err);
}

const struct command cmd_sources = {
	.name = "sources",
	.synopsis = "",
	.summary = "list the loaded sources",
	.details = "example: sources",
	.run = sources_run,
};

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>

#include "shell/render.h"
#include "shell/shell.h"

static int status_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	tsp_system *system = NULL;
	tsp_message *status = NULL;
	int rc = shell_attach(shell, &system, err);
	tsp_address target = system != NULL ? tsp_admin(system) : TSP_NOBODY;
	if (rc >= 0 && call->argc > 0)
		rc = shell_address(shell, call->argv[0], &target, err);
	if (rc >= 0)
		rc = tsp_status(system, target, shell->timeout_ms, &status, err);
	if (rc < 0)
		return rc;
	struct output *output = output_new(stdout, shell->form);
	output_begin(output, NULL, NULL);
	render_map(shell, output, tsp_message_value(status));
	output_end(output);
	tsp_message_free(status);
	return render_finish(output, err);
}

const struct command cmd_status = {
	.name = "status",
	.synopsis = "[ADDR]",
	.summary = "show how the system, or an actor, is doing",
	.args_max = 1,
	.complete = { COMPLETE_ADDRESS },
	.run = status_run,
};

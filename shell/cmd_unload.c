/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>

#include "shell/render.h"
#include "shell/shell.h"

static int unload_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	tsp_system *system = NULL;
	int rc = shell_attach(shell, &system, err);
	if (rc >= 0)
		rc = tsp_system_unload(system, call->argv[0], shell->timeout_ms, err);
	if (rc < 0)
		return rc;
	struct output *output = output_new(stdout, shell->form);
	output_begin(output, NULL, NULL);
	output_string(output, "hash", NULL, call->argv[0]);
	output_say(output, "unloaded %s", call->argv[0]);
	output_end(output);
	return render_finish(output, err);
}

const struct command cmd_unload = {
	.name = "unload",
	.synopsis = "HASH",
	.summary = "unload a source",
	.details =
		"HASH is the beginning of a loaded source's hash, at least 6 digits.\n"
		"example: unload 3f0a9c",
	.args_min = 1,
	.args_max = 1,
	.complete = { COMPLETE_HASH },
	.changes = true,
	.undo = "'load' with its file",
	.run = unload_run,
};

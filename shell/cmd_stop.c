/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>

#include "shell/render.h"
#include "shell/shell.h"

static int stop_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	tsp_system *system = NULL;
	int killed = 0;
	(void)call;
	int rc = shell_attach(shell, &system, err);
	if (rc < 0)
		return rc;
	rc = tsp_shutdown(system, shell->timeout_ms, &killed, err);
	if (rc < 0)
		return rc;
	shell_close(shell);
	struct output *output = output_new(stdout, shell->form);
	output_begin(output, NULL, NULL);
	output_bool(output, "stopped", NULL, true);
	output_int(output, "killed", NULL, killed);
	output_say(output,
		killed == 0 ? "system stopped" : "system stopped, %d processes had to be killed",
		killed);
	output_end(output);
	return render_finish(output, err);
}

const struct command cmd_stop = {
	.name = "stop",
	.synopsis = "",
	.summary = "end the whole system and wait for it",
	.run = stop_run,
};

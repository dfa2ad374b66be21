/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "shell/render.h"
#include "shell/shell.h"

/* A person types the port in full: nothing less is meant by a slip, or by a line that was pasted. */
static int stop_confirm(const struct shell *shell, tsp_error *err)
{
	char port[16];
	char question[80];
	char answer[16];
	char shown[64];
	snprintf(port, sizeof(port), "%d", shell_port(shell));
	snprintf(question, sizeof(question),
		"this ends the system at port %s and all its actors; its port: ", port);
	if (!shell_question(question, answer, sizeof(answer)))
		return tsp_fail(err, TSP_EFAILED,
			"cannot stop the system: its port was not typed; nothing was done");
	if (strcmp(answer, port) != 0)
		return tsp_fail(err, TSP_EFAILED,
			"cannot stop the system: '%s' is not its port; nothing was done",
			text_quote(tsp_text_of(answer), shown, sizeof(shown)));
	return TSP_OK;
}

static int stop_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	tsp_system *system = NULL;
	int killed = 0;
	(void)call;
	int rc = shell_attach(shell, &system, err);
	if (rc >= 0 && shell->terminal)
		rc = stop_confirm(shell, err);
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
	.details =
		"On a terminal it asks for the port, which must be typed in full.\n"
		"example: stop",
	.changes = true,
	.undo = "'start' starts a new one; actors, sources and messages are gone",
	.run = stop_run,
};

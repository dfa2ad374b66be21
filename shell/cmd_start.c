/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "shell/render.h"
#include "shell/shell.h"

#define START_SIMPLE_BASE "simpleSystemBase"

/* A system that this session started before is ended first; one that it found goes on. */
static int start_end_former(struct shell *shell, tsp_error *err)
{
	int rc = TSP_OK;
	if (shell->system != NULL && shell->started)
		rc = tsp_shutdown(shell->system, shell->timeout_ms, NULL, err);
	if (rc >= 0)
		shell_close(shell);
	return rc;
}

static int start_show(struct shell *shell, const char *base, tsp_error *err)
{
	struct output *output = output_new(stdout, shell->form);
	tsp_message *status = NULL;
	int64_t pid = 0;
	bool simple = strcmp(base, START_SIMPLE_BASE) == 0;
	int rc = tsp_status(
		shell->system, tsp_admin(shell->system), shell->timeout_ms, &status, err);
	if (rc < 0) {
		output_drop(output);
		return rc;
	}
	pid = tsp_get_int(status, "pid", 0);
	output_begin(output, NULL, NULL);
	output_string(output, "base", NULL, base);
	if (!simple)
		output_int(output, "port", NULL, shell_port(shell));
	if (pid > 0)
		output_int(output, "pid", NULL, pid);
	if (simple)
		output_say(output, "system %s running", base);
	else if (pid > 0)
		output_say(
			output, "system %d running, pid %lld", shell_port(shell), (long long)pid);
	else
		output_say(output, "system %d running", shell_port(shell));
	output_end(output);
	tsp_message_free(status);
	return render_finish(output, err);
}

static int start_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	const char *base = call->argc > 0 ? call->argv[0] : "multiprocTCPBase";
	tsp_open_options options = {
		.base = base,
		.port = shell->port,
		.capabilities_json = call->argc > 1 ? call->argv[1] : NULL,
		.timeout_ms = shell->timeout_ms,
	};
	int rc = start_end_former(shell, err);
	if (rc < 0)
		return rc;
	/* Attached first, so that it is known whether the system is this session's own. */
	rc = strcmp(base, START_SIMPLE_BASE) == 0 ? TSP_ENOSYSTEM :
						    shell_open(shell, &options, err);
	if (rc == TSP_ENOSYSTEM) {
		options.flags = TSP_OPEN_START;
		rc = shell_open(shell, &options, err);
		shell->started = rc >= 0;
	}
	return rc < 0 ? rc : start_show(shell, base, err);
}

const struct command cmd_start = {
	.name = "start",
	.synopsis = "[BASE] [CAPS-JSON]",
	.summary = "start a system, or attach to the one that runs",
	.details =
		"BASE is simpleSystemBase, multiprocQueueBase, multiprocTCPBase (the default) or\n"
		"multiprocUDPBase; CAPS-JSON an object of capabilities for a system that is started.\n"
		"A system that this session started before is ended first.\n"
		"example: start multiprocTCPBase {\"Printer\": true}",
	.args_max = 2,
	.complete = { COMPLETE_BASE },
	.changes = true,
	.undo = "'stop' ends one that this session started",
	.run = start_run,
};

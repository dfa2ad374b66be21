/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "shell/render.h"
#include "shell/roll.h"
#include "shell/shell.h"
#include "shell/status_watch.h"

#define STATUS_EVERY_MS 2000
#define STATUS_LEAST_MS 100
#define STATUS_MOST_MS	3600000

/* As the original prints it. */
static int status_print(const tsp_message *status, tsp_error *err)
{
	char *text = NULL;
	int rc = tsp_status_text(status, &text);
	if (rc < 0)
		return tsp_fail(err, rc, "cannot show the status: %s", tsp_error_sentence(rc));
	bool written = fputs(text, stdout) >= 0 && fflush(stdout) == 0;
	free(text);
	return written ?
		TSP_OK :
		tsp_fail(err, TSP_EIO, "cannot write to standard output: %s", strerror(errno));
}

static int status_render(struct shell *shell, const tsp_message *status, tsp_error *err)
{
	struct output *output = output_new(stdout, shell->form);
	output_quiet(output);
	output_begin(output, NULL, NULL);
	render_map(shell, output, tsp_message_value(status));
	output_end(output);
	return render_finish(output, err);
}

static int status_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	tsp_system *system = NULL;
	tsp_message *status = NULL;
	int64_t every_ms = STATUS_EVERY_MS;
	int rc = options_get_ms(&call->options, "every", &every_ms, err);
	if (rc >= 0 && (every_ms < STATUS_LEAST_MS || every_ms > STATUS_MOST_MS))
		rc = tsp_fail(err, TSP_EUSAGE, "cannot use '%s' for '--every': from 0.1 to 3600 seconds",
			options_get(&call->options, "every"));
	if (rc >= 0)
		rc = shell_attach(shell, &system, err);
	tsp_address target = system != NULL ? tsp_admin(system) : TSP_NOBODY;
	if (rc >= 0 && call->argc > 0)
		rc = shell_address(shell, call->argv[0], &target, err);
	bool watches = rc >= 0 && options_count(&call->options, "watch") > 0;
	if (watches)
		rc = status_watch(shell, target, every_ms, err);
	else if (rc >= 0)
		rc = tsp_status(system, target, shell->timeout_ms, &status, err);
	if (call->argc > 0)
		(void)shell_call_by_name(err, rc, call->argv[0], target);
	if (rc == TSP_ETIMEOUT && call->argc > 0)
		roll_explain_silence(shell, call->argv[0], err);
	if (rc < 0 || watches)
		return rc;
	if (shell->form == OUTPUT_TEXT)
		rc = status_print(status, err);
	if (rc >= 0)
		rc = status_render(shell, status, err);
	tsp_message_free(status);
	return rc;
}

static const struct option_spec status_options[] = {
	{ "watch", 0, NULL, "on a terminal: again and again, until q or Ctrl-C", COMPLETE_NONE },
	{ "every", 0, "SECONDS", "time between two looks; default 2", COMPLETE_NONE },
	{ 0 },
};

const struct command cmd_status = {
	.name = "status",
	.synopsis = "[ADDR] [--watch] [--every SECONDS]",
	.summary = "show how the system, or an actor, is doing",
	.details = "With --watch the messages a second stand above it, of the last 20 looks as bars; p pauses.\n"
		   "example: status --watch --every 5",
	.options = status_options,
	.args_max = 1,
	.complete = { COMPLETE_ADDRESS },
	.run = status_run,
};

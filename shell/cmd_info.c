/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>

#include "shell/render.h"
#include "shell/shell.h"

static int info_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	tsp_system *system = NULL;
	(void)call;
	int rc = shell_attach(shell, &system, err);
	if (rc < 0 && rc != TSP_ENOSYSTEM)
		return rc;
	struct output *output = output_new(stdout, shell->form);
	output_begin(output, NULL, NULL);
	output_string(output, "version", "Version", TSP_VERSION);
	output_bool(output, "attached", "Attached", system != NULL);
	output_string(
		output, "base", "Base", shell->base[0] != '\0' ? shell->base : "multiprocTCPBase");
	output_int(output, "port", "Port", shell_port(shell));
	render_address(
		shell, output, "system", "System", system != NULL ? tsp_admin(system) : TSP_NOBODY);
	output_bool(output, "started", "Started here", shell->started);
	output_int(output, "addresses", "Addresses", (int64_t)shell->contacts.count);
	output_int(output, "waiting", "Messages kept", (int64_t)shell->arrival_count);
	output_end(output);
	return render_finish(output, err);
}

const struct command cmd_info = {
	.name = "info",
	.synopsis = "",
	.summary = "say which system this session talks to",
	.details = "example: info",
	.run = info_run,
};

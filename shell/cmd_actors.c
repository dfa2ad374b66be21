/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>

#include "shell/render.h"
#include "shell/roll.h"
#include "shell/shell.h"

static int actors_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	struct roll roll;
	(void)call;
	int rc = roll_call(shell, &roll, err);
	if (rc < 0)
		return rc;
	struct output *output = output_new(stdout, shell->form);
	output_begin(output, NULL, NULL);
	output_list(output, "actors", NULL);
	for (size_t i = 0; i < roll.count; i++) {
		output_begin(output, NULL, NULL);
		roll_render(shell, output, &roll.entries[i]);
		output_end(output);
	}
	output_end(output);
	output_end(output);
	roll_clear(&roll);
	return render_finish(output, err);
}

const struct command cmd_actors = {
	.name = "actors",
	.synopsis = "",
	.summary = "list every actor",
	.details = "example: actors",
	.run = actors_run,
};

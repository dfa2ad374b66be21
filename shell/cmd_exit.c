/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include "shell/shell.h"

static int exit_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	(void)call;
	(void)err;
	shell->leave = true;
	return TSP_OK;
}

const struct command cmd_exit = {
	.name = "exit",
	.synopsis = "",
	.summary = "leave; the system goes on",
	.details = "example: exit",
	.run = exit_run,
};

const struct command cmd_quit = {
	.name = "quit",
	.synopsis = "",
	.summary = "the same",
	.details = "example: quit",
	.run = exit_run,
};

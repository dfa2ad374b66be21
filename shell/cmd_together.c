/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include "shell/shell.h"

static int together_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	return shell_switch(shell, "asks together", call->argv[0], &shell->together, err);
}

const struct command cmd_together = {
	.name = "together",
	.synopsis = "on|off",
	.summary = "with --control: whether asks that follow each other wait for each other",
	.details =
		"on: each goes out as soon as its line is read, 16 at most, before those in front of it are\n"
		"answered. The blocks keep the order of the lines; all other commands wait for all asks.\n"
		"Each has its own --timeout from then on. Messages to one actor keep their order.\n"
		"example: together on",
	.args_min = 1,
	.args_max = 1,
	.run = together_run,
};

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include "shell/shell.h"

static int events_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	return shell_switch(shell, "events", call->argv[0], &shell->events, err);
}

const struct command cmd_events = {
	.name = "events",
	.synopsis = "on|off",
	.summary = "with --control: whether what arrives is written at once",
	.details =
		"off: it waits for listen, as without --control.\n"
		"example: events off",
	.args_min = 1,
	.args_max = 1,
	.run = events_run,
};

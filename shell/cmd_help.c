/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/help.h"

static int help_run(void *context, const struct command_call *call, tsp_error *err)
{
	(void)context;
	char shown[80];
	if (call->argc == 0) {
		help_print_commands(call->program, stdout);
		return TSP_OK;
	}
	const struct command *command = command_find(call->program, call->argv[0]);
	if (command == NULL)
		return tsp_fail(err, TSP_EUSAGE, "cannot help with '%s': no such command",
			text_quote(tsp_text_of(call->argv[0]), shown, sizeof(shown)));
	help_print_command(command, NULL, stdout);
	return TSP_OK;
}

const struct command cmd_help = {
	.name = "help",
	.synopsis = "[COMMAND]",
	.summary = "list the commands, or say how one is used",
	.details = "example: help ask",
	.args_max = 1,
	.complete = { COMPLETE_COMMAND },
	.run = help_run,
};

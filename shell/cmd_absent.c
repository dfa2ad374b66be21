/* SPDX-License-Identifier: MIT */
/* Commands that the shell knows by name and cannot do: they say so, with status 1. */
#include "config.h"

#include "shell/commands.h"

#include "base/error.h"

static int absent_run(void *context, const struct command_call *call, tsp_error *err)
{
	(void)context;
	return tsp_fail(err, TSP_ENOTIMPL, "cannot run '%s': %s", call->command->name,
		tsp_error_sentence(TSP_ENOTIMPL));
}

const struct command cmd_convention = {
	.name = "convention",
	.synopsis = "",
	.summary = "list the systems of the convention (not implemented)",
	.details = "The command is there for the original's scripts, and fails.\n"
		   "example: convention",
	.run = absent_run,
};

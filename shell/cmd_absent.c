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

const struct command cmd_report_exit = {
	.name = "report_exit",
	.synopsis = "PARENT CHILD",
	.summary = "tell a parent that its child is gone (not implemented)",
	.args_min = 2,
	.args_max = 2,
	.complete = { COMPLETE_ADDRESS, COMPLETE_ADDRESS },
	.run = absent_run,
};

const struct command cmd_use_simple_source_authority = {
	.name = "use_simple_source_authority",
	.synopsis = "",
	.summary = "accept every source (not implemented)",
	.run = absent_run,
};

const struct command cmd_create_test_actor = {
	.name = "create_testActor",
	.synopsis = "",
	.summary = "load and create an actor that echoes (not implemented)",
	.run = absent_run,
};

const struct command cmd_convention = {
	.name = "convention",
	.synopsis = "",
	.summary = "list the systems of the convention (not implemented)",
	.run = absent_run,
};

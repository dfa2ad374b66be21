/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include "shell/morgue.h"

static int dead_run(void *context, const struct command_call *call, tsp_error *err)
{
	return morgue_run(context, call, TSP_MORGUE_DEAD, "send", err);
}

const struct command cmd_dead = {
	.name = "dead",
	.synopsis = "[list | show ID | send ID | drop ID] [--all] [--to ADDR] [--as-sender]",
	.summary = "show and re-send what reached nobody",
	.details =
		"The system keeps the last 256 dead letters, bodies up to 256 KiB, 4 MiB in all; status says how\n"
		"many fell out. What is sent again goes to the one it was for, or with --to elsewhere, from this\n"
		"shell: the answer is shown, and what a handler took is kept no more. With --as-sender the actor that\n"
		"had sent it gets the answer.\n"
		"example: dead send --all --to Greeter",
	.options = morgue_options,
	.args_max = 2,
	.changes = true,
	.changes_if = morgue_changes,
	.undo = "what was sent again or dropped is not kept any more: look at it with show before",
	.run = dead_run,
};

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include "shell/morgue.h"

static int poison_run(void *context, const struct command_call *call, tsp_error *err)
{
	return morgue_run(context, call, TSP_MORGUE_POISON, "retry", err);
}

const struct command cmd_poison = {
	.name = "poison",
	.synopsis = "[list | show ID | retry ID | drop ID] [--all] [--to ADDR] [--as-sender]",
	.summary = "show and retry what a handler failed at",
	.details =
		"The system keeps the last 256 messages that failed twice or that a host died of, bodies up to\n"
		"256 KiB, 4 MiB in all. What is retried goes to the one it was for, or with --to elsewhere, from\n"
		"this shell: the answer is shown, and what a handler took is kept no more; what fails again stays.\n"
		"With --as-sender the actor that had sent it gets the answer.\n"
		"example: poison retry 7",
	.options = morgue_options,
	.args_max = 2,
	.changes = true,
	.changes_if = morgue_changes,
	.undo = "what was retried or dropped is not kept any more: look at it with show before",
	.run = poison_run,
};

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/error.h"
#include "director/commands.h"

static const struct option_spec bootstart_options[] = {
	{ "no-start", 0, NULL, "do not start it now", COMPLETE_NONE },
	{ "print", 0, NULL, "only show what would be written", COMPLETE_NONE },
	{ 0 },
};

static int bootstart_run(void *data, const struct command_call *call, tsp_error *err)
{
	(void)data; /* nothing is read yet */
	(void)call;
	return tsp_fail(err, TSP_ENOTIMPL, "cannot install a boot service: not implemented");
}

const struct command bootstart_command = {
	.name = "bootstart",
	.synopsis = "[NAME] [--no-start] [--print]",
	.summary = "start the system when the machine starts (not implemented)",
	.options = bootstart_options,
	.args_min = 0,
	.args_max = 1,
	.run = bootstart_run,
};

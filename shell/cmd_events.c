/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "shell/shell.h"

static int events_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	const char *word = call->argv[0];
	char shown[80];
	if (!shell->control)
		return tsp_fail(err, TSP_EUSAGE,
			"cannot switch events: this session is not one of --control");
	if (strcmp(word, "on") != 0 && strcmp(word, "off") != 0)
		return tsp_fail(err, TSP_EUSAGE, "cannot switch events '%s': neither on nor off",
			text_quote(tsp_text_of(word), shown, sizeof(shown)));
	shell->events = strcmp(word, "on") == 0;
	return TSP_OK;
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

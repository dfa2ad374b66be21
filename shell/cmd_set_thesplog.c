/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "shell/shell.h"

#define FILE_LEAST 10240

/* 1, 0, or -1: neither. */
static int read_switch(const char *text)
{
	static const char *const words[2][3] = { { "off", "no", "false" },
		{ "on", "yes", "true" } };

	for (int value = 0; value < 2; value++)
		for (size_t i = 0; i < 3; i++)
			if (strcmp(text, words[value][i]) == 0)
				return value;
	return -1;
}

static int bad(const char *what, const char *text, const char *wanted, tsp_error *err)
{
	char shown[80];

	return tsp_fail(err, TSP_EUSAGE, "cannot use %s '%s': not %s", what,
		text_quote(tsp_text_of(text), shown, sizeof(shown)), wanted);
}

static int set_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	const char *level = call->argv[1];
	int forward = read_switch(call->argv[2]);
	int64_t file = read_switch(call->argv[3]);
	enum log_level known;
	tsp_address target;
	int rc;

	if (log_level_parse(level, &known) < 0)
		return bad("level", level, "debug, info, warning, error or critical", err);
	if (forward < 0)
		return bad("forward", call->argv[2], "on or off", err);
	if (file < 0 && text_to_int(call->argv[3], FILE_LEAST, INT64_MAX, &file) < 0)
		return bad("file", call->argv[3], "on, off or a size from 10240 bytes", err);
	rc = shell_address(shell, call->argv[0], &target, err);
	if (rc < 0)
		return rc;
	return tsp_set_logging(shell->system, target, level, forward, file, err);
}

const struct command cmd_set_thesplog = {
	.name = "set_thesplog",
	.synopsis = "ADDR LEVEL FORWARD FILE",
	.summary = "switch the internal log of the system (#0), or of an actor",
	.details =
		"LEVEL: debug, info, warning, error or critical, the least that is written. FORWARD: on or off,\n"
		"whether it goes to the normal log as well. FILE: on or off; or on and how many bytes it may have.\n"
		"Of an actor: what its process itself has to say, as of failures; all actors that share it.\n"
		"example: set_thesplog #0 debug off on",
	.args_min = 4,
	.args_max = 4,
	.complete = { COMPLETE_ADDRESS },
	.changes = true,
	.undo = "'set_thesplog' with the former values",
	.run = set_run,
};

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>

#include "shell/message_text.h"
#include "shell/render.h"
#include "shell/shell.h"

static int tell_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	struct message_text message;
	tsp_address target;
	tsp_system *system = NULL;
	int rc = shell_attach(shell, &system, err);
	if (rc >= 0)
		rc = shell_address(shell, call->argv[0], &target, err);
	if (rc < 0)
		return rc;
	rc = message_text_parse(call->argv[1], &shell->contacts, &message, err);
	if (rc < 0)
		return rc;
	rc = tsp_tell(
		system, target, message.type[0] != '\0' ? message.type : NULL, message.value, err);
	message_text_clear(&message);
	return shell_call_by_name(err, rc, call->argv[0], target);
}

const struct command cmd_tell = {
	.name = "tell",
	.synopsis = "ADDR MESSAGE",
	.summary = "send a message and wait for no answer",
	.details = "example: tell Greeter Greet {\"name\": \"Ada\"}",
	.args_min = 2,
	.args_max = 2,
	.raw_from = 1,
	.complete = { COMPLETE_ADDRESS },
	.changes = true,
	.run = tell_run,
};

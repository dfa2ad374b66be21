/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include "shell/flight.h"
#include "shell/message_text.h"

static int ask_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	struct message_text message;
	tsp_message *reply = NULL;
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
	const char *type = message.type[0] != '\0' ? message.type : NULL;
	if (shell->departing != NULL)
		rc = flight_send(shell->departing, shell, call->argv[0], target, type,
			message.value, err);
	else
		rc = tsp_ask(system, target, type, message.value, shell->timeout_ms, &reply, err);
	message_text_clear(&message);
	if (shell->departing != NULL)
		return rc;
	return flight_show(shell, call->argv[0], target, rc, reply, err);
}

const struct command cmd_ask = {
	.name = "ask",
	.synopsis = "ADDR MESSAGE",
	.summary = "send a message and print the answer",
	.details =
		"The answer is the first message to this ask's own reply address, whoever sends it; other\n"
		"messages are kept for listen. A PoisonMessage is printed, with status 1.\n"
		"example: ask Greeter Greet {\"name\": \"Ada\"}",
	.args_min = 2,
	.args_max = 2,
	.raw_from = 1,
	.complete = { COMPLETE_ADDRESS },
	.changes = true,
	.run = ask_run,
};

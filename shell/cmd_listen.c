/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>

#include "base/error.h"
#include "base/text.h"
#include "shell/render.h"
#include "shell/shell.h"

static int listen_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	tsp_message *message = NULL;
	int64_t timeout_ms = shell->timeout_ms;
	char shown[80];
	if (call->argc > 0 && text_to_ms(call->argv[0], &timeout_ms) < 0)
		return tsp_fail(err, TSP_EUSAGE, "cannot listen for '%s': not a number of seconds",
			text_quote(tsp_text_of(call->argv[0]), shown, sizeof(shown)));
	int rc = shell_next_arrival(shell, timeout_ms, &message, err);
	if (rc < 0)
		return rc;
	if (shell->terminal && shell->form == OUTPUT_TEXT)
		printf("from %s\n",
			contacts_text(&shell->contacts, tsp_message_sender(message),
				(char[CONTACT_TEXT]){ 0 }));
	rc = render_message(shell, message, err);
	tsp_message_free(message);
	return rc;
}

const struct command cmd_listen = {
	.name = "listen",
	.synopsis = "[SECONDS]",
	.summary = "print the next message to this session",
	.details = "example: listen 5",
	.args_max = 1,
	.run = listen_run,
};

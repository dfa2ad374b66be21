/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/status.h"
#include "shell/render.h"
#include "shell/shell.h"

#define AUTHORITY_CLASS "simple_authority:SimpleSourceAuthority"

/* The authority says whether it holds; the reason of a refusal is the system's. */
static int authority_ask(struct shell *shell, tsp_address authority, tsp_error *err)
{
	tsp_message *reply = NULL;
	tsp_text reason;
	int rc = tsp_ask(shell->system, authority, "IsRegistered", (tsp_value){ 0 },
		shell->timeout_ms, &reply, err);
	if (rc < 0)
		return rc;
	reason = tsp_get_text(reply, "reason");
	if (reason.size > 0) {
		rc = tsp_fail(err, TSP_EPERM, "cannot use the simple source authority: %.*s",
			(int)reason.size, reason.data);
		(void)status_hint(err, "'load' takes what that authority accepts");
	}
	tsp_message_free(reply);
	return rc;
}

static int use_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	tsp_system *system = NULL;
	tsp_address authority;
	char text[CONTACT_TEXT];
	struct output *output;
	(void)call;
	int rc = shell_attach(shell, &system, err);
	if (rc >= 0)
		rc = tsp_system_create(
			system, AUTHORITY_CLASS, NULL, shell->timeout_ms, &authority, err);
	if (rc >= 0)
		rc = authority_ask(shell, authority, err);
	if (rc < 0)
		return rc;
	shell_set_undo(shell, "kill #%d", contacts_add(&shell->contacts, authority));
	output = output_new(stdout, shell->form);
	output_begin(output, NULL, NULL);
	output_int(output, "number", NULL, contacts_add(&shell->contacts, authority));
	render_address(shell, output, "address", NULL, authority);
	output_say(output, "%s accepts every source until it exits",
		contacts_text(&shell->contacts, authority, text));
	output_end(output);
	return render_finish(output, err);
}

const struct command cmd_use_simple_source_authority = {
	.name = "use_simple_source_authority",
	.synopsis = "",
	.summary = "accept every source, signed or not, until the authority exits",
	.details =
		"For trying things out. Refused, with status 5, where the system was started with an authority.\n"
		"example: use_simple_source_authority",
	.changes = true,
	.undo = "'kill' ends the authority; what it accepted stays",
	.run = use_run,
};

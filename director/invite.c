/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "director/commands.h"
#include "director/convention.h"
#include "source/keys.h"

/* Where others can dial this system, as far as the settings say it. */
static char *own_address(const struct context *context, int port)
{
	const char *advertise = settings_get(&context->settings, "advertise");

	if (advertise && *advertise)
		return convention_place((tsp_text){ advertise, strcspn(advertise, "\n") }, port);
	return convention_place(TSP_TEXT("HOST"), port);
}

static int invite_print(const struct context *context, const char *token, const char *address)
{
	struct output *output = context_output(context);

	output_begin(output, NULL, NULL);
	output_string(output, "token", NULL, token);
	output_int(output, "seconds", NULL, INVITE_SECONDS);
	output_say(output, "%s", token);
	output_say(output, "good once, for %d minutes; there:", INVITE_SECONDS / 60);
	output_say(output, "  thespian-director join %s %s", address, token);
	output_end(output);
	return output_finish(output);
}

static int invite_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct context *context = data;
	char *folder = NULL, *address = NULL;
	char token[INVITE_TEXT];
	int port, rc;

	(void)call;
	rc = context_make_folder(context, err);
	if (rc >= 0)
		rc = context_port(context, &port, err);
	if (rc >= 0)
		rc = keys_init(err);
	if (rc < 0)
		return rc;
	folder = convention_folder(context);
	address = own_address(context, port);
	if (!folder || !address)
		rc = tsp_fail(err, TSP_ENOMEM, "cannot invite: out of memory");
	if (rc >= 0)
		rc = pins_invite(folder, convention_now(), token, err);
	if (rc >= 0)
		rc = invite_print(context, token, address);
	explicit_bzero(token, sizeof(token));
	free(folder);
	free(address);
	return rc;
}

const struct command invite_command = {
	.name = "invite",
	.synopsis = "",
	.summary = "let another system join this one's convention",
	.details =
		"Prints a token for `join` on the other machine: it names this system's key, and is burnt by\n"
		"the first who shows it, or in 15 minutes. Whoever has it is let in: send it as you would a\n"
		"password. The system here has to run, with its keys (which `invite` makes where there are\n"
		"none: then start it anew).",
	.args_min = 0,
	.args_max = 0,
	.run = invite_run,
};

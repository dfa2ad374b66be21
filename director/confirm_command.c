/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/client.h"
#include "director/commands.h"
#include "director/view.h"

static int confirm_print(
	const struct context *context, const char *group, const tsp_message *answer)
{
	struct output *output = context_output(context);
	tsp_text version = tsp_get_text(answer, "version");
	char digits[13];

	output_begin(output, NULL, NULL);
	output_string(output, "group", NULL, group);
	output_text(output, "version", NULL, version);
	output_text(output, "hash", NULL, tsp_get_text(answer, "hash"));
	output_say(output, "confirmed %s %.*s %s", group, (int)version.size, version.data,
		context_short_hash(tsp_get_text(answer, "hash"), digits));
	output_end(output);
	return output_finish(output);
}

static int confirm_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct context *context = data;
	tsp_builder *request = client_request(context);
	tsp_message *answer = NULL;
	int rc;

	if (!request)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	tsp_put_key(request, "group");
	tsp_put_string(request, call->argv[0]);
	tsp_end(request);
	rc = client_ask_once(context, "DirectorConfirm", request, &answer, err);
	if (rc >= 0)
		rc = confirm_print(context, call->argv[0], answer);
	tsp_message_free(answer);
	return rc;
}

const struct command confirm_command = {
	.name = "confirm",
	.synopsis = "GROUP",
	.summary = "let a version that was loaded with --confirm stay",
	.args_min = 1,
	.args_max = 1,
	.complete = { COMPLETE_GROUP },
	.run = confirm_run,
};

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/client.h"
#include "director/commands.h"

static const struct option_spec role_options[] = {
	{ "group", 'g', "G", "only in this group", COMPLETE_GROUP },
	{ 0 },
};

static int role_print(const struct context *context, const tsp_message *answer)
{
	struct output *output = context_output(context);
	tsp_address address = tsp_get_address(answer, "address");
	char text[TSP_ADDRESS_TEXT];

	tsp_address_text(address, text);
	output_begin(output, NULL, NULL);
	output_string(output, "address", NULL, text);
	output_text(output, "role", NULL, tsp_get_text(answer, "role"));
	output_text(output, "group", NULL, tsp_get_text(answer, "group"));
	output_text(output, "class", NULL, tsp_get_text(answer, "class"));
	output_text(output, "name", NULL, tsp_get_text(answer, "name"));
	output_text(output, "hash", NULL, tsp_get_text(answer, "hash"));
	output_say(output, "%s", text);
	output_end(output);
	return output_finish(output);
}

static int role_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct context *context = data;
	const char *group = options_get(&call->options, "group");
	tsp_builder *request = client_request(context);
	tsp_message *answer = NULL;
	int rc;

	if (!request)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	tsp_put_key(request, "role");
	tsp_put_string(request, call->argv[0]);
	if (group) {
		tsp_put_key(request, "group");
		tsp_put_string(request, group);
	}
	tsp_end(request);
	rc = client_ask_once(context, "DirectorRole", request, &answer, err);
	if (rc >= 0)
		rc = role_print(context, answer);
	tsp_message_free(answer);
	return rc;
}

const struct command role_command = {
	.name = "role",
	.synopsis = "ROLE [--group G]",
	.summary = "print the address of the active actor in a role",
	.options = role_options,
	.args_min = 1,
	.args_max = 1,
	.complete = { COMPLETE_ROLE },
	.run = role_run,
};

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/text.h"
#include "cli/status.h"
#include "director/client.h"
#include "director/commands.h"
#include "director/fleet.h"
#include "director/view.h"

static int list_print(
	const struct context *context, const tsp_message *answer, const char *only, tsp_error *err)
{
	tsp_value groups = tsp_get(answer, "groups");
	struct output *output;
	char shown[80];

	if (only && tsp_value_count(groups) == 0) {
		(void)tsp_fail(err, TSP_ENOENT, "cannot list '%s': no such group",
			text_quote(tsp_text_of(only), shown, sizeof(shown)));
		return status_hint(err, "'avail' lists the packages in the folder");
	}
	output = context_output(context);
	output_begin(output, NULL, NULL);
	view_groups(output, groups);
	output_end(output);
	return output_finish(output);
}

static int list_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct context *context = data;
	const char *only = call->argc > 0 ? call->argv[0] : NULL;
	tsp_message *answer = NULL;
	tsp_builder *request;
	int rc;

	if (context->fleet)
		return fleet_list(context, only, err);
	request = client_request(context);
	if (!request)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	if (only) {
		tsp_put_key(request, "group");
		tsp_put_string(request, only);
	}
	tsp_end(request);
	rc = client_ask_once(context, "DirectorList", request, &answer, err);
	if (rc >= 0)
		rc = list_print(context, answer, only, err);
	tsp_message_free(answer);
	return rc;
}

void complete_loaded(struct context *context, enum complete_kind kind, struct complete *into)
{
	tsp_builder *request = client_request(context);
	struct client client = { 0 };
	tsp_message *answer = NULL;
	tsp_value group, version, actor, key;
	tsp_walk g = { 0 };

	if (!request)
		return;
	tsp_end(request);
	if (client_open(context, CLIENT_ATTACH, 200, &client, NULL) < 0 ||
		client_ask(&client, "DirectorList", request, &answer, NULL) < 0)
		goto out;
	while (tsp_value_next(tsp_get(answer, "groups"), &g, &key, &group)) {
		tsp_walk v = { 0 };
		char text[128];

		(void)snprintf(text, sizeof(text), "%.*s", (int)view_text(group, "group").size,
			view_text(group, "group").data);
		if (kind == COMPLETE_HASH_GROUP)
			complete_add(into, text);
		while (tsp_value_next(tsp_value_get(group, "versions"), &v, &key, &version)) {
			tsp_walk a = { 0 };
			char digits[13];

			if (kind != COMPLETE_ROLE)
				complete_add(into,
					context_short_hash(view_text(version, "hash"), digits));
			while (kind == COMPLETE_ROLE &&
				tsp_value_next(
					tsp_value_get(version, "actors"), &a, &key, &actor)) {
				(void)snprintf(text, sizeof(text), "%.*s",
					(int)view_text(actor, "role").size,
					view_text(actor, "role").data);
				complete_add(into, text);
			}
		}
	}
out:
	tsp_message_free(answer);
	tsp_builder_free(request);
	client_close(&client);
}

const struct command list_command = {
	.name = "list",
	.synopsis = "[GROUP]",
	.summary = "show groups, their loaded versions and running actors",
	.args_min = 0,
	.args_max = 1,
	.complete = { COMPLETE_GROUP },
	.run = list_run,
};

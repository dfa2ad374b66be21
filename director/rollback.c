/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/client.h"
#include "director/commands.h"
#include "director/fleet.h"

static int rollback_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct context *context = data;
	tsp_builder *request;
	int rc;

	if (context->fleet)
		return fleet_rollback(context, call->argv[0], call->argc > 1 ? call->argv[1] : NULL, err);
	rc = context_make_folder(context, err);
	if (rc < 0)
		return rc;
	request = client_request(context);
	if (request) {
		tsp_put_key(request, "group");
		tsp_put_string(request, call->argv[0]);
		if (call->argc > 1) {
			tsp_put_key(request, "hash");
			tsp_put_string(request, call->argv[1]);
		}
		tsp_end(request);
	}
	return client_run(context, CLIENT_START, context_load_timeout(context), "DirectorRollback",
		request, err);
}

const struct command rollback_command = {
	.name = "rollback",
	.synopsis = "GROUP [HASH]",
	.summary = "make the version that was active before active again",
	.details =
		"The group is then held: refresh leaves it alone until load or refresh --release.",
	.args_min = 1,
	.args_max = 2,
	.complete = { COMPLETE_GROUP, COMPLETE_HASH },
	.run = rollback_run,
};

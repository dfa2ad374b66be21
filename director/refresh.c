/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/client.h"
#include "director/commands.h"

static const struct option_spec refresh_options[] = {
	{ "release", 0, NULL, "also groups that a rollback holds", COMPLETE_NONE },
	{ 0 },
};

static int refresh_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct context *context = data;
	tsp_builder *request;
	int rc = context_make_folder(context, err);

	if (rc < 0)
		return rc;
	request = client_request(context);
	if (request) {
		tsp_put_key(request, "release");
		tsp_put_bool(request, options_count(&call->options, "release") > 0);
		tsp_end(request);
	}
	return client_run(context, CLIENT_START, context_load_timeout(context), "DirectorRefresh",
		request, err);
}

const struct command refresh_command = {
	.name = "refresh",
	.synopsis = "[--release]",
	.summary = "load the newest package of every group",
	.details = "Leaves alone what is active already, and what a rollback holds.",
	.options = refresh_options,
	.args_min = 0,
	.args_max = 0,
	.run = refresh_run,
};

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "cli/status.h"
#include "director/client.h"
#include "director/commands.h"

/* A base to shut down first, where a setting names one: another base may be at the same port. */
static int shutdown_old(struct context *context, int port, int64_t timeout_ms, bool *ret_stopped,
	int *ret_killed, tsp_error *err)
{
	const char *old = settings_get(&context->settings, "oldthespbase");
	tsp_open_options options = { .base = old, .port = port, .timeout_ms = timeout_ms };
	tsp_system *system = NULL;
	int rc;

	if (!old || !strcmp(old, settings_get(&context->settings, "thespbase")) ||
		!strcmp(old, "simpleSystemBase"))
		return TSP_OK;
	rc = tsp_open(&options, &system, NULL);
	if (rc < 0)
		return TSP_OK;
	rc = tsp_shutdown(system, timeout_ms, ret_killed, err);
	*ret_stopped = rc >= 0;
	tsp_close(system);
	return rc;
}

static int shutdown_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct context *context = data;
	struct client client = { 0 };
	struct output *output;
	int killed = 0, killed_old = 0, port;
	bool stopped = false;
	int rc = context_port(context, &port, err);

	(void)call; /* it has no arguments */
	if (rc >= 0)
		rc = shutdown_old(
			context, port, context_timeout(context, DIRECTOR_TIMEOUT_MS), &stopped,
			&killed_old, err);
	if (rc >= 0)
		rc = client_open(context, CLIENT_ATTACH, DIRECTOR_TIMEOUT_MS, &client, err);
	if (rc >= 0)
		rc = tsp_shutdown(client.system, client.timeout_ms, &killed, err);
	client_close(&client);
	if (rc == TSP_ENOSYSTEM && stopped)
		rc = TSP_OK; /* the old one was all there was */
	if (rc < 0)
		return rc;
	killed += killed_old;
	output = context_output(context);
	output_begin(output, NULL, NULL);
	output_int(output, "port", NULL, port);
	output_int(output, "killed", NULL, killed);
	output_say(output, "system %d stopped", port);
	if (killed > 0)
		output_say(
			output, "%d process%s had to be killed", killed, killed == 1 ? "" : "es");
	output_end(output);
	return output_finish(output);
}

const struct command shutdown_command = {
	.name = "shutdown",
	.synopsis = "",
	.summary = "stop the system in order",
	.details = "Says how many processes had to be killed.",
	.args_min = 0,
	.args_max = 0,
	.run = shutdown_run,
};

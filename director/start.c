/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <signal.h>

#include "director/client.h"
#include "director/commands.h"
#include "director/view.h"

static const struct option_spec start_options[] = {
	{ "wait", 'w', NULL, "stay until the system ends", COMPLETE_NONE },
	{ 0 },
};

static int start_print(const struct client *client, const tsp_message *status)
{
	struct output *output = context_output(client->context);
	int64_t pid = client_pid(status);

	output_begin(output, NULL, NULL);
	output_int(output, "port", NULL, client->port);
	output_int(output, "pid", NULL, pid);
	output_text(output, "base", NULL, tsp_get_text(status, "base"));
	output_string(output, "folder", NULL, client->context->folder);
	output_say(output, "system %d running, pid %lld", client->port, (long long)pid);
	output_end(output);
	return output_finish(output);
}

static void start_interrupted(int signal_number)
{
	(void)signal_number; /* either one ends the wait */
	tsp_interrupt();
}

/* From the moment at which the system is said to run: a signal is no failure then. */
static void start_catch(void)
{
	struct sigaction action = { .sa_handler = start_interrupted };

	(void)sigaction(
		SIGINT, &action, NULL); /* without it: the signal ends the program, as well */
	(void)sigaction(SIGTERM, &action, NULL);
}

/* Until the system is gone, or the user has enough. */
static int start_wait(struct client *client)
{
	tsp_message *message = NULL;
	int rc;

	do {
		rc = tsp_listen(client->system, 3600 * 1000, &message, NULL);
		if (rc >= 0)
			tsp_message_free(message);
		message = NULL;
	} while (rc >= 0 || rc == TSP_ETIMEOUT);
	return TSP_OK;
}

static int start_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct context *context = data;
	struct client client = { 0 };
	tsp_builder *request = NULL;
	tsp_message *answer = NULL, *status = NULL;
	bool wait = options_count(&call->options, "wait") > 0;
	int rc = context_make_folder(context, err);

	if (rc >= 0)
		rc = client_open(
			context, CLIENT_START, context_load_timeout(context), &client, err);
	if (rc < 0)
		return rc;
	request = client_request(context);
	if (request) {
		tsp_end(request);
		rc = client_ask(&client, "DirectorStarted", request, &answer, err);
	} else {
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
	}
	if (rc >= 0)
		rc = tsp_status(
			client.system, tsp_admin(client.system), client.timeout_ms, &status, err);
	if (rc >= 0 && wait)
		start_catch();
	if (rc >= 0)
		rc = start_print(&client, status);
	if (rc >= 0)
		rc = client_verdict(answer, err);
	if (rc >= 0 && wait)
		rc = start_wait(&client);
	tsp_message_free(answer);
	tsp_message_free(status);
	tsp_builder_free(request);
	client_close(&client);
	return rc;
}

const struct command start_command = {
	.name = "start",
	.synopsis = "[--wait]",
	.summary = "start the system and bring back its groups",
	.details =
		"Does nothing if it runs. Each group comes back as its state file says, one without a state\n"
		"with its newest package. Other commands that start the system bring back the former only.",
	.options = start_options,
	.args_min = 0,
	.args_max = 0,
	.run = start_run,
};

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/status.h"
#include "director/follow.h"
#include "director/launch.h"
#include "source/package.h"

#define CLIENT_DIRECTOR	 "Director"
#define CLIENT_ANCESTORS 8 /* between a host and its admin there are nurseries */
#define CLIENT_TRIES	 4
#define CLIENT_DIED_HINT "it is started again; 'list' shows what holds now"

static int client_open_started(
	struct context *context, tsp_open_options *options, tsp_system **ret_system, tsp_error *err)
{
	struct launch launch = { 0 };
	int rc = context_make_folder(context, err);

	if (rc >= 0)
		rc = launch_make(context, &launch, err);
	if (rc < 0)
		return rc;
	options->flags = TSP_OPEN_START;
	options->capabilities_json = launch.capabilities;
	options->authority = launch.authority;
	options->director = launch.director;
	options->log_definitions = launch.definitions;
	rc = tsp_open(options, ret_system, err);
	launch_clear(&launch);
	return rc;
}

int client_open(struct context *context, enum client_start start, int64_t timeout_ms,
	struct client *ret_client, tsp_error *err)
{
	struct client client = { .context = context,
		.timeout_ms = context_timeout(context, timeout_ms) };
	tsp_open_options options = { 0 };
	int rc = launch_place(context, &options.base, &client.port, err);

	if (rc < 0)
		return rc;
	options.port = client.port;
	options.timeout_ms = client.timeout_ms;
	context_tell(context, "system %s at port %d, folder %s", options.base, client.port,
		context->folder);
	if (start == CLIENT_START)
		rc = client_open_started(context, &options, &client.system, err);
	else
		rc = tsp_open(&options, &client.system, err);
	if (rc == TSP_ENOSYSTEM && start == CLIENT_ATTACH)
		return status_hint(err, "'thespian-director start' starts it");
	if (rc >= 0)
		*ret_client = client;
	return rc;
}

/* Parent of a process of ours, and whether it is an admin; 0: not to be found. */
static int64_t parent_of(int64_t pid, bool *ret_admin)
{
	char path[64], link[4096], line[512];
	long parent = 0;
	ssize_t size;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%lld/exe", (long long)pid);
	size = readlink(path, link, sizeof(link) - 1);
	link[size > 0 ? size : 0] = '\0';
	*ret_admin = strstr(link, "/thespian-admin") != NULL;
	(void)snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fgets(line, sizeof(line), file) && strrchr(line, ')'))
		(void)sscanf(strrchr(line, ')'), ") %*c %ld", &parent); /* else 0 */
	(void)fclose(file);						/* only read */
	return parent;
}

int64_t client_pid(const tsp_message *status)
{
	int64_t pid = tsp_get_int(status, "pid", 0);
	tsp_value host = tsp_value_at(tsp_get(status, "hosts"), 0);

	if (pid > 0 || !tsp_value_int(tsp_value_get(host, "pid"), &pid))
		return pid;
	for (int i = 0; i < CLIENT_ANCESTORS && pid > 1; i++) {
		bool admin;
		int64_t parent = parent_of(pid, &admin);

		if (admin)
			return pid;
		pid = parent;
	}
	return 0;
}

void client_close(struct client *client)
{
	tsp_close(client->system);
	*client = (struct client){ 0 };
}

tsp_builder *client_request(const struct context *context)
{
	tsp_builder *request = tsp_builder_new();

	if (!request)
		return NULL;
	tsp_begin_map(request);
	tsp_put_key(request, "folder");
	tsp_put_string(request, context->folder);
	return request;
}

static int client_check_answer(const struct client *client, tsp_message **answer, tsp_error *err)
{
	if (tsp_message_is(*answer, "DirectorAnswer"))
		return TSP_OK;
	if (tsp_message_is(*answer, "PoisonMessage")) {
		tsp_text details = tsp_get_text(*answer, "details");

		/* not asked again: what killed one may kill the next */
		(void)tsp_fail(err, TSP_EFAILED,
			"cannot ask the Director at port %d: it failed at it: %.*s", client->port,
			(int)details.size, details.data ? details.data : "");
		(void)status_hint(err, CLIENT_DIED_HINT);
	} else {
		(void)tsp_fail(err, TSP_EPROTOCOL,
			"cannot ask the Director at port %d: it gave an answer that is none",
			client->port);
	}
	tsp_message_free(*answer);
	*answer = NULL;
	return TSP_EFAILED;
}

/* A Director that died had not ended what comes back. The next one, for whom the name is kept, may be
 * asked again for all but what would be done twice: it may have been half done ("deferred"). */
static bool client_may_ask_again(const char *type, const tsp_error *why)
{
	bool twice = !strcmp(type, "DirectorRollback") || !strcmp(type, "DirectorUnload");

	return strstr(why->text, "not delivered") && !(twice && strstr(why->text, "deferred"));
}

/* What stands behind the address that was asked: the Director's tells a person nothing. */
static const char *client_cause(const tsp_error *why)
{
	const char *behind = strncmp(why->text, "cannot ask '", 12) ? NULL : strstr(why->text, "': ");

	return behind ? behind + 3 : why->text;
}

int client_ask(struct client *client, const char *type, tsp_builder *request,
	tsp_message **ret_answer, tsp_error *err)
{
	tsp_address director = tsp_system_name_address(client->system, CLIENT_DIRECTOR);
	tsp_message *answer = NULL;
	struct follow *follow;
	tsp_value value;
	tsp_error why = { 0 };
	int rc = tsp_builder_value(request, &value);

	if (rc < 0)
		return tsp_fail(err, rc, "cannot ask the Director: %s", tsp_error_sentence(rc));
	follow = follow_begin(client->system, type, !client->context->json);
	for (int i = 0; i < CLIENT_TRIES; i++) {
		rc = tsp_ask(
			client->system, director, type, value, client->timeout_ms, &answer, &why);
		if (rc != TSP_EDEAD || !client_may_ask_again(type, &why))
			break;
	}
	follow_end(follow);
	if (rc == TSP_EDEAD && strstr(why.text, "nobody holds")) {
		(void)tsp_fail(
			err, TSP_EFAILED, "cannot ask the Director at port %d: there is none",
			client->port);
		return status_hint(
			err, "it was not started by thespian-director: 'shutdown', then 'start'");
	}
	if (rc == TSP_EDEAD) {
		(void)tsp_fail(err, TSP_EFAILED,
			"cannot ask the Director at port %d: it died at it: %s", client->port,
			client_cause(&why));
		return status_hint(err, CLIENT_DIED_HINT);
	}
	if (rc == TSP_ETIMEOUT)
		return tsp_fail(
			err, rc, "cannot ask the Director at port %d: it did not answer in time",
			client->port);
	if (rc < 0)
		return tsp_fail(err, rc, "cannot ask the Director at port %d: %s", client->port,
			client_cause(&why));
	rc = client_check_answer(client, &answer, err);
	if (rc >= 0)
		*ret_answer = answer;
	return rc;
}

int client_verdict(const tsp_message *answer, tsp_error *err)
{
	int code = (int)tsp_get_int(answer, "code", 0);
	tsp_text text = tsp_get_text(answer, "error");
	tsp_text hint = tsp_get_text(answer, "hint");
	tsp_text output = tsp_get_text(answer, "output");

	if (code >= 0)
		return TSP_OK;
	if (output.size > 0) {
		text_print(stderr, output, true);
		if (output.data[output.size - 1] != '\n')
			(void)fputc('\n', stderr);
	}
	(void)tsp_fail(err, code, "%.*s", (int)text.size, text.data ? text.data : "");
	if (hint.size > 0)
		(void)status_hint(err, "%.*s", (int)hint.size, hint.data);
	return code;
}

/* ---- Results ------------------------------------------------------------------------------- */

static tsp_text member_text(tsp_value map, const char *key)
{
	tsp_text text = { "", 0 };

	(void)tsp_value_text(tsp_value_get(map, key), &text); /* a missing one is empty */
	return text;
}

#define SHOWN(text) (int)(text).size, (text).data

static void say_actor(struct output *output, tsp_value actor)
{
	char address[TSP_ADDRESS_TEXT] = "";
	tsp_address at;
	tsp_text role = member_text(actor, "role"), name = member_text(actor, "name");
	tsp_text class_name = member_text(actor, "class");

	if (tsp_value_address(tsp_value_get(actor, "address"), &at))
		tsp_address_text(at, address);
	output_say(output, "  %.*s%s%.*s%s%.*s %s", SHOWN(class_name), role.size ? " role " : "",
		SHOWN(role), name.size ? " name " : "", SHOWN(name), address);
}

static void say_result(struct output *output, tsp_value result)
{
	tsp_text action = member_text(result, "action"), group = member_text(result, "group");
	tsp_text version = member_text(result, "version"), hash = member_text(result, "hash");
	tsp_text override = member_text(result, "override"), note = member_text(result, "note");
	tsp_value actors = tsp_value_get(result, "actors");
	tsp_value key, actor;
	tsp_walk at = { 0 };
	char digits[13];

	context_short_hash(hash, digits);
	if (tsp_text_is(action, "already active"))
		output_say(output, "%.*s %.*s already active", SHOWN(group), SHOWN(version));
	else if (tsp_text_is(action, "held"))
		output_say(output, "%.*s %.*s held by rollback", SHOWN(group), SHOWN(version));
	else if (version.size > 0)
		output_say(output, "%.*s %.*s %.*s %s", SHOWN(action), SHOWN(group), SHOWN(version),
			digits);
	else
		output_say(output, "%.*s %.*s", SHOWN(action), SHOWN(group));
	if (override.size > 0)
		output_say(output, "  group file %.*s (unsigned)", SHOWN(override));
	if (note.size > 0)
		output_say(output, "  %.*s", SHOWN(note));
	while (!tsp_text_is(action, "already active") && tsp_value_next(actors, &at, &key, &actor))
		say_actor(output, actor);
}

int client_print_results(const struct context *context, const tsp_message *answer)
{
	struct output *output = context_output(context);
	tsp_value results = tsp_get(answer, "results");
	tsp_value key, result;
	tsp_walk at = { 0 };

	output_begin(output, NULL, NULL);
	output_value(output, "results", NULL, results);
	if (output_form(output) == OUTPUT_TEXT)
		while (tsp_value_next(results, &at, &key, &result))
			say_result(output, result);
	output_end(output);
	return output_finish(output);
}

int client_run(struct context *context, enum client_start start, int64_t timeout_ms,
	const char *type, tsp_builder *request, tsp_error *err)
{
	struct client client = { 0 };
	tsp_message *answer = NULL;
	int rc = request ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0)
		rc = client_open(context, start, timeout_ms, &client, err);
	if (rc >= 0)
		rc = client_ask(&client, type, request, &answer, err);
	if (rc >= 0) {
		if (tsp_value_count(tsp_get(answer, "results")) > 0 ||
			tsp_get_int(answer, "code", 0) >= 0)
			rc = client_print_results(context, answer);
		if (rc >= 0)
			rc = client_verdict(answer, err);
	}
	tsp_message_free(answer);
	tsp_builder_free(request);
	client_close(&client);
	return rc;
}

int client_ask_once(struct context *context, const char *type, tsp_builder *request,
	tsp_message **ret_answer, tsp_error *err)
{
	struct client client = { 0 };
	int rc = client_open(context, CLIENT_ATTACH, DIRECTOR_TIMEOUT_MS, &client, err);

	*ret_answer = NULL;
	if (rc >= 0)
		rc = client_ask(&client, type, request, ret_answer, err);
	if (rc >= 0)
		rc = client_verdict(*ret_answer, err);
	if (rc < 0) {
		tsp_message_free(*ret_answer);
		*ret_answer = NULL;
	}
	tsp_builder_free(request);
	client_close(&client);
	return rc;
}

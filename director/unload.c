/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "director/client.h"
#include "director/commands.h"
#include "director/fleet.h"
#include "director/view.h"

#define UNLOAD_GRACE_MS 5000

static const struct option_spec unload_options[] = {
	{ "force", 'f', NULL, "end all its actors, also those that others created", COMPLETE_NONE },
	{ 0 },
};

/* Ends every actor of the source, whoever created it, after its grace. */
static int unload_force_one(struct client *client, tsp_value actors, tsp_text hash, tsp_error *err)
{
	tsp_walk at = { 0 };
	tsp_value key, actor;
	int rc = TSP_OK;

	while (rc >= 0 && tsp_value_next(actors, &at, &key, &actor)) {
		tsp_text source = { 0 };
		tsp_address address;

		if (!tsp_value_text(tsp_value_get(actor, "source"), &source) ||
			source.size != hash.size ||
			!tsp_value_address(tsp_value_get(actor, "address"), &address))
			continue;
		for (size_t i = 0; i < hash.size; i++)
			if (source.data[i] != hash.data[i])
				source.size = 0;
		if (source.size == 0)
			continue;
		rc = tsp_kill(client->system, address, UNLOAD_GRACE_MS, true, NULL, err);
		if (rc == TSP_EDEAD)
			rc = TSP_OK;
	}
	return rc;
}

static int unload_force(struct client *client, const tsp_message *answer, tsp_error *err)
{
	tsp_message *list = NULL;
	tsp_value key, result;
	tsp_walk at = { 0 };
	int rc = tsp_actors(client->system, client->timeout_ms, &list, err);

	while (rc >= 0 && tsp_value_next(tsp_get(answer, "results"), &at, &key, &result)) {
		tsp_text action = { 0 }, hash = { 0 };

		if (tsp_value_text(tsp_value_get(result, "action"), &action) &&
			tsp_text_is(action, "unloaded") &&
			tsp_value_text(tsp_value_get(result, "hash"), &hash))
			rc = unload_force_one(client, tsp_get(list, "actors"), hash, err);
	}
	tsp_message_free(list);
	return rc;
}

/* Whether HASH or GROUP[@VERSION] may mean this version. */
static bool unload_means(const char *what, tsp_text group, tsp_value version)
{
	tsp_text hash = view_text(version, "hash");
	size_t size = strlen(what), name = strcspn(what, "@");

	if (size <= hash.size && !memcmp(what, hash.data, size))
		return true;
	return name == group.size && !memcmp(what, group.data, name) &&
		(!what[name] || tsp_text_is(view_text(version, "version"), what + name + 1));
}

int64_t unload_drain_s(const tsp_message *list, const char *what)
{
	tsp_value key, group, version;
	tsp_walk groups = { 0 };
	int64_t most_s = 0;

	while (tsp_value_next(tsp_get(list, "groups"), &groups, &key, &group)) {
		tsp_walk at = { 0 };

		while (tsp_value_next(tsp_value_get(group, "versions"), &at, &key, &version)) {
			int64_t drain_s = view_int(version, "drain_s", 0);

			if (drain_s > most_s && unload_means(what, view_text(group, "group"), version))
				most_s = drain_s;
		}
	}
	return most_s;
}

/* What the actors of the version may take to finish comes on top: the group file's Drain. */
static int unload_add_drain(struct client *client, const char *what, tsp_error *err)
{
	tsp_builder *request = client_request(client->context);
	tsp_message *list = NULL;
	int rc = request ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0) {
		tsp_end(request);
		rc = client_ask(client, "DirectorList", request, &list, err);
	}
	if (rc >= 0)
		rc = client_verdict(list, err);
	if (rc >= 0)
		client->timeout_ms = context_timeout(
			client->context, client->timeout_ms + unload_drain_s(list, what) * 1000);
	tsp_message_free(list);
	tsp_builder_free(request);
	return rc;
}

static int unload_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct context *context = data;
	struct client client = { 0 };
	tsp_message *answer = NULL;
	tsp_builder *request;
	int rc;

	if (context->fleet)
		return fleet_unload(context, call->argv[0], options_count(&call->options, "force") > 0, err);
	request = client_request(context);
	if (!request)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	tsp_put_key(request, "what");
	tsp_put_string(request, call->argv[0]);
	tsp_put_key(request, "force");
	tsp_put_bool(request, options_count(&call->options, "force") > 0);
	tsp_end(request);
	rc = client_open(context, CLIENT_ATTACH, context_load_timeout(context), &client, err);
	if (rc >= 0 && !options_count(&call->options, "force"))
		rc = unload_add_drain(&client, call->argv[0], err);
	if (rc >= 0)
		rc = client_ask(&client, "DirectorUnload", request, &answer, err);
	if (rc >= 0)
		rc = client_verdict(answer, err);
	if (rc >= 0 && options_count(&call->options, "force"))
		rc = unload_force(&client, answer, err);
	if (rc >= 0)
		rc = client_print_results(context, answer);
	tsp_message_free(answer);
	tsp_builder_free(request);
	client_close(&client);
	return rc;
}

const struct command unload_command = {
	.name = "unload",
	.synopsis = "HASH | GROUP[@VERSION] [--force]",
	.summary = "unload a version; an active one gives way to the one before",
	.details =
		"Any unambiguous beginning of the hash, of 6 digits at least. Its actors finish first, at\n"
		"most as long as the group file's Drain says (10 s). A group that an active one requires does\n"
		"not become inactive.\n"
		"--force: at once, and all the same.",
	.options = unload_options,
	.args_min = 1,
	.args_max = 1,
	.complete = { COMPLETE_HASH_GROUP },
	.run = unload_run,
};

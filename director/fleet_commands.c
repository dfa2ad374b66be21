/* SPDX-License-Identifier: MIT */
/* Commands that ask each system of the fleet the same, and print what each says. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/status.h"
#include "director/commands.h"
#include "director/fleet.h"
#include "director/view.h"

int fleet_permit(void *data, const struct command_call *call, tsp_error *err)
{
	static const char *const able[] = { "load", "unload", "list", "status", "plan", "rollback", "prove" };
	const struct context *context = data;
	const char *name = call->command->name;

	if (context->canary > 0 && (!context->fleet || strcmp(name, "load") != 0))
		return tsp_fail(err, TSP_EUSAGE, "cannot use '--canary': it is for '--fleet load'");
	if (!context->fleet)
		return TSP_OK;
	for (size_t i = 0; i < sizeof(able) / sizeof(*able); i++)
		if (!strcmp(name, able[i]))
			return TSP_OK;
	(void)tsp_fail(err, TSP_EUSAGE, "cannot use '--fleet' with '%s'", name);
	return status_hint(err, "it goes with load, unload, list, status, plan, rollback and prove");
}

/* As unload alone does: what its actors may take to finish comes on top, where they may take longest. */
static int add_drain(struct fleet *fleet, const char *drained, tsp_error *err)
{
	static const uint8_t nothing[] = { 0xa0 };
	int64_t most_s = 0;
	int rc = fleet_ask(fleet, "Listing", "DirectorList", (tsp_value){ nothing, sizeof(nothing) }, err);

	for (size_t i = 0; i < fleet->count && rc >= 0; i++) {
		const tsp_message *list = fleet->systems[i].answer;
		int64_t drain_s = list ? unload_drain_s(list, drained) : 0;

		most_s = drain_s > most_s ? drain_s : most_s;
	}
	fleet->client.timeout_ms = context_timeout(fleet->client.context, fleet->client.timeout_ms + most_s * 1000);
	return rc;
}

/* request is freed. drained: what is to finish first; NULL: nothing. */
static int run(struct context *context, int64_t timeout_ms, const char *drained, const char *what,
	const char *type, tsp_builder *request, tsp_error *err)
{
	struct fleet fleet = { 0 };
	tsp_value value;
	int rc = request ? tsp_builder_value(request, &value) : TSP_ENOMEM;

	if (rc < 0)
		(void)tsp_fail(err, rc, "%s", tsp_error_sentence(rc));
	if (rc >= 0)
		rc = fleet_open(context, CLIENT_ATTACH, timeout_ms, &fleet, err);
	if (rc >= 0 && drained)
		rc = add_drain(&fleet, drained, err);
	if (rc >= 0)
		rc = fleet_ask(&fleet, what, type, value, err);
	if (rc >= 0)
		rc = fleet_print(&fleet, err);
	fleet_close(&fleet);
	tsp_builder_free(request);
	return rc;
}

static tsp_builder *request_of(const char *key, const char *text, const char *second, const char *more)
{
	tsp_builder *request = tsp_builder_new();

	if (!request)
		return NULL;
	tsp_begin_map(request);
	if (text) {
		tsp_put_key(request, key);
		tsp_put_string(request, text);
	}
	if (more) {
		tsp_put_key(request, second);
		tsp_put_string(request, more);
	}
	tsp_end(request);
	return request;
}

int fleet_list(struct context *context, const char *group, tsp_error *err)
{
	return run(context, DIRECTOR_TIMEOUT_MS, NULL, "Listing", "DirectorList",
		request_of("group", group, NULL, NULL), err);
}

int fleet_status(struct context *context, tsp_error *err)
{
	return run(context, DIRECTOR_TIMEOUT_MS, NULL, "Asking", "DirectorStatus",
		request_of(NULL, NULL, NULL, NULL), err);
}

int fleet_unload(struct context *context, const char *what, bool force, tsp_error *err)
{
	if (force) /* who else may have actors of it is seen only there */
		return tsp_fail(err, TSP_EUSAGE, "cannot use '--force' over the fleet: run it on each machine");
	return run(context, context_load_timeout(context), what, "Unloading", "DirectorUnload",
		request_of("what", what, NULL, NULL), err);
}

int fleet_rollback(struct context *context, const char *group, const char *hash, tsp_error *err)
{
	return run(context, context_load_timeout(context), NULL, "Rolling back", "DirectorRollback",
		request_of("group", group, "hash", hash), err);
}

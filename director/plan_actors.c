/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "director/client.h"
#include "director/plan.h"
#include "director/view.h"

#define LOOK_MS ((int64_t)10000)

static bool same_address(tsp_value a, tsp_value b)
{
	tsp_address one, two;

	return tsp_value_address(a, &one) && tsp_value_address(b, &two) &&
		tsp_address_equal(one, two);
}

bool plan_next_actor(const struct plan *plan, struct plan_walk *walk, tsp_value *ret_actor)
{
	tsp_value key;

	for (;;) {
		tsp_value actors = tsp_value_get(walk->version, "actors");

		if (tsp_value_kind(walk->version) != TSP_KIND_ABSENT &&
			tsp_value_next(actors, &walk->actors, &key, ret_actor))
			return true;
		walk->actors = (tsp_walk){ 0 };
		if (!tsp_value_next(tsp_value_get(plan->group, "versions"), &walk->versions, &key,
			    &walk->version))
			return false;
	}
}

int64_t plan_waiting(const struct plan *plan, tsp_value actor)
{
	tsp_value key, entry;
	tsp_walk at = { 0 };

	while (tsp_value_next(tsp_get(plan->actors, "actors"), &at, &key, &entry))
		if (same_address(
			    tsp_value_get(entry, "number"), tsp_value_get(actor, "own_address")))
			return view_int(entry, "waiting", 0) + view_int(entry, "sent", 0) +
				view_int(entry, "kept", 0);
	return 0;
}

bool plan_lives(tsp_value actor)
{
	return tsp_text_is(view_text(actor, "state"), "running") ||
		tsp_text_is(view_text(actor, "state"), "starting");
}

tsp_value plan_living(const struct plan *plan, const char *class_name)
{
	struct plan_walk walk = { 0 };
	tsp_value actor;

	while (plan_next_actor(plan, &walk, &actor))
		if (tsp_text_is(view_text(walk.version, "hash"), plan->file.package.hash) &&
			tsp_text_is(view_text(actor, "class"), class_name) && plan_lives(actor))
			return actor;
	return (tsp_value){ 0 };
}

/* As retire_former decides it once the load is done. */
bool plan_unloads(const struct plan *plan, tsp_value version)
{
	int64_t rule = plan->rules.auto_unload;
	char *hash = tsp_text_copy(view_text(version, "hash"));
	bool goes = hash && view_bool(version, "loaded") &&
		strcmp(hash, plan->file.package.hash) != 0 &&
		(rule == GROUP_UNLOAD_FORMER || view_bool(version, "development") ||
			(rule != GROUP_UNLOAD_NONE && !state_is_recent(&plan->after, hash, rule)));

	free(hash);
	return goes;
}

tsp_value plan_holder(const struct plan *plan, const char *name)
{
	struct plan_walk walk = { 0 };
	tsp_value actor;

	while (plan_next_actor(plan, &walk, &actor))
		if (tsp_text_is(view_text(actor, "name"), name))
			return actor;
	return (tsp_value){ 0 };
}

/* ---- Names that are another's ---------------------------------------------------------------- */

static int check_groups(const struct plan *plan, const char *name, tsp_error *err)
{
	tsp_value key, group, actor;
	tsp_walk at = { 0 };

	while (tsp_value_next(tsp_get(plan->director, "groups"), &at, &key, &group)) {
		const struct plan other = { .group = group };
		struct plan_walk walk = { 0 };
		tsp_text text = view_text(group, "group");

		if (tsp_text_is(text, plan->file.package.group))
			continue;
		while (plan_next_actor(&other, &walk, &actor))
			if (tsp_text_is(view_text(actor, "name"), name))
				return tsp_fail(err, TSP_ESTART,
					"the name '%s' is held by group '%.*s'", name,
					(int)text.size, text.data);
	}
	return TSP_OK;
}

static bool has_name(tsp_value entry, const char *name)
{
	tsp_value key, item;
	tsp_walk at = { 0 };
	tsp_text text;

	while (tsp_value_next(tsp_value_get(entry, "names"), &at, &key, &item))
		if (tsp_value_text(item, &text) && tsp_text_is(text, name))
			return true;
	return false;
}

static int check_strangers(const struct plan *plan, const char *name, tsp_error *err)
{
	tsp_value holder = plan_holder(plan, name), key, entry;
	tsp_walk at = { 0 };

	while (tsp_value_next(tsp_get(plan->actors, "actors"), &at, &key, &entry)) {
		char text[TSP_ADDRESS_TEXT];
		tsp_address address;

		if (has_name(entry, name) &&
			!same_address(tsp_value_get(entry, "number"),
				tsp_value_get(holder, "own_address")) &&
			tsp_value_address(tsp_value_get(entry, "number"), &address))
			return tsp_fail(err, TSP_ESTART, "the name '%s' is held by %s", name,
				tsp_address_text(address, text));
	}
	return TSP_OK;
}

static int check_names(const struct plan *plan, tsp_error *err)
{
	int rc = TSP_OK;

	for (size_t i = 0; rc >= 0 && i < plan->rules.count; i++) {
		const char *name = plan->rules.actors[i].name;

		if (!name)
			continue;
		rc = check_groups(plan, name, err);
		if (rc >= 0)
			rc = check_strangers(plan, name, err);
	}
	return rc;
}

static void find_group(struct plan *plan)
{
	tsp_value key, group;
	tsp_walk at = { 0 };

	while (tsp_value_next(tsp_get(plan->director, "groups"), &at, &key, &group))
		if (tsp_text_is(view_text(group, "group"), plan->file.package.group))
			plan->group = group;
}

int plan_look(struct context *context, struct plan *plan, tsp_error *err)
{
	struct client client = { 0 };
	tsp_builder *request = client_request(context);
	int rc;

	if (!request)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	tsp_end(request);
	rc = client_open(context, CLIENT_ATTACH, LOOK_MS, &client, err);
	if (rc == TSP_ENOSYSTEM) {
		tsp_builder_free(request);
		return TSP_OK;
	}
	if (rc >= 0)
		rc = client_ask(&client, "DirectorList", request, &plan->director, err);
	if (rc >= 0)
		rc = client_verdict(plan->director, err);
	if (rc >= 0)
		rc = tsp_actors(client.system, client.timeout_ms, &plan->actors, err);
	tsp_builder_free(request);
	client_close(&client);
	if (rc < 0)
		return rc;
	plan->running = true;
	find_group(plan);
	return check_names(plan, err);
}

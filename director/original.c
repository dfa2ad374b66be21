/* SPDX-License-Identifier: MIT */
/* The original's messages to its Director: plain maps with DirectorOp, answered as it does. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "director/actor.h"

/* member NULL: its fields are there, and empty. */
static void put_actor(tsp_actor *self, tsp_builder *builder, const struct member *member)
{
	inventory_put_text(builder, "ActorClass", member ? member->class_name : NULL);
	inventory_put_text(builder, "Role", member ? member->role : NULL);
	tsp_put_key(builder, "ActorAddress");
	if (member)
		tsp_put_address(builder, inventory_role_address(self, member));
	else
		tsp_put_null(builder);
	tsp_put_key(builder, "StartTime");
	if (member)
		tsp_put_int(builder, member->started_ms / 1000);
	else
		tsp_put_null(builder);
}

static void retrieve_role(tsp_actor *self, const tsp_message *message, tsp_builder *builder)
{
	const struct director *director = tsp_state(self);
	const struct member *member = inventory_find_role(
		director, tsp_get_text(message, "Role"), tsp_get_text(message, "Group"));

	tsp_begin_map(builder);
	inventory_put_text(builder, "DirectorResponse", "RoleAddress");
	tsp_put_key(builder, "Success");
	tsp_put_bool(builder, member != NULL);
	inventory_put_text(builder, "Group", member ? member->release->group->name : NULL);
	inventory_put_text(builder, "SourceHash", member ? member->release->hash : NULL);
	put_actor(self, builder, member);
	tsp_end(builder);
}

static void put_group(tsp_actor *self, tsp_builder *builder, struct group *group)
{
	tsp_put_key(builder, group->name);
	tsp_begin_map(builder);
	inventory_put_text(builder, "ActiveHash", group->state.active);
	tsp_put_key(builder, "Loaded");
	tsp_begin_list(builder);
	for (struct list *r = group->releases.prev; r != &group->releases; r = r->prev)
		tsp_put_string(builder, list_item(r, struct release, link)->hash);
	tsp_end(builder);
	tsp_put_key(builder, "Running");
	tsp_begin_map(builder);
	for (struct list *r = group->releases.next; r != &group->releases; r = r->next) {
		struct release *release = list_item(r, struct release, link);

		tsp_put_key(builder, release->hash);
		tsp_begin_list(builder);
		for (struct list *m = release->members.next; m != &release->members; m = m->next) {
			tsp_begin_map(builder);
			put_actor(self, builder, list_item(m, struct member, link));
			tsp_end(builder);
		}
		tsp_end(builder);
	}
	tsp_end(builder);
	tsp_end(builder);
}

static void retrieve_all(tsp_actor *self, const tsp_message *message, tsp_builder *builder)
{
	struct director *director = tsp_state(self);
	tsp_text only = tsp_get_text(message, "Group");

	tsp_begin_map(builder);
	inventory_put_text(builder, "DirectorResponse", "AllAddresses");
	tsp_put_key(builder, "Success");
	tsp_put_bool(builder, true);
	tsp_put_key(builder, "Groups");
	tsp_begin_map(builder);
	for (struct list *g = director->groups.next; g != &director->groups; g = g->next) {
		struct group *group = list_item(g, struct group, link);

		if (only.size == 0 || tsp_text_is(only, group->name))
			put_group(self, builder, group);
	}
	tsp_end(builder);
	tsp_end(builder);
}

static void watch(tsp_actor *self, tsp_address asker)
{
	struct director *director = tsp_state(self);
	tsp_address *grown;

	for (size_t i = 0; i < director->watcher_count; i++)
		if (tsp_address_equal(director->watchers[i], asker))
			return;
	if (director->watcher_count >= OPERATION_QUEUE_LIMIT)
		return;
	grown = realloc(director->watchers, (director->watcher_count + 1) * sizeof(*grown));
	if (!grown)
		return;
	director->watchers = grown;
	grown[director->watcher_count++] = asker;
}

void original_notify(tsp_actor *self)
{
	struct director *director = tsp_state(self);

	for (size_t i = 0; i < director->watcher_count; i++)
		(void)tsp_sendf(self, director->watchers[i], NULL, "{s:s, s:b}", "DirectorResponse",
			"NotificationOfUpdate", "Success", 1); /* one shot: who is gone is gone */
	director->watcher_count = 0;
}

void original_answer(tsp_actor *self, tsp_address asker, const char *response, const char *group,
	const char *hash, const tsp_error *err)
{
	tsp_builder *builder = tsp_builder_new();

	if (builder) {
		tsp_begin_map(builder);
		inventory_put_text(builder, "DirectorResponse", response);
		tsp_put_key(builder, "Success");
		tsp_put_bool(builder, !err || err->code >= 0);
		inventory_put_text(builder, "Group", group);
		if (hash)
			inventory_put_text(builder, "SourceHash", hash);
		if (err && err->code < 0)
			inventory_put_text(builder, "Error", err->text);
		tsp_end(builder);
	}
	inventory_send(self, asker, NULL, builder);
}

/* ---- LoadSource ------------------------------------------------------------------------------ */

static void load_source(tsp_actor *self, const tsp_message *message, tsp_address asker)
{
	const struct director *director = tsp_state(self);
	char *source = tsp_text_copy(tsp_get_text(message, "Source"));
	tsp_text group = tsp_get_text(message, "Group");
	char *path = source && *source && *source != '/' ? file_join(director->folder, source) :
							   NULL;
	struct operation *operation =
		operation_new(OPERATION_LOAD, TSP_NOBODY, path ? path : source);
	tsp_error err = { 0 };

	if (operation) {
		operation->is_path = true;
		operation->loader = asker;
		operation->wanted = group.size > 0 ? tsp_text_copy(group) : NULL;
	}
	free(path);
	free(source);
	if (operation && operation_queue(self, operation) >= 0)
		return;
	(void)tsp_fail(&err, TSP_EBACKLOG, "%s",
		operation ? "too many operations wait already" : "out of memory");
	original_answer(self, asker, "SourceLoading", NULL, "", &err);
}

void original_loading(tsp_actor *self, struct operation *operation, const char *group,
	const char *hash, const tsp_error *err)
{
	if (tsp_address_is_nobody(operation->loader))
		return;
	original_answer(self, operation->loader, "SourceLoading", group, hash, err);
	operation->loader = TSP_NOBODY;
}

/* What runs here is not for another system's actors to say: its operator has orders (orders.c). */
static void refuse_foreign(tsp_actor *self, tsp_address asker)
{
	tsp_error err = { 0 };

	(void)tsp_fail(&err, TSP_EPERM, "not permitted to another system's actor");
	tsp_log(self, "warning", "another system's actor wanted to load a source");
	original_answer(self, asker, "SourceLoading", NULL, "", &err);
}

int original_request(tsp_actor *self, const tsp_message *message, tsp_address asker)
{
	tsp_text op = tsp_get_text(message, "DirectorOp");
	tsp_builder *builder;

	if (tsp_text_is(op, "DefineGroup") || tsp_text_is(op, "DeclareGroup"))
		return declare_group(self, message, asker);
	if (tsp_text_is(op, "LoadSource")) {
		if (asker.system == tsp_my_system(self).system)
			load_source(self, message, asker);
		else
			refuse_foreign(self, asker);
		return TSP_OK;
	}
	if (tsp_text_is(op, "RequestNotification")) {
		watch(self, asker);
		return TSP_OK;
	}
	if (!tsp_text_is(op, "RetrieveRole") && !tsp_text_is(op, "RetrieveAll")) {
		tsp_log(self, "warning", "a message with an unknown DirectorOp is ignored");
		return TSP_OK;
	}
	builder = tsp_builder_new();
	if (builder && tsp_text_is(op, "RetrieveRole"))
		retrieve_role(self, message, builder);
	else if (builder)
		retrieve_all(self, message, builder);
	inventory_send(self, asker, NULL, builder);
	return TSP_OK;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "director/actor.h"

static const char *state_name(enum member_state state)
{
	static const char *const names[] = { "starting", "running", "restarting", "given up",
		"ending" };

	return names[state];
}

static void put_text(tsp_builder *builder, const char *key, const char *text)
{
	tsp_put_key(builder, key);
	if (text && *text)
		tsp_put_string(builder, text);
	else
		tsp_put_null(builder);
}

void put_member(tsp_actor *self, tsp_builder *builder, const struct member *member)
{
	bool lives = member_lives(member) || member->state == MEMBER_ENDING;

	tsp_begin_map(builder);
	put_text(builder, "class", member->class_name);
	put_text(builder, "role", member->role);
	tsp_put_key(builder, "address");
	if (member->holds && member->name)
		tsp_put_address(builder, tsp_name_address(self, member->name));
	else if (lives)
		tsp_put_address(builder, member->address);
	else
		tsp_put_null(builder);
	tsp_put_key(builder, "own_address");
	if (lives)
		tsp_put_address(builder, member->address);
	else
		tsp_put_null(builder);
	put_text(builder, "name", member->holds ? member->name : NULL);
	put_text(builder, "state", state_name(member->state));
	tsp_put_key(builder, "started_ms");
	tsp_put_int(builder, member->started_ms);
	tsp_put_key(builder, "restarts");
	tsp_put_int(builder, member->restarts);
	put_text(builder, "last_exit", member->why);
	tsp_end(builder);
}

static void put_members(tsp_actor *self, tsp_builder *builder, const struct release *release)
{
	tsp_put_key(builder, "actors");
	tsp_begin_list(builder);
	for (const struct list *m = release->members.next; m != &release->members; m = m->next)
		put_member(self, builder, list_item(m, struct member, link));
	tsp_end(builder);
}

static void put_override(tsp_actor *self, tsp_builder *builder, const struct release *release)
{
	const struct director *director = tsp_state(self);
	char path[4200];

	if (!release->override)
		return;
	(void)snprintf(path, sizeof(path), "%s/%s.tli", director->folder, release->group->name);
	put_text(builder, "override", path);
}

void put_result(
	tsp_actor *self, tsp_builder *builder, const struct release *release, const char *action)
{
	tsp_begin_map(builder);
	put_text(builder, "action", action);
	put_text(builder, "group", release->group->name);
	put_text(builder, "version", release->version);
	put_text(builder, "hash", release->hash);
	put_override(self, builder, release);
	put_members(self, builder, release);
	tsp_end(builder);
}

static void put_release(tsp_actor *self, tsp_builder *builder, const struct release *release)
{
	tsp_begin_map(builder);
	put_text(builder, "hash", release->hash);
	put_text(builder, "version", release->version);
	tsp_put_key(builder, "active");
	tsp_put_bool(builder, !strcmp(release->group->state.active, release->hash));
	tsp_put_key(builder, "loaded");
	tsp_put_bool(builder, release->loaded);
	tsp_put_key(builder, "development");
	tsp_put_bool(builder, release->development);
	put_override(self, builder, release);
	put_members(self, builder, release);
	tsp_end(builder);
}

static void put_group(tsp_actor *self, tsp_builder *builder, const struct group *group)
{
	tsp_begin_map(builder);
	put_text(builder, "group", group->name);
	put_text(builder, "active_hash", group->state.active);
	tsp_put_key(builder, "held");
	tsp_put_bool(builder, group->state.held);
	put_text(builder, "newest_accepted", group->state.mark.version);
	put_text(builder, "problem", group->problem_code < 0 ? group->problem : NULL);
	tsp_put_key(builder, "versions");
	tsp_begin_list(builder);
	for (const struct list *r = group->releases.prev; r != &group->releases; r = r->prev)
		put_release(self, builder, list_item(r, struct release, link));
	tsp_end(builder);
	tsp_end(builder);
}

/* Not one that was only asked for, or whose first load failed. */
static bool has_something(const struct group *group)
{
	return group->state.exists || !list_empty(&group->releases) || group->problem_code < 0;
}

static void put_groups(tsp_actor *self, tsp_builder *builder, tsp_text only)
{
	const struct director *director = tsp_state(self);

	tsp_put_key(builder, "groups");
	tsp_begin_list(builder);
	for (const struct list *g = director->groups.next; g != &director->groups; g = g->next) {
		const struct group *group = list_item(g, struct group, link);

		if (has_something(group) && (only.size == 0 || tsp_text_is(only, group->name)))
			put_group(self, builder, group);
	}
	tsp_end(builder);
}

static void send_built(tsp_actor *self, tsp_address asker, const char *type, tsp_builder *builder)
{
	tsp_value value;
	int rc = builder ? tsp_builder_value(builder, &value) : TSP_ENOMEM;

	if (rc >= 0)
		rc = tsp_send(self, asker, type, value);
	if (rc < 0)
		tsp_log(self, "warning", "an answer could not be sent: %s", tsp_error_sentence(rc));
	tsp_builder_free(builder);
}

void inventory_list(tsp_actor *self, const tsp_message *message, tsp_address asker)
{
	tsp_text only = tsp_get_text(message, "group");
	tsp_builder *builder = tsp_builder_new();

	if (builder) {
		tsp_begin_map(builder);
		tsp_put_key(builder, "code");
		tsp_put_int(builder, 0);
		put_groups(self, builder, only);
		tsp_end(builder);
	}
	send_built(self, asker, "DirectorAnswer", builder);
}

void inventory_status(tsp_actor *self, const tsp_message *message, tsp_address asker)
{
	const struct director *director = tsp_state(self);
	tsp_builder *builder = tsp_builder_new();

	(void)message; /* it has no fields that matter here */
	if (builder) {
		tsp_begin_map(builder);
		tsp_put_key(builder, "code");
		tsp_put_int(builder, 0);
		put_text(builder, "folder", director->folder);
		tsp_put_key(builder, "waiting_operations");
		tsp_put_int(builder, (int64_t)director->queued + (director->current ? 1 : 0));
		put_groups(self, builder, (tsp_text){ 0 });
		tsp_end(builder);
	}
	send_built(self, asker, "DirectorAnswer", builder);
}

/* First living actor of an active version in the role. */
static const struct member *find_role(const struct director *director, tsp_text role, tsp_text only)
{
	for (struct list *g = director->groups.next; g != &director->groups; g = g->next) {
		struct group *group = list_item(g, struct group, link);
		struct release *active = group_active(group);

		if (!active || (only.size > 0 && !tsp_text_is(only, group->name)))
			continue;
		for (struct list *m = active->members.next; m != &active->members; m = m->next) {
			const struct member *member = list_item(m, struct member, link);

			if (member->role && tsp_text_is(role, member->role) &&
				(member_lives(member) ||
					(member->holds && member->state == MEMBER_WAITING)))
				return member;
		}
	}
	return NULL;
}

static tsp_address role_address(tsp_actor *self, const struct member *member)
{
	return member->holds && member->name ? tsp_name_address(self, member->name) :
					       member->address;
}

void inventory_role(tsp_actor *self, const tsp_message *message, tsp_address asker)
{
	const struct director *director = tsp_state(self);
	tsp_text role = tsp_get_text(message, "role");
	const struct member *member = find_role(director, role, tsp_get_text(message, "group"));
	tsp_builder *builder;

	if (!member) {
		tsp_error err = { 0 };

		(void)tsp_fail(&err, TSP_ENOENT, "cannot find role '%.*s': no active actor has it",
			(int)role.size, role.data ? role.data : "");
		answer_error(self, asker, &err, "'list' shows the roles");
		return;
	}
	builder = tsp_builder_new();
	if (builder) {
		tsp_begin_map(builder);
		tsp_put_key(builder, "code");
		tsp_put_int(builder, 0);
		tsp_put_key(builder, "address");
		tsp_put_address(builder, role_address(self, member));
		put_text(builder, "role", member->role);
		put_text(builder, "group", member->release->group->name);
		put_text(builder, "class", member->class_name);
		put_text(builder, "name", member->holds ? member->name : NULL);
		put_text(builder, "hash", member->release->hash);
		tsp_end(builder);
	}
	send_built(self, asker, "DirectorAnswer", builder);
}

/* ---- The original's messages: plain maps with DirectorOp ------------------------------------- */

static void put_original_actor(tsp_actor *self, tsp_builder *builder, const struct member *member)
{
	put_text(builder, "ActorClass", member->class_name);
	put_text(builder, "Role", member->role);
	tsp_put_key(builder, "ActorAddress");
	tsp_put_address(builder, role_address(self, member));
	tsp_put_key(builder, "StartTime");
	tsp_put_int(builder, member->started_ms / 1000);
}

static void original_role(tsp_actor *self, const tsp_message *message, tsp_builder *builder)
{
	const struct director *director = tsp_state(self);
	const struct member *member =
		find_role(director, tsp_get_text(message, "Role"), tsp_get_text(message, "Group"));

	tsp_begin_map(builder);
	put_text(builder, "DirectorResponse", "RoleAddress");
	tsp_put_key(builder, "Success");
	tsp_put_bool(builder, member != NULL);
	put_text(builder, "Group", member ? member->release->group->name : NULL);
	put_text(builder, "SourceHash", member ? member->release->hash : NULL);
	if (member)
		put_original_actor(self, builder, member);
	tsp_end(builder);
}

static void put_original_group(tsp_actor *self, tsp_builder *builder, struct group *group)
{
	tsp_put_key(builder, group->name);
	tsp_begin_map(builder);
	put_text(builder, "ActiveHash", group->state.active);
	tsp_put_key(builder, "Loaded");
	tsp_begin_list(builder);
	for (struct list *r = group->releases.next; r != &group->releases; r = r->next)
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
			put_original_actor(self, builder, list_item(m, struct member, link));
			tsp_end(builder);
		}
		tsp_end(builder);
	}
	tsp_end(builder);
	tsp_end(builder);
}

static void original_all(tsp_actor *self, const tsp_message *message, tsp_builder *builder)
{
	struct director *director = tsp_state(self);
	tsp_text only = tsp_get_text(message, "Group");

	tsp_begin_map(builder);
	put_text(builder, "DirectorResponse", "AllAddresses");
	tsp_put_key(builder, "Success");
	tsp_put_bool(builder, true);
	tsp_put_key(builder, "Groups");
	tsp_begin_map(builder);
	for (struct list *g = director->groups.next; g != &director->groups; g = g->next) {
		struct group *group = list_item(g, struct group, link);

		if (only.size == 0 || tsp_text_is(only, group->name))
			put_original_group(self, builder, group);
	}
	tsp_end(builder);
	tsp_end(builder);
}

static void original_watch(tsp_actor *self, tsp_address asker)
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

void inventory_notify(tsp_actor *self)
{
	struct director *director = tsp_state(self);

	for (size_t i = 0; i < director->watcher_count; i++)
		(void)tsp_sendf(self, director->watchers[i], NULL, "{s:s, s:b}", "DirectorResponse",
			"NotificationOfUpdate", "Success", 1); /* one shot: who is gone is gone */
	director->watcher_count = 0;
}

void inventory_original(tsp_actor *self, const tsp_message *message, tsp_address asker)
{
	tsp_text op = tsp_get_text(message, "DirectorOp");
	tsp_builder *builder;

	if (tsp_text_is(op, "RequestNotification")) {
		original_watch(self, asker);
		return;
	}
	if (!tsp_text_is(op, "RetrieveRole") && !tsp_text_is(op, "RetrieveAll")) {
		tsp_log(self, "warning", "a message with an unknown DirectorOp is ignored");
		return;
	}
	builder = tsp_builder_new();
	if (builder && tsp_text_is(op, "RetrieveRole"))
		original_role(self, message, builder);
	else if (builder)
		original_all(self, message, builder);
	send_built(self, asker, NULL, builder);
}

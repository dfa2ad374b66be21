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

void inventory_put_text(tsp_builder *builder, const char *key, const char *text)
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
	inventory_put_text(builder, "class", member->class_name);
	inventory_put_text(builder, "role", member->role);
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
	inventory_put_text(builder, "name", member->holds ? member->name : NULL);
	inventory_put_text(builder, "state", state_name(member->state));
	tsp_put_key(builder, "started_ms");
	tsp_put_int(builder, member->started_ms);
	tsp_put_key(builder, "restarts");
	tsp_put_int(builder, member->restarts);
	inventory_put_text(builder, "last_exit", member->why);
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
	char *path = rules_path(director->folder, release->group->name, release->rules_from);

	if (path)
		inventory_put_text(builder, "override", path);
	free(path);
}

void put_result(
	tsp_actor *self, tsp_builder *builder, const struct release *release, const char *action)
{
	tsp_begin_map(builder);
	inventory_put_text(builder, "action", action);
	inventory_put_text(builder, "group", release->group->name);
	inventory_put_text(builder, "version", release->version);
	inventory_put_text(builder, "hash", release->hash);
	put_override(self, builder, release);
	put_members(self, builder, release);
	tsp_end(builder);
}

static void put_required(tsp_builder *builder, const struct release *release)
{
	tsp_put_key(builder, "requires");
	tsp_begin_list(builder);
	for (size_t i = 0; release->has_rules && i < release->rules.required_count; i++)
		tsp_put_string(builder, release->rules.required[i]);
	tsp_end(builder);
}

static void put_release(tsp_actor *self, tsp_builder *builder, const struct release *release)
{
	tsp_begin_map(builder);
	inventory_put_text(builder, "hash", release->hash);
	inventory_put_text(builder, "version", release->version);
	tsp_put_key(builder, "active");
	tsp_put_bool(builder, !strcmp(release->group->state.active, release->hash));
	tsp_put_key(builder, "loaded");
	tsp_put_bool(builder, release->loaded);
	tsp_put_key(builder, "draining");
	tsp_put_bool(builder, release->drain.id != 0);
	tsp_put_key(builder, "drain_s");
	tsp_put_int(builder, release->has_rules ? release->rules.drain_s : GROUP_DRAIN_S);
	tsp_put_key(builder, "development");
	tsp_put_bool(builder, release->development);
	put_override(self, builder, release);
	put_required(builder, release);
	put_members(self, builder, release);
	tsp_end(builder);
}

static void put_group(tsp_actor *self, tsp_builder *builder, const struct group *group)
{
	tsp_begin_map(builder);
	inventory_put_text(builder, "group", group->name);
	inventory_put_text(builder, "active_hash", group->state.active);
	tsp_put_key(builder, "held");
	tsp_put_bool(builder, group->state.held);
	inventory_put_text(builder, "newest_accepted", group->state.mark.version);
	inventory_put_text(builder, "problem", group->problem_code < 0 ? group->problem : NULL);
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

void put_groups(tsp_actor *self, tsp_builder *builder, tsp_text only)
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

void inventory_send(tsp_actor *self, tsp_address asker, const char *type, tsp_builder *builder)
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
	inventory_send(self, asker, "DirectorAnswer", builder);
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
		inventory_put_text(builder, "folder", director->folder);
		tsp_put_key(builder, "waiting_operations");
		tsp_put_int(builder, (int64_t)director->queued + (director->current ? 1 : 0));
		put_groups(self, builder, (tsp_text){ 0 });
		tsp_end(builder);
	}
	inventory_send(self, asker, "DirectorAnswer", builder);
}

const struct member *inventory_find_role(
	const struct director *director, tsp_text role, tsp_text only)
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

tsp_address inventory_role_address(tsp_actor *self, const struct member *member)
{
	return member->holds && member->name ? tsp_name_address(self, member->name) :
					       member->address;
}

void inventory_role(tsp_actor *self, const tsp_message *message, tsp_address asker)
{
	const struct director *director = tsp_state(self);
	tsp_text role = tsp_get_text(message, "role");
	const struct member *member =
		inventory_find_role(director, role, tsp_get_text(message, "group"));
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
		tsp_put_address(builder, inventory_role_address(self, member));
		inventory_put_text(builder, "role", member->role);
		inventory_put_text(builder, "group", member->release->group->name);
		inventory_put_text(builder, "class", member->class_name);
		inventory_put_text(builder, "name", member->holds ? member->name : NULL);
		inventory_put_text(builder, "hash", member->release->hash);
		tsp_end(builder);
	}
	inventory_send(self, asker, "DirectorAnswer", builder);
}

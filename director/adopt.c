/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "director/requires.h"
#include "director/shelf.h"

char *member_role_text(const struct member *member)
{
	const struct release *release = member->release;

	return text_format("%s@%s%s%s", release->group->name, release->version,
		member->role ? " " : "", member->role ? member->role : "");
}

/* Reads "GROUP@VERSION ROLE" back; false: not ours. role points into text. */
static bool parse_role(const char *text, char group[65], char version[65], const char **ret_role)
{
	const char *at = strchr(text, '@');
	size_t size = at ? (size_t)(at - text) : 0;
	size_t version_size = at ? strcspn(at + 1, " ") : 0;

	if (size == 0 || size > 64 || version_size == 0 || version_size > 64)
		return false;
	memcpy(group, text, size);
	group[size] = '\0';
	memcpy(version, at + 1, version_size);
	version[version_size] = '\0';
	*ret_role = at[1 + version_size] == ' ' ? at + 2 + version_size : NULL;
	return package_group_ok(group) && package_version_ok(version);
}

static char *text_at(tsp_value map, const char *key)
{
	tsp_text text;

	return tsp_value_text(tsp_value_get(map, key), &text) ? tsp_text_copy(text) : NULL;
}

static void adopt_child(tsp_actor *self, tsp_value child)
{
	struct director *director = tsp_state(self);
	char group_name[65], version[65];
	char *class_name = text_at(child, "class"), *source = text_at(child, "source"),
	     *text = text_at(child, "role");
	const char *role = NULL;
	struct group_actor rule = { 0 };
	struct group *group;
	struct release *release = NULL;
	struct member *member = NULL;
	tsp_address address;

	if (class_name && source && text &&
		tsp_value_address(tsp_value_get(child, "address"), &address) &&
		strlen(source) == PACKAGE_HASH_TEXT - 1 &&
		parse_role(text, group_name, version, &role)) {
		group = groups_open(director, group_name, NULL);
		release = group ? release_open(group, source, version, NULL) : NULL;
		rule.class_name = class_name;
		rule.role = (char *)role; /* copied, not written */
		member = release ? member_new(director, release, &rule) : NULL;
	}
	if (member) {
		member->address = address;
		member->state = MEMBER_RUNNING;
		(void)tsp_value_int(
			tsp_value_get(child, "since_ms"), &member->started_ms); /* else 0 */
	}
	free(class_name);
	free(source);
	free(text);
}

/* Whether the version was active and has stayed loaded since, as far as the state tells. */
static bool was_active(const struct state *state, const char *hash)
{
	for (size_t i = state->events.count; i > 0; i--) {
		const struct state_event *event = &state->events.items[i - 1];

		if (!strcmp(event->entry.hash, hash))
			return strcmp(event->what, "inactive") != 0; /* that is part of an unload */
	}
	return state_entries_find(&state->history, hash) != NULL;
}

/* Whether it was made when its version had given way already: by an activation that came to no end. An actor
 * of a version that is not active is not started again. */
static bool is_half_made(const struct group *group, const struct member *member)
{
	const struct state_events *events = &group->state.events;

	return events->count > 0 &&
		member->started_ms / 1000 > events->items[events->count - 1].time;
}

/* What an activation left half done, or an unload. */
static void end_leftovers(tsp_actor *self, struct group *group)
{
	struct list *next;

	for (struct list *r = group->releases.next; r != &group->releases; r = next) {
		struct release *release = list_item(r, struct release, link);
		bool stays = was_active(&group->state, release->hash);

		next = r->next;
		if (release == group_active(group))
			continue;
		for (struct list *m = release->members.next; m != &release->members; m = m->next) {
			struct member *member = list_item(m, struct member, link);

			if (!stays || is_half_made(group, member))
				member_exit(self, member);
		}
		if (!stays && release->loaded)
			(void)tsp_unload_source(self, release->hash);
		release->loaded = release->loaded && stays;
		release_drop_if_empty(tsp_state(self), release);
	}
}

/* Names that the actors' entries have, now that rules can be read. */
static void adopt_names(
	struct release *release, const struct package *package, struct director *director)
{
	release->development = trust_is_development(package);
	if (release_read_rules(director, release, package, NULL) < 0)
		return;
	for (struct list *m = release->members.next; m != &release->members; m = m->next) {
		struct member *member = list_item(m, struct member, link);
		const struct group_actor *rule = release_rule(release, member->class_name);

		if (rule && rule->name && !member->name)
			member->name = strdup(rule->name);
	}
}

static void adopt_rules(struct director *director, struct group *group, const struct shelf *shelf)
{
	for (struct list *r = group->releases.next; r != &group->releases; r = r->next) {
		struct release *release = list_item(r, struct release, link);
		const struct folder_entry *entry = folder_find(&shelf->list, release->hash);
		struct package_file file = { 0 };

		if (entry && shelf_take(director, entry, &shelf->trust, &file, NULL) >= 0)
			adopt_names(release, &file.package, director);
		package_file_clear(&file);
	}
}

static int queue_group(tsp_actor *self, const char *name)
{
	struct operation *operation = operation_new(OPERATION_BRING_BACK, TSP_NOBODY, name);

	return operation ? operation_queue(self, operation) : TSP_ENOMEM;
}

static bool is_queued(const struct director *director, const char *name)
{
	for (struct list *o = director->queue.next; o != &director->queue; o = o->next) {
		const struct operation *operation = list_item(o, struct operation, link);

		if (operation->kind == OPERATION_BRING_BACK && !strcmp(operation->subject, name))
			return true;
	}
	return false;
}

void adopt_again(tsp_actor *self)
{
	struct director *director = tsp_state(self);

	for (struct list *g = director->groups.next; g != &director->groups; g = g->next) {
		struct group *group = list_item(g, struct group, link);

		if (group->problem_code < 0 && !is_queued(director, group->name) &&
			queue_group(self, group->name) < 0)
			tsp_log(self, "error", "cannot bring back '%s': out of memory",
				group->name);
	}
}

/* A group without a state comes with `start`, or with its load. */
static void queue_groups(tsp_actor *self, const struct shelf *shelf, char **groups, size_t count)
{
	struct director *director = tsp_state(self);
	int rc = TSP_OK;

	requires_order(director->folder, &shelf->trust, &shelf->list, false, groups, count);
	for (size_t i = 0; i < count && rc >= 0; i++)
		rc = queue_group(self, groups[i]);
	if (rc < 0)
		tsp_log(self, "error", "cannot bring back the groups: %s", tsp_error_sentence(rc));
}

void adopt_children(tsp_actor *self, tsp_value children)
{
	struct director *director = tsp_state(self);
	struct shelf shelf = { 0 };
	char **groups = NULL;
	size_t count = 0;
	tsp_value key, child;
	tsp_walk at = { 0 };
	tsp_error err = { 0 };

	while (tsp_value_next(children, &at, &key, &child))
		adopt_child(self, child);
	if (state_groups(director->folder, &groups, &count, &err) < 0)
		tsp_log(self, "error", "cannot bring back the groups: %s", err.text);
	/* all packages are read for it: not where nobody would ask, as before the first start */
	if ((count > 1 || !list_empty(&director->groups)) &&
		shelf_open(director, NULL, &shelf, &err) < 0)
		tsp_log(self, "error", "cannot read the packages: %s", err.text);
	for (struct list *g = director->groups.next; g != &director->groups; g = g->next) {
		struct group *group = list_item(g, struct group, link);

		end_leftovers(self, group);
		adopt_rules(director, group, &shelf);
	}
	queue_groups(self, &shelf, groups, count);
	while (count > 0)
		free(groups[--count]);
	free(groups);
	shelf_clear(&shelf);
	director->ready = true;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "director/ahead.h"

struct group *groups_find(struct director *director, const char *name)
{
	for (struct list *at = director->groups.next; at != &director->groups; at = at->next) {
		struct group *group = list_item(at, struct group, link);

		if (!strcmp(group->name, name))
			return group;
	}
	return NULL;
}

/* Groups are listed in the order of their names. */
static void groups_insert(struct director *director, struct group *group)
{
	struct list *at = director->groups.next;

	while (at != &director->groups &&
		strcmp(list_item(at, struct group, link)->name, group->name) < 0)
		at = at->next;
	list_append(at, &group->link);
}

struct group *groups_open(struct director *director, const char *name, tsp_error *err)
{
	struct group *group = groups_find(director, name);

	if (!group) {
		if (!package_group_ok(name)) {
			(void)tsp_fail(err, TSP_EVALUE, "not the name of a group");
			return NULL;
		}
		group = calloc(1, sizeof(*group));
		if (!group) {
			(void)tsp_fail(err, TSP_ENOMEM, "out of memory");
			return NULL;
		}
		(void)strncat(group->name, name, sizeof(group->name) - 1);
		list_init(&group->link);
		list_init(&group->releases);
		groups_insert(director, group);
	}
	if (!group->state_read) {
		if (state_read(director->folder, name, &group->state, err) < 0)
			return NULL;
		group->state_read = true;
	}
	return group;
}

void group_note_problem(struct group *group, const tsp_error *err, const char *hint)
{
	group->problem_code = err->code;
	memcpy(group->problem, err->text, sizeof(group->problem));
	(void)snprintf(group->problem_hint, sizeof(group->problem_hint), "%s", hint);
}

struct release *group_release(struct group *group, const char *hash)
{
	for (struct list *at = group->releases.next; at != &group->releases; at = at->next) {
		struct release *release = list_item(at, struct release, link);

		if (!strcmp(release->hash, hash))
			return release;
	}
	return NULL;
}

struct release *group_active(struct group *group)
{
	return group->state.active[0] ? group_release(group, group->state.active) : NULL;
}

struct release *release_open(
	struct group *group, const char *hash, const char *version, tsp_error *err)
{
	struct release *release = group_release(group, hash);

	if (release)
		return release;
	release = calloc(1, sizeof(*release));
	if (!release) {
		(void)tsp_fail(err, TSP_ENOMEM, "out of memory");
		return NULL;
	}
	release->group = group;
	(void)strncat(release->hash, hash, sizeof(release->hash) - 1);
	(void)strncat(release->version, version, sizeof(release->version) - 1);
	release->development = trust_version_is_development(version);
	list_init(&release->link);
	list_init(&release->members);
	list_append(&group->releases, &release->link);
	return release;
}

static void release_free(struct release *release)
{
	list_remove(&release->link);
	operation_free(release->drain.unload);
	ahead_free(release);
	if (release->has_rules)
		group_clear(&release->rules);
	free(release);
}

void release_drop_if_empty(struct director *director, struct release *release)
{
	if (release->loaded || !list_empty(&release->members) || release->drain.unload ||
		release->ahead != AHEAD_NONE || release == director->activation.target ||
		release == director->activation.former)
		return;
	release_free(release);
}

struct member *release_member(struct release *release, const char *class_name)
{
	for (struct list *at = release->members.next; at != &release->members; at = at->next) {
		struct member *member = list_item(at, struct member, link);

		if (member->state != MEMBER_ENDING && !strcmp(member->class_name, class_name))
			return member;
	}
	return NULL;
}

const struct group_actor *release_rule(const struct release *release, const char *class_name)
{
	for (size_t i = 0; release->has_rules && i < release->rules.count; i++)
		if (!strcmp(release->rules.actors[i].class_name, class_name))
			return &release->rules.actors[i];
	return NULL;
}

int release_read_rules(struct director *director, struct release *release,
	const struct package *package, tsp_error *err)
{
	struct group_file rules = GROUP_FILE_EMPTY;
	enum rules_from from;
	int rc = rules_read(director->folder, release->group->name, package, &rules, &from, err);

	if (rc < 0)
		return rc;
	if (release->has_rules)
		group_clear(&release->rules);
	release->rules = rules;
	release->has_rules = true;
	release->rules_from = from;
	return TSP_OK;
}

struct member *member_new(
	struct director *director, struct release *release, const struct group_actor *rule)
{
	struct member *member = calloc(1, sizeof(*member));

	if (!member)
		return NULL;
	list_init(&member->link);
	member->release = release;
	member->id = ++director->next_id;
	member->class_name = strdup(rule->class_name);
	member->role = rule->role ? strdup(rule->role) : NULL;
	member->name = rule->name ? strdup(rule->name) : NULL;
	if (!member->class_name || (rule->role && !member->role) || (rule->name && !member->name)) {
		member_free(member);
		return NULL;
	}
	list_append(&release->members, &member->link);
	return member;
}

void member_free(struct member *member)
{
	list_remove(&member->link);
	free(member->class_name);
	free(member->role);
	free(member->name);
	free(member);
}

typedef bool member_test_fn(const struct member *member, const void *data);

static struct member *member_search(
	struct director *director, member_test_fn *test, const void *data)
{
	for (struct list *g = director->groups.next; g != &director->groups; g = g->next) {
		struct group *group = list_item(g, struct group, link);

		for (struct list *r = group->releases.next; r != &group->releases; r = r->next) {
			struct release *release = list_item(r, struct release, link);

			for (struct list *m = release->members.next; m != &release->members;
				m = m->next)
				if (test(list_item(m, struct member, link), data))
					return list_item(m, struct member, link);
		}
	}
	return NULL;
}

static bool has_address(const struct member *member, const void *data)
{
	return tsp_address_equal(member->address, *(const tsp_address *)data);
}

static bool has_id(const struct member *member, const void *data)
{
	return member->id == *(const uint64_t *)data;
}

struct member *member_find(struct director *director, tsp_address address)
{
	return tsp_address_is_nobody(address) ? NULL :
						member_search(director, has_address, &address);
}

struct member *member_by_id(struct director *director, uint64_t id)
{
	return member_search(director, has_id, &id);
}

bool member_lives(const struct member *member)
{
	return member->state == MEMBER_STARTING || member->state == MEMBER_RUNNING;
}

void groups_clear(struct director *director)
{
	while (!list_empty(&director->groups)) {
		struct group *group = list_item(director->groups.next, struct group, link);

		while (!list_empty(&group->releases)) {
			struct release *release =
				list_item(group->releases.next, struct release, link);

			while (!list_empty(&release->members))
				member_free(list_item(release->members.next, struct member, link));
			release_free(release);
		}
		state_clear(&group->state);
		list_remove(&group->link);
		free(group);
	}
}

/* ---- HASH or GROUP[@VERSION] --------------------------------------------------------------- */

static bool is_hash_prefix(const char *what)
{
	size_t size = strlen(what);

	return size >= 6 && size < PACKAGE_HASH_TEXT && strspn(what, "0123456789abcdef") == size;
}

static int resolve_hash(
	struct director *director, const char *what, struct release **ret_release, tsp_error *err)
{
	struct release *found = NULL;

	for (struct list *g = director->groups.next; g != &director->groups; g = g->next) {
		struct group *group = list_item(g, struct group, link);

		for (struct list *r = group->releases.next; r != &group->releases; r = r->next) {
			struct release *release = list_item(r, struct release, link);

			if (!release->loaded || strncmp(release->hash, what, strlen(what)) != 0)
				continue;
			if (found)
				return tsp_fail(err, TSP_EVALUE,
					"more than one loaded version has a hash that begins so");
			found = release;
		}
	}
	if (!found)
		return TSP_ENOENT;
	*ret_release = found;
	return TSP_OK;
}

int groups_resolve(
	struct director *director, const char *what, struct release **ret_release, tsp_error *err)
{
	const char *at = strchr(what, '@');
	size_t size = at ? (size_t)(at - what) : strlen(what);
	struct release *found = NULL;
	struct group *group;
	char name[65] = "";

	if (!at && is_hash_prefix(what)) {
		int rc = resolve_hash(director, what, ret_release, err);

		if (rc != TSP_ENOENT)
			return rc;
	}
	if (size < sizeof(name))
		(void)strncat(name, what, size);
	group = groups_find(director, name);
	for (struct list *r = group ? group->releases.next : NULL; r && r != &group->releases;
		r = r->next) {
		struct release *release = list_item(r, struct release, link);

		if (!release->loaded || (at && strcmp(release->version, at + 1) != 0))
			continue;
		if (!at && strcmp(release->hash, group->state.active) != 0 &&
			group->state.active[0])
			continue;
		if (found)
			return tsp_fail(err, TSP_EVALUE,
				"more than one loaded version is meant; give its hash");
		found = release;
	}
	if (!found)
		return tsp_fail(err, TSP_ENOENT, "no loaded version is called so");
	*ret_release = found;
	return TSP_OK;
}

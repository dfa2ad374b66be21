/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/steps.h"

#include <stdio.h>
#include <string.h>

/* The group has no active version any more: its actors are told. */
static int deactivate(
	tsp_actor *self, struct operation *operation, struct release *release, tsp_error *err)
{
	struct director *director = tsp_state(self);
	struct group *group = release->group;
	struct state state;
	int rc = state_copy(&group->state, &state);

	if (rc < 0)
		return tsp_fail(err, rc, "%s", tsp_error_sentence(rc));
	rc = state_note(&state, "inactive", operation->why);
	state_deactivate(&state);
	state.confirm_by = 0;
	if (rc >= 0)
		rc = state_write(director->folder, &state, err);
	else
		(void)tsp_fail(err, rc, "%s", tsp_error_sentence(rc));
	if (rc < 0) {
		state_clear(&state);
		return rc;
	}
	state_clear(&group->state);
	group->state = state;
	for (struct list *m = release->members.next; m != &release->members; m = m->next) {
		struct member *member = list_item(m, struct member, link);
		const struct group_actor *rule = release_rule(release, member->class_name);

		if (rule && member_lives(member))
			member_send(self, member, rule->on_deactivate);
	}
	tsp_put_format(
		operation->results, "{s:s, s:s}", "action", "inactive", "group", group->name);
	return TSP_OK;
}

static bool is_required_by(const struct group *group, const char *name)
{
	const struct release *active = group_active((struct group *)group);

	for (size_t i = 0; active && active->has_rules && i < active->rules.required_count; i++)
		if (!strcmp(active->rules.required[i], name))
			return true;
	return false;
}

/* A group that others require is not made inactive: they would be left without. */
static int check_required(const struct director *director, const char *name, tsp_error *err)
{
	char names[300] = "";
	size_t used = 0;

	for (struct list *g = director->groups.next; g != &director->groups; g = g->next) {
		const struct group *group = list_item(g, struct group, link);

		if (!is_required_by(group, name) || used + sizeof(group->name) + 5 > sizeof(names))
			continue;
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s'%s'",
			used > 0 ? ", " : "", group->name);
	}
	return used == 0 ? TSP_OK : tsp_fail(err, TSP_EPERM, "it is required by %s", names);
}

/* The active version gives way to the one before, if that is loaded. */
static int unload_active(
	tsp_actor *self, struct operation *operation, struct release *release, tsp_error *err)
{
	const struct director *director = tsp_state(self);
	struct group *group = release->group;
	const struct state_entry *before = state_before(&group->state);
	struct release *earlier = before ? group_release(group, before->hash) : NULL;
	struct package_file none = { 0 };

	if (!earlier || !earlier->loaded || earlier == release || !earlier->has_rules) {
		/* what was not confirmed goes all the same */
		int rc = operation->flag || operation->why[0] ?
			TSP_OK :
			check_required(director, group->name, err);

		if (rc < 0)
			(void)snprintf(operation->hint, sizeof(operation->hint),
				"unload these first; --force unloads it all the same");
		return rc < 0 ? rc : deactivate(self, operation, release, err);
	}
	replacement_begin(self, earlier, ACTIVATE_ROLLBACK, &none);
	return TSP_OK;
}

enum { UNLOAD_NAMED, UNLOAD_INACTIVE, UNLOAD_DRAINED, UNLOAD_DONE };

/* It is known by its hash from here on. True: a version before takes over. */
static int unload_named(
	tsp_actor *self, struct operation *operation, struct release *release, tsp_error *err)
{
	operation->step = UNLOAD_INACTIVE;
	operation->hash = strdup(release->hash);
	if (!operation->hash)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	if (release->drain.unload && !operation->flag)
		return tsp_fail(
			err, TSP_EEXIST, "it is unloaded already, when its actors are idle");
	return release == group_active(release->group) ?
		unload_active(self, operation, release, err) :
		TSP_OK;
}

/* What it is about; once that is known, also where another has unloaded the source: its actors are left. */
static int find_release(struct director *director, const struct operation *operation,
	struct release **ret_release, tsp_error *err)
{
	if (!operation->hash)
		return groups_resolve(director, operation->subject, ret_release, err);
	for (struct list *g = director->groups.next; g != &director->groups; g = g->next) {
		*ret_release = group_release(list_item(g, struct group, link), operation->hash);
		if (*ret_release)
			return TSP_OK;
	}
	return tsp_fail(err, TSP_ENOENT, "no loaded version is called so");
}

bool step_unload(tsp_actor *self, struct operation *operation)
{
	struct director *director = tsp_state(self);
	struct release *release = NULL;
	tsp_error err = { 0 };
	int rc;

	if (operation->err.code < 0 || operation->step == UNLOAD_DONE ||
		step_is_late(director, operation))
		return false;
	rc = find_release(director, operation, &release, &err);
	if (rc >= 0 && operation->step == UNLOAD_NAMED)
		rc = unload_named(self, operation, release, &err);
	else if (rc >= 0 && release == group_active(release->group))
		rc = tsp_fail(&err, TSP_EEXIST, "it was made active again meanwhile");
	if (rc == TSP_ENOENT && operation->step == UNLOAD_DRAINED)
		return false; /* another has unloaded it meanwhile */
	if (rc < 0) {
		operation_fail(self, operation->shown, &err, NULL);
		return false;
	}
	if (operation->err.code < 0)
		return false; /* the version before did not take over */
	if (director->activation.phase != PHASE_IDLE)
		return true;
	if (operation->step == UNLOAD_INACTIVE && !operation->flag) {
		operation->step = UNLOAD_DRAINED;
		director->current = NULL;
		drain_begin(self, release, operation);
		return true;
	}
	drain_end(self, release);
	retire_begin(self, release, !operation->flag);
	operation->step = UNLOAD_DONE;
	return true;
}

bool step_drained(tsp_actor *self, struct operation *operation)
{
	struct director *director = tsp_state(self);
	struct group *group = groups_find(director, operation->subject);
	struct release *release = group ? group_release(group, operation->hash) : NULL;

	if (operation->step++ > 0 || !release || release == group_active(group) ||
		(!release->loaded && list_empty(&release->members)))
		return false;
	retire_begin(self, release, true);
	return true;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/sweep.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "director/ahead.h"
#include "director/requires.h"
#include "director/shelf.h"
#include "director/steps.h"
#include "source/version.h"

#define AHEAD_LIMIT 8
#define AHEAD_BYTES ((size_t)16 * 1024 * 1024) /* of one: the system holds them all on their way */

/* Lists the packages, once. */
static int sweep_begin(struct director *director, struct operation *operation, tsp_error *err)
{
	struct shelf shelf = { 0 };
	int rc = operation->step++ == 0 ? shelf_open(director, NULL, &shelf, err) : TSP_OK;

	for (size_t i = 0; rc >= 0 && i < shelf.list.count; i++)
		if (shelf.list.items[i].code >= 0 &&
			operation_add_group(operation, shelf.list.items[i].group) < 0)
			rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
	if (operation->step == 1 && rc >= 0 && operation->packages.count == 0) {
		requires_order(director->folder, &shelf.trust, &shelf.list, true, operation->groups,
			operation->group_count);
		operation->packages = shelf.list;
		shelf.list = (struct folder_list){ 0 };
	}
	shelf_clear(&shelf);
	return rc;
}

/* Whether the newest package of the group is to become the active one, if it is not. */
static bool is_wanted(const struct operation *operation, const struct group *group,
	const struct folder_entry *newest)
{
	const struct state *state = &group->state;

	if (operation->kind == OPERATION_STARTED)
		return !state->exists;
	return !(state->mark.hash[0] && strcmp(state->active, newest->hash) != 0 &&
		version_compare(newest->version, state->mark.version) < 0);
}

static bool is_held(const struct operation *operation, const struct group *group)
{
	return operation->kind == OPERATION_REFRESH && group->state.held && !operation->flag;
}

/* ---- The groups that come next ---------------------------------------------------------------- */

static void load_ahead(
	tsp_actor *self, struct operation *operation, const struct trust *trust, const char *name)
{
	struct director *director = tsp_state(self);
	struct group *group = groups_open(director, name, NULL);
	const struct folder_entry *newest = folder_newest(&operation->packages, name);
	struct release *release = NULL;
	struct package_file file = { 0 };
	tsp_error err = { 0 };

	if (!group || !newest || is_held(operation, group) || !is_wanted(operation, group, newest))
		return;
	release = group_release(group, newest->hash);
	if (release && (release->loaded || release->ahead != AHEAD_NONE))
		return;
	/* what is wrong with it is said in its turn */
	if (package_file_open(newest->path, trust, &file, &err) >= 0 &&
		!strcmp(file.package.hash, newest->hash))
		release = release_open(group, newest->hash, newest->version, NULL);
	else
		release = NULL;
	if (release && file.bytes.size <= AHEAD_BYTES)
		ahead_begin(self, release, &file);
	if (release)
		release_drop_if_empty(director, release);
	package_file_clear(&file);
}

/* Twice as many as the system builds at once: each that ends finds another. */
static void look_ahead(tsp_actor *self, struct operation *operation, const struct trust *trust)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t most = cores < 1 ? 2 : cores * 2 > AHEAD_LIMIT ? AHEAD_LIMIT : (size_t)cores * 2;

	for (size_t i = 0; i < most && operation->group_next + i < operation->group_count; i++)
		load_ahead(self, operation, trust, operation->groups[operation->group_next + i]);
}

/* The turn of a group began no activation: what was loaded ahead for it goes. */
static void leave_group(tsp_actor *self, struct operation *operation, const char *name)
{
	struct director *director = tsp_state(self);
	const struct folder_entry *newest = folder_newest(&operation->packages, name);
	struct group *group = newest ? groups_find(director, name) : NULL;
	struct release *release = group ? group_release(group, newest->hash) : NULL;

	if (!release || release->ahead == AHEAD_NONE)
		return;
	ahead_drop(self, release);
	release_drop_if_empty(director, release);
}

/* ---- refresh ---------------------------------------------------------------------------------- */

static void refresh_put(
	tsp_actor *self, struct operation *operation, struct group *group, const char *action)
{
	struct release *active = group_active(group);

	(void)self;
	if (active) {
		tsp_put_format(operation->results, "{s:s, s:s, s:s, s:s}", "action", action,
			"group", group->name, "version", active->version, "hash", active->hash);
	} else {
		tsp_put_format(
			operation->results, "{s:s, s:s}", "action", action, "group", group->name);
	}
}

/* One group: 1: an activation was begun, 0: nothing was to be done. */
static int refresh_group(tsp_actor *self, struct operation *operation, const char *name,
	const struct trust *trust, char hint[STEP_HINT], tsp_error *err)
{
	struct director *director = tsp_state(self);
	struct group *group = groups_open(director, name, err);
	const struct folder_entry *newest = folder_newest(&operation->packages, name);
	struct package_file file = { 0 };
	int rc;

	if (!group)
		return err->code;
	if (is_held(operation, group)) {
		refresh_put(self, operation, group, "held");
		return 0;
	}
	if (!newest)
		return 0;
	if (!is_wanted(operation, group, newest)) {
		if (group->state.active[0])
			refresh_put(self, operation, group, "already active");
		return 0;
	}
	rc = shelf_take(director, newest, trust, &file, err);
	if (rc >= 0)
		rc = step_load_package(self, operation, trust, &file, hint, err);
	package_file_clear(&file);
	return rc < 0 ? rc : 1;
}

/* A group without a state: as above. */
static int start_group(tsp_actor *self, struct operation *operation, const char *name,
	const struct trust *trust, char hint[STEP_HINT], tsp_error *err)
{
	struct director *director = tsp_state(self);
	struct group *group = groups_open(director, name, err);
	const struct folder_entry *newest = folder_newest(&operation->packages, name);
	struct package_file file = { 0 };
	int rc;

	if (!group || !newest || !is_wanted(operation, group, newest))
		return 0;
	rc = shelf_take(director, newest, trust, &file, err);
	if (rc >= 0)
		rc = step_check_required(director, operation, trust, &file.package, hint, err);
	if (rc >= 0)
		shelf_hand_over(self, group, &file, ACTIVATE_LOAD);
	else
		group_note_problem(group, err, hint);
	package_file_clear(&file);
	return rc >= 0;
}

/* Begins the next activation; false: there is none left. */
static bool sweep_step(tsp_actor *self, struct operation *operation)
{
	struct director *director = tsp_state(self);
	struct trust trust = { 0 };
	tsp_error err = { 0 };
	int rc = sweep_begin(director, operation, &err);
	int begun = 0;

	if (rc >= 0) /* anew for each group: what is revoked meanwhile counts */
		rc = trust_open(director->folder, &trust, &err);
	if (rc < 0) {
		operation_fail(self, director->folder, &err, NULL);
		while (operation->group_next < operation->group_count)
			leave_group(self, operation, operation->groups[operation->group_next++]);
	}
	while (begun == 0 && operation->group_next < operation->group_count) {
		const char *name = operation->groups[operation->group_next++];
		char hint[STEP_HINT] = "";

		begun = operation->kind == OPERATION_REFRESH ?
			refresh_group(self, operation, name, &trust, hint, &err) :
			start_group(self, operation, name, &trust, hint, &err);
		if (begun < 0) {
			operation_fail(self, name, &err, hint);
			begun = 0;
		}
		if (begun == 0)
			leave_group(self, operation, name);
	}
	if (begun > 0)
		look_ahead(self, operation, &trust);
	trust_clear(&trust);
	return begun > 0;
}

bool sweep_refresh(tsp_actor *self, struct operation *operation)
{
	return sweep_step(self, operation);
}

/* ---- start ------------------------------------------------------------------------------------ */

/* Every group is back, or its problem is known. */
static void started_results(tsp_actor *self, struct operation *operation)
{
	struct director *director = tsp_state(self);

	for (struct list *g = director->groups.next; g != &director->groups; g = g->next) {
		struct group *group = list_item(g, struct group, link);
		struct release *active = group_active(group);
		tsp_error err = { 0 };

		if (active && group->problem_code >= 0)
			put_result(self, operation->results, active, "active");
		if (group->problem_code < 0) {
			(void)tsp_fail(&err, group->problem_code, "%s", group->problem);
			operation_fail(self, group->name, &err, group->problem_hint);
		}
	}
}

/* Groups with a state were queued at the Director's beginning; here come those that have none. */
bool sweep_started(tsp_actor *self, struct operation *operation)
{
	if (sweep_step(self, operation))
		return true;
	started_results(self, operation);
	return false;
}

size_t sweep_done(const struct director *director, const struct operation *operation)
{
	bool busy = director->activation.phase != PHASE_IDLE && operation->group_next > 0;

	return operation->group_next - (busy ? 1 : 0);
}

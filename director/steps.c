/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/steps.h"

#include <string.h>

#include "director/requires.h"
#include "director/shelf.h"

/* ---- what the state files say ----------------------------------------------------------------- */

/* The active version's package is not there, or is believed no more. */
static int fail_missing(
	struct director *director, const struct folder_list *list, const char *hash, tsp_error *err)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->items[i].hash, hash) && list->items[i].reason)
			return tsp_fail(err, TSP_EUNTRUSTED, "%s", list->items[i].reason);
	return tsp_fail(
		err, TSP_ENOENT, "no package of it that verifies is in '%s'", director->folder);
}

static bool step_bring_back(tsp_actor *self, struct operation *operation)
{
	struct director *director = tsp_state(self);
	struct shelf shelf = { 0 };
	struct package_file file = { 0 };
	const struct folder_entry *entry = NULL;
	tsp_error err = { 0 };
	struct group *group;
	bool begun = false;
	int rc;

	if (operation->step++ > 0)
		return false;
	group = groups_open(director, operation->subject, &err);
	if (!group) {
		group = groups_find(director, operation->subject);
		if (group)
			group_note_problem(group, &err);
		operation_fail(self, operation->shown, &err, NULL);
		return false;
	}
	group->problem_code = 0;
	confirm_arm(self, group);
	if (!group->state.active[0])
		return false; /* it is to be inactive */
	rc = shelf_open(director, group->name, &shelf, &err);
	if (rc >= 0) {
		entry = folder_find(&shelf.list, group->state.active);
		rc = entry ? shelf_package(director, entry->path, &shelf.trust, &file, &err) :
			     fail_missing(director, &shelf.list, group->state.active, &err);
	}
	if (rc >= 0) {
		shelf_hand_over(self, group, &file, ACTIVATE_BRING_BACK);
		begun = true;
	} else {
		group_note_problem(group, &err);
		operation_fail(self, operation->shown, &err, NULL);
	}
	shelf_clear(&shelf);
	return begun;
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
			operation_fail(self, group->name, &err, NULL);
		}
	}
}

/* Groups with a state were queued at the Director's beginning; here come those that have none. */
static bool step_started(tsp_actor *self, struct operation *operation)
{
	struct director *director = tsp_state(self);
	struct shelf shelf = { 0 };
	tsp_error err = { 0 };
	int rc = shelf_open(director, NULL, &shelf, &err);
	bool begun = false;

	if (rc < 0)
		operation_fail(self, director->folder, &err, NULL);
	for (size_t i = 0; rc >= 0 && operation->step == 0 && i < shelf.list.count; i++)
		if (shelf.list.items[i].code >= 0)
			rc = operation_add_group(operation, shelf.list.items[i].group);
	if (rc >= 0 && operation->step == 0)
		requires_order(director->folder, &shelf.trust, &shelf.list, true, operation->groups,
			operation->group_count);
	operation->step = 1;
	while (rc >= 0 && !begun && operation->group_next < operation->group_count) {
		const char *name = operation->groups[operation->group_next++];
		struct group *group = groups_open(director, name, &err);
		const struct folder_entry *newest = folder_newest(&shelf.list, name);
		struct package_file file = { 0 };

		if (!group || group->state.exists || !newest)
			continue;
		begun = shelf_package(director, newest->path, &shelf.trust, &file, &err) >= 0 &&
			step_check_required(
				director, operation, &shelf.trust, &file.package, &err) >= 0;
		if (begun)
			shelf_hand_over(self, group, &file, ACTIVATE_LOAD);
		else
			group_note_problem(group, &err);
		package_file_clear(&file);
	}
	shelf_clear(&shelf);
	if (!begun)
		started_results(self, operation);
	return begun;
}

bool operation_step(tsp_actor *self, struct operation *operation)
{
	switch (operation->kind) {
	case OPERATION_BRING_BACK:
		return step_bring_back(self, operation);
	case OPERATION_LOAD:
		return step_load(self, operation);
	case OPERATION_REFRESH:
		return step_refresh(self, operation);
	case OPERATION_UNLOAD:
		return step_unload(self, operation);
	case OPERATION_ROLLBACK:
		return step_rollback(self, operation);
	case OPERATION_STARTED:
		return step_started(self, operation);
	case OPERATION_DRAINED:
		return step_drained(self, operation);
	}
	return false;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/steps.h"

#include <string.h>

#include "director/shelf.h"
#include "director/sweep.h"

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
			group_note_problem(group, &err, "");
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
		rc = entry ? shelf_take(director, entry, &shelf.trust, &file, &err) :
			     fail_missing(director, &shelf.list, group->state.active, &err);
	}
	if (rc >= 0) {
		shelf_hand_over(self, group, &file, ACTIVATE_BRING_BACK);
		begun = true;
	} else {
		group_note_problem(group, &err, "");
		operation_fail(self, operation->shown, &err, NULL);
	}
	shelf_clear(&shelf);
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
		return sweep_refresh(self, operation);
	case OPERATION_UNLOAD:
		return step_unload(self, operation);
	case OPERATION_ROLLBACK:
		return step_rollback(self, operation);
	case OPERATION_STARTED:
		return sweep_started(self, operation);
	case OPERATION_DRAINED:
		return step_drained(self, operation);
	}
	return false;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/steps.h"

#include <string.h>

#include "director/requires.h"
#include "director/shelf.h"
#include "source/version.h"

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
	struct shelf *shelf, tsp_error *err)
{
	struct director *director = tsp_state(self);
	struct group *group = groups_open(director, name, err);
	const struct folder_entry *newest = folder_newest(&shelf->list, name);
	struct package_file file = { 0 };
	int rc;

	if (!group)
		return err->code;
	if (group->state.held && !operation->flag) {
		refresh_put(self, operation, group, "held");
		return 0;
	}
	if (!newest)
		return 0;
	if (group->state.mark.hash[0] && strcmp(group->state.active, newest->hash) != 0 &&
		version_compare(newest->version, group->state.mark.version) < 0) {
		if (group->state.active[0])
			refresh_put(self, operation, group, "already active");
		return 0;
	}
	rc = shelf_package(director, newest->path, &shelf->trust, &file, err);
	if (rc >= 0)
		rc = step_load_package(self, operation, &shelf->trust, &file, err);
	package_file_clear(&file);
	return rc < 0 ? rc : 1;
}

bool step_refresh(tsp_actor *self, struct operation *operation)
{
	struct director *director = tsp_state(self);
	struct shelf shelf = { 0 };
	tsp_error err = { 0 };
	int rc = shelf_open(director, NULL, &shelf, &err);
	int done = 0;

	if (rc < 0) {
		operation_fail(self, director->folder, &err, NULL);
		shelf_clear(&shelf);
		return false;
	}
	if (operation->step++ == 0) {
		for (size_t i = 0; rc >= 0 && i < shelf.list.count; i++)
			if (shelf.list.items[i].code >= 0)
				rc = operation_add_group(operation, shelf.list.items[i].group);
		requires_order(director->folder, &shelf.trust, &shelf.list, true, operation->groups,
			operation->group_count);
	}
	while (done == 0 && operation->group_next < operation->group_count) {
		const char *name = operation->groups[operation->group_next++];

		done = refresh_group(self, operation, name, &shelf, &err);
		if (done < 0) {
			operation_fail(self, name, &err, NULL);
			done = 0;
		}
	}
	shelf_clear(&shelf);
	return done > 0;
}

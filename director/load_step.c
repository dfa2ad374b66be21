/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/steps.h"

#include <stdio.h>
#include <string.h>

#include "director/audit.h"
#include "director/shelf.h"
#include "source/version.h"

static int check_downgrade(struct director *director, const struct group *group,
	const struct package *package, struct operation *operation, tsp_error *err)
{
	const struct state_entry *mark = &group->state.mark;
	int order = mark->hash[0] ? version_compare(package->version, mark->version) : 1;

	if (order > 0 || (order == 0 && !strcmp(package->hash, mark->hash)))
		return ACTIVATE_LOAD;
	if (operation->flag)
		return ACTIVATE_DOWNGRADE;
	if (order == 0)
		(void)tsp_fail(err, TSP_EDOWNGRADE,
			"version %s was accepted before with other content", mark->version);
	else
		(void)tsp_fail(err, TSP_EDOWNGRADE,
			"version %s is older than %s, which was accepted before", package->version,
			mark->version);
	(void)audit_write(director->folder, "downgrade refused", package, operation->subject,
		err->text, NULL); /* the refusal stands without its record */
	return TSP_EDOWNGRADE;
}

int step_load_package(
	tsp_actor *self, struct operation *operation, struct package_file *file, tsp_error *err)
{
	struct director *director = tsp_state(self);
	struct group *group = groups_open(director, file->package.group, err);
	int kind;

	if (!group)
		return err->code;
	if (operation->wanted && strcmp(operation->wanted, group->name) != 0)
		return tsp_fail(err, TSP_EVALUE, "it is of group '%s'", group->name);
	if (operation->is_path) {
		int rc = folder_check_name(director->folder, file, err);

		if (rc < 0)
			return rc;
	}
	kind = ACTIVATE_LOAD;
	if (strcmp(group->state.active, file->package.hash) != 0) {
		kind = check_downgrade(director, group, &file->package, operation, err);
		if (kind < 0) {
			(void)snprintf(operation->hint, sizeof(operation->hint),
				"'rollback %s' goes back; 'load --allow-downgrade' loads it all the same",
				group->name);
			return kind;
		}
	}
	original_loading(self, operation, group->name, file->package.hash, NULL);
	shelf_hand_over(self, group, file, (enum activation_kind)kind);
	return TSP_OK;
}

static int none_verifies(
	struct director *director, const struct folder_list *list, tsp_error *err)
{
	const struct folder_entry *first = &list->items[0];
	const char *reason = first->reason ? first->reason : "";

	(void)audit_write(director->folder, "refused", NULL, first->path, reason,
		NULL); /* the refusal stands without its record */
	return tsp_fail(err, TSP_EUNTRUSTED, "none of its packages verifies: %s", reason);
}

bool step_load(tsp_actor *self, struct operation *operation)
{
	struct director *director = tsp_state(self);
	struct shelf shelf = { 0 };
	struct package_file file = { 0 };
	const struct folder_entry *newest = NULL;
	tsp_error err = { 0 };
	int rc;

	if (operation->step++ > 0)
		return false;
	if (operation->is_path)
		rc = trust_open(director->folder, &shelf.trust, &err);
	else
		rc = shelf_open(director, operation->subject, &shelf, &err);
	if (rc >= 0 && !operation->is_path) {
		newest = folder_newest(&shelf.list, operation->subject);
		if (!newest && shelf.list.count > 0)
			rc = none_verifies(director, &shelf.list, &err);
		else if (!newest)
			rc = tsp_fail(&err, TSP_ENOENT, "no package of this group is in '%s'",
				director->folder);
	}
	if (rc >= 0)
		rc = shelf_package(director, newest ? newest->path : operation->subject,
			&shelf.trust, &file, &err);
	if (rc >= 0)
		rc = step_load_package(self, operation, &file, &err);
	if (rc < 0) {
		char hint[300];

		(void)snprintf(hint, sizeof(hint), "%s", operation->hint);
		operation_fail(self, operation->shown, &err, hint);
	}
	package_file_clear(&file);
	shelf_clear(&shelf);
	return rc >= 0;
}

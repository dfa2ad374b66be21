/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/steps.h"

#include <string.h>

#include "director/shelf.h"

/* Full hash that a prefix means: of the history or of the packages in the folder. */
static int rollback_hash(const struct group *group, const struct shelf *shelf, const char *prefix,
	char out[], tsp_error *err)
{
	const char *found = NULL;
	size_t size = strlen(prefix);

	if (size < 6)
		return tsp_fail(err, TSP_EUSAGE, "at least 6 digits of the hash are needed");
	for (size_t i = 0; i < group->state.history.count; i++) {
		const char *hash = group->state.history.items[i].hash;

		if (strncmp(hash, prefix, size) != 0)
			continue;
		if (found && strcmp(found, hash) != 0)
			return tsp_fail(
				err, TSP_EVALUE, "more than one version has a hash that begins so");
		found = hash;
	}
	for (size_t i = 0; i < shelf->list.count; i++) {
		const struct folder_entry *entry = &shelf->list.items[i];

		if (entry->code < 0 || strncmp(entry->hash, prefix, size) != 0)
			continue;
		if (found && strcmp(found, entry->hash) != 0)
			return tsp_fail(
				err, TSP_EVALUE, "more than one version has a hash that begins so");
		found = entry->hash;
	}
	if (!found)
		return tsp_fail(err, TSP_ENOENT, "no version of it has that hash");
	(void)strcpy(out, found); /* both are full hashes */
	return TSP_OK;
}

static int rollback_to(tsp_actor *self, struct group *group, const struct shelf *shelf,
	const char *hash, tsp_error *err)
{
	struct director *director = tsp_state(self);
	const struct folder_entry *entry = folder_find(&shelf->list, hash);
	struct release *loaded = group_release(group, hash);
	struct package_file file = { 0 };
	int rc;

	if (!entry && loaded && loaded->loaded && loaded->has_rules) {
		replacement_begin(self, loaded, ACTIVATE_ROLLBACK, &file);
		return TSP_OK;
	}
	if (!entry)
		return tsp_fail(err, TSP_ENOENT, "the package %.*s is not in '%s'",
			PACKAGE_HASH_SHOWN, hash, director->folder);
	rc = shelf_take(director, entry, &shelf->trust, &file, err);
	if (rc >= 0)
		shelf_hand_over(self, group, &file, ACTIVATE_ROLLBACK);
	return rc;
}

/* A way back whose version was confirmed, or gave way to another, while it waited for its turn. */
bool step_is_late(struct director *director, const struct operation *operation)
{
	const struct group *group = groups_find(director, operation->subject);

	return operation->why[0] && operation->step == 0 && !(group && confirm_is_over(group));
}

bool step_rollback(tsp_actor *self, struct operation *operation)
{
	struct director *director = tsp_state(self);
	const struct state_entry *before;
	char hash[PACKAGE_HASH_TEXT] = "";
	struct shelf shelf = { 0 };
	tsp_error err = { 0 };
	struct group *group;
	int rc;

	if (step_is_late(director, operation) || operation->step++ > 0)
		return false;
	group = groups_open(director, operation->subject, &err);
	rc = group ? shelf_open(director, group->name, &shelf, &err) : err.code;
	if (rc >= 0 && !group->state.exists && list_empty(&group->releases))
		rc = tsp_fail(&err, TSP_ENOENT, "there is no such group");
	if (rc >= 0 && operation->hash)
		rc = rollback_hash(group, &shelf, operation->hash, hash, &err);
	if (rc >= 0 && !operation->hash) {
		before = state_before(&group->state);
		if (before)
			(void)strcpy(hash, before->hash); /* a full hash */
		else
			rc = tsp_fail(&err, TSP_ENOENT, "nothing was active earlier");
	}
	if (rc >= 0)
		rc = rollback_to(self, group, &shelf, hash, &err);
	if (rc < 0)
		operation_fail(self, operation->shown, &err, NULL);
	shelf_clear(&shelf);
	return rc >= 0;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "director/audit.h"
#include "director/shelf.h"
#include "director/sweep.h"
#include "source/version.h"

void step_activate(
	tsp_actor *self, struct group *group, struct package_file *file, enum activation_kind kind)
{
	struct director *director = tsp_state(self);
	tsp_error err = { 0 };
	struct release *release =
		release_open(group, file->package.hash, file->package.version, &err);

	if (release)
		replacement_begin(self, release, kind, file);
	else
		operation_fail(self, director->current->shown, &err, NULL);
	package_file_clear(file);
}

/* ---- load ------------------------------------------------------------------------------------ */

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
	step_activate(self, group, file, (enum activation_kind)kind);
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

static bool step_load(tsp_actor *self, struct operation *operation)
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
		rc = newest ? shelf_take(director, newest, &shelf.trust, &file, &err) :
			      shelf_read(director, operation->subject, &shelf.trust, &file, &err);
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

/* ---- what the state files say ----------------------------------------------------------------- */

/* The active version's package is not there, or is believed no more. */
static int fail_missing(struct director *director, const struct folder_list *list,
	const char *hash, tsp_error *err)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->items[i].hash, hash) && list->items[i].reason)
			return tsp_fail(err, TSP_EUNTRUSTED, "%s", list->items[i].reason);
	return tsp_fail(err, TSP_ENOENT, "no package of it that verifies is in '%s'",
		director->folder);
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
		rc = entry ? shelf_take(director, entry, &shelf.trust, &file, &err) :
			     fail_missing(director, &shelf.list, group->state.active, &err);
	}
	if (rc >= 0) {
		step_activate(self, group, &file, ACTIVATE_BRING_BACK);
		begun = true;
	} else {
		group_note_problem(group, &err);
		operation_fail(self, operation->shown, &err, NULL);
	}
	shelf_clear(&shelf);
	return begun;
}

/* ---- rollback --------------------------------------------------------------------------------- */

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
		step_activate(self, group, &file, ACTIVATE_ROLLBACK);
	return rc;
}

/* A way back whose version was confirmed, or gave way to another, while it waited for its turn. */
static bool is_late(struct director *director, const struct operation *operation)
{
	const struct group *group = groups_find(director, operation->subject);

	return operation->why[0] && operation->step == 0 && !(group && confirm_is_over(group));
}

static bool step_rollback(tsp_actor *self, struct operation *operation)
{
	struct director *director = tsp_state(self);
	const struct state_entry *before;
	char hash[PACKAGE_HASH_TEXT] = "";
	struct shelf shelf = { 0 };
	tsp_error err = { 0 };
	struct group *group;
	int rc;

	if (is_late(director, operation) || operation->step++ > 0)
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

/* ---- unload ----------------------------------------------------------------------------------- */

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

/* The active version gives way to the one before, if that is loaded. */
static int unload_active(
	tsp_actor *self, struct operation *operation, struct release *release, tsp_error *err)
{
	struct group *group = release->group;
	const struct state_entry *before = state_before(&group->state);
	struct release *earlier = before ? group_release(group, before->hash) : NULL;
	struct package_file none = { 0 };

	if (!earlier || !earlier->loaded || earlier == release || !earlier->has_rules)
		return deactivate(self, operation, release, err);
	replacement_begin(self, earlier, ACTIVATE_ROLLBACK, &none);
	return TSP_OK;
}

static bool step_unload(tsp_actor *self, struct operation *operation)
{
	struct director *director = tsp_state(self);
	struct release *release = NULL;
	tsp_error err = { 0 };
	int rc;

	if (operation->err.code < 0 || operation->step > 1 || is_late(director, operation))
		return false;
	rc = groups_resolve(
		director, operation->hash ? operation->hash : operation->subject, &release, &err);
	if (rc < 0) {
		operation_fail(self, operation->shown, &err, NULL);
		return false;
	}
	if (operation->step++ == 0) {
		operation->hash = strdup(release->hash);
		if (!operation->hash)
			rc = tsp_fail(&err, TSP_ENOMEM, "out of memory");
		if (rc >= 0 && release == group_active(release->group)) {
			rc = unload_active(self, operation, release, &err);
			if (rc < 0)
				operation_fail(self, operation->shown, &err, NULL);
			return rc >= 0;
		}
		operation->step++;
	}
	retire_begin(self, release, !operation->flag);
	operation->step = 2;
	return true;
}

static bool step_drained(tsp_actor *self, struct operation *operation)
{
	struct director *director = tsp_state(self);
	struct group *group = groups_find(director, operation->subject);
	struct release *release = group ? group_release(group, operation->hash) : NULL;

	if (operation->step++ > 0 || !release || !release->loaded || release == group_active(group))
		return false;
	retire_begin(self, release, true);
	return true;
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

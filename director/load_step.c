/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "director/audit.h"
#include "director/judge.h"
#include "director/requires.h"
#include "director/shelf.h"

enum { LOAD_BEGIN, LOAD_DONE };

static int judge(struct director *director, struct operation *operation, const struct group *group,
	const struct package *package, char hint[STEP_HINT], tsp_error *err)
{
	/* the flag of a refresh is another */
	bool downgrade = operation->kind == OPERATION_LOAD && operation->flag;
	int rc = judge_package(&group->state, package, downgrade, err);

	if (rc != TSP_EDOWNGRADE)
		return rc;
	(void)audit_write(director->folder, "downgrade refused", package, operation->subject,
		err->text, NULL); /* the refusal stands without its record */
	(void)snprintf(hint, STEP_HINT, JUDGE_HINT, group->name);
	return rc;
}

/* The first group that must be loaded before this package; *ret_first empty: none. */
static int find_required(const struct director *director, const struct folder_list *list,
	const struct trust *trust, const struct package *package, struct require *ret_first,
	char hint[STEP_HINT], tsp_error *err)
{
	struct group_file rules = GROUP_FILE_EMPTY;
	struct require_list required = { 0 };
	enum rules_from from;
	int rc = rules_read(director->folder, package->group, package, &rules, &from, err);

	if (rc == TSP_EREJECTED || rc == TSP_EVALUE) {
		*ret_first = (struct require){ 0 };
		rc = TSP_OK; /* the replacement finds the same, and records it */
	} else if (rc >= 0) {
		rc = requires_resolve(director->folder, list, trust, package->group, &rules,
			&required, hint, err);
		*ret_first = required.count > 0 ? required.items[0] : (struct require){ 0 };
	}
	free(required.items);
	group_clear(&rules);
	return rc;
}

int step_check_required(const struct director *director, const struct operation *operation,
	const struct trust *trust, const struct package *package, char hint[STEP_HINT],
	tsp_error *err)
{
	struct require first = { 0 };
	int rc = find_required(director, &operation->packages, trust, package, &first, hint, err);

	if (rc >= 0 && first.group[0])
		rc = tsp_fail(
			err, TSP_ESTART, "it requires '%s', which is not active", first.group);
	return rc;
}

int step_load_package(tsp_actor *self, struct operation *operation, const struct trust *trust,
	struct package_file *file, char hint[STEP_HINT], tsp_error *err)
{
	static const enum activation_kind kinds[] = { [JUDGED_ACTIVE] = ACTIVATE_LOAD,
		[JUDGED_GOOD] = ACTIVATE_LOAD,
		[JUDGED_DOWNGRADE] = ACTIVATE_DOWNGRADE };
	struct director *director = tsp_state(self);
	struct group *group = groups_open(director, file->package.group, err);
	int judged, rc;

	if (!group)
		return err->code;
	judged = judge(director, operation, group, &file->package, hint, err);
	if (judged < 0)
		return judged;
	/* a load has found out already, and begun what comes first */
	if (judged != JUDGED_ACTIVE && operation->kind == OPERATION_REFRESH) {
		rc = step_check_required(director, operation, trust, &file->package, hint, err);
		if (rc < 0)
			return rc;
	}
	original_loading(self, operation, group->name, file->package.hash, NULL);
	shelf_hand_over(self, group, file, kinds[judged]);
	return TSP_OK;
}

/* A requirement takes the place of what was asked for, for one step. */
static int load_required(tsp_actor *self, struct operation *operation, const struct require *first,
	const struct shelf *shelf, tsp_error *err)
{
	struct director *director = tsp_state(self);
	const struct folder_entry *entry;
	struct folder_list list = { 0 };
	struct package_file file = { 0 };
	struct group *group = groups_open(director, first->group, err);
	int rc = group ? folder_list(director->folder, first->group, &shelf->trust, &list, err) :
			 err->code;

	entry = rc >= 0 ? folder_find(&list, first->hash) : NULL;
	if (rc >= 0 && !entry)
		rc = tsp_fail(err, TSP_ENOENT, "the package of '%s' has gone", first->group);
	if (rc >= 0)
		rc = shelf_take(director, entry, &shelf->trust, &file, err);
	if (rc >= 0) {
		(void)snprintf(
			operation->required, sizeof(operation->required), "%s", first->group);
		shelf_hand_over(self, group, &file, ACTIVATE_LOAD);
	}
	package_file_clear(&file);
	folder_list_clear(&list);
	return rc;
}

/* What it is, and what must come first: all that can be said before anything changes. */
static int prepare(tsp_actor *self, struct operation *operation, const struct shelf *shelf,
	struct package_file *file, struct require *ret_first, char hint[STEP_HINT], tsp_error *err)
{
	struct director *director = tsp_state(self);
	const struct group *group = groups_open(director, file->package.group, err);
	int rc = group ? TSP_OK : err->code, judged;

	if (rc >= 0 && operation->wanted && strcmp(operation->wanted, group->name) != 0)
		return tsp_fail(err, TSP_EVALUE, "it is of group '%s'", group->name);
	if (rc >= 0 && operation->is_path)
		rc = folder_check_name(director->folder, file, err);
	if (rc >= 0)
		rc = judge(director, operation, group, &file->package, hint, err);
	judged = rc;
	if (rc >= 0)
		rc = find_required(
			director, NULL, &shelf->trust, &file->package, ret_first, hint, err);
	if (rc < 0 && judged == JUDGED_ACTIVE) { /* it stays so; what can be loaded is */
		hint[0] = '\0';
		*err = (tsp_error){ 0 };
		rc = TSP_OK;
	}
	return rc;
}

static int open_subject(struct director *director, struct operation *operation, struct shelf *shelf,
	struct package_file *file, tsp_error *err)
{
	const struct folder_entry *newest = NULL;
	int rc = operation->is_path ? trust_open(director->folder, &shelf->trust, err) :
				      shelf_open(director, operation->subject, shelf, err);

	if (rc >= 0 && !operation->is_path) {
		rc = judge_newest(director->folder, &shelf->list, operation->subject, &newest, err);
		if (rc == TSP_EUNTRUSTED)
			(void)audit_write(director->folder, "refused", NULL,
				shelf->list.items[0].path, err->text,
				NULL); /* the refusal stands without its record */
	}
	if (rc < 0)
		return rc;
	return newest ? shelf_take(director, newest, &shelf->trust, file, err) :
			shelf_read(director, operation->subject, &shelf->trust, file, err);
}

bool step_load(tsp_actor *self, struct operation *operation)
{
	struct director *director = tsp_state(self);
	struct shelf shelf = { 0 };
	struct package_file file = { 0 };
	struct require first = { 0 };
	char before[sizeof(operation->required)], hint[STEP_HINT] = "";
	tsp_error err = { 0 };
	int rc;

	if (operation->step == LOAD_DONE || operation->err.code < 0)
		return false;
	(void)strcpy(before, operation->required); /* of equal sizes */
	operation->required[0] = '\0';
	rc = open_subject(director, operation, &shelf, &file, &err);
	if (rc >= 0)
		rc = prepare(self, operation, &shelf, &file, &first, hint, &err);
	if (rc >= 0 && first.group[0] && !strcmp(first.group, before))
		rc = tsp_fail(&err, TSP_ESTART, "it requires '%s', which is not active", before);
	if (rc >= 0 && first.group[0]) {
		rc = load_required(self, operation, &first, &shelf, &err);
	} else if (rc >= 0) {
		operation->step = LOAD_DONE;
		rc = step_load_package(self, operation, &shelf.trust, &file, hint, &err);
	}
	if (rc < 0)
		operation_fail(self, operation->shown, &err, hint);
	package_file_clear(&file);
	shelf_clear(&shelf);
	return rc >= 0;
}

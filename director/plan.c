/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int open_package(struct plan *plan, tsp_error *err)
{
	const struct folder_entry *newest = NULL;
	int rc = TSP_OK;

	if (!plan->path)
		rc = judge_newest(plan->folder, &plan->list, plan->subject, &newest, err);
	if (rc >= 0)
		rc = package_file_open(
			newest ? newest->path : plan->path, &plan->trust, &plan->file, err);
	return rc;
}

/* One that replaces another takes its place in the history (replacement.c). */
static bool takes_place(const struct plan *plan)
{
	const struct state_entries *history = &plan->state.history;
	const struct folder_entry *active = folder_find(&plan->list, plan->state.active);

	if (!plan->state.active[0] || !trust_is_development(&plan->file.package))
		return false;
	return active ? active->development :
			history->count > 0 &&
			trust_version_is_development(history->items[history->count - 1].version);
}

static int judge(struct plan *plan, tsp_error *err)
{
	const struct package *package = &plan->file.package;
	int rc = state_read(plan->folder, package->group, &plan->state, err);

	if (rc >= 0 && plan->path)
		rc = folder_check_name(plan->folder, &plan->file, err);
	if (rc >= 0)
		rc = judge_package(&plan->state, package, plan->allow_downgrade, err);
	if (rc == TSP_EDOWNGRADE)
		(void)snprintf(plan->hint, sizeof(plan->hint), JUDGE_HINT, package->group);
	if (rc < 0)
		return rc;
	plan->judged = (enum judgement)rc;
	rc = state_copy(&plan->state, &plan->after);
	if (rc >= 0 && plan->judged != JUDGED_ACTIVE && takes_place(plan))
		state_deactivate(&plan->after);
	if (rc >= 0 && plan->judged != JUDGED_ACTIVE)
		rc = state_activate(&plan->after, package->hash, package->version, false);
	return rc < 0 ? tsp_fail(err, rc, "%s", tsp_error_sentence(rc)) : rc;
}

static int read_rules(struct plan *plan, tsp_error *err)
{
	const struct package *package = &plan->file.package;
	int rc = rules_read(
		plan->folder, package->group, package, &plan->rules, &plan->rules_from, err);

	if (rc < 0)
		return rc;
	rc = requires_resolve(plan->folder, &plan->list, &plan->trust, package->group, &plan->rules,
		&plan->required, plan->hint, err);
	if (rc < 0 && plan->judged == JUDGED_ACTIVE) { /* it stays so, as load says */
		plan->hint[0] = '\0';
		*err = (tsp_error){ 0 };
		rc = TSP_OK;
	}
	return rc;
}

static int read_archive(const struct package *package, struct archive *archive, tsp_error *err)
{
	return archive_read(package->zip, package->zip_size, &archive_default_limits, archive, err);
}

/* Against the active version, where the folder has it. */
static int compare(struct plan *plan, tsp_error *err)
{
	const struct folder_entry *active =
		plan->state.active[0] ? folder_find(&plan->list, plan->state.active) : NULL;
	struct package_file file = { 0 };
	int rc = read_archive(&plan->file.package, &plan->new_files, err);

	if (rc >= 0 && active && package_file_open(active->path, &plan->trust, &file, NULL) >= 0)
		plan->has_old = read_archive(&file.package, &plan->old_files, NULL) >= 0;
	package_file_clear(&file);
	if (rc >= 0 && (plan->has_old || !plan->state.active[0])) {
		rc = diff_archives(
			plan->has_old ? &plan->old_files : NULL, &plan->new_files, &plan->diff);
		if (rc < 0)
			(void)tsp_fail(err, rc, "%s", tsp_error_sentence(rc));
	}
	return rc;
}

int plan_make(struct plan *plan, tsp_error *err)
{
	int rc = trust_open(plan->folder, &plan->trust, err);

	plan->rules = GROUP_FILE_EMPTY;
	if (rc >= 0)
		rc = folder_list(plan->folder, NULL, &plan->trust, &plan->list, err);
	if (rc >= 0)
		rc = open_package(plan, err);
	if (rc >= 0)
		rc = judge(plan, err);
	if (rc >= 0)
		rc = read_rules(plan, err);
	return rc < 0 ? rc : compare(plan, err);
}

void plan_clear(struct plan *plan)
{
	diff_clear(&plan->diff);
	archive_clear(&plan->old_files);
	archive_clear(&plan->new_files);
	free(plan->required.items);
	group_clear(&plan->rules);
	state_clear(&plan->state);
	state_clear(&plan->after);
	package_file_clear(&plan->file);
	folder_list_clear(&plan->list);
	trust_clear(&plan->trust);
	tsp_message_free(plan->director);
	tsp_message_free(plan->actors);
}

bool plan_changes(const struct plan *plan)
{
	tsp_value key, version;
	tsp_walk at = { 0 };

	if (!plan->running || plan->judged != JUDGED_ACTIVE || plan->required.count > 0 ||
		plan->state.held || plan->state.confirm_by != 0 ||
		!folder_find(&plan->list, plan->file.package.hash))
		return true;
	for (size_t i = 0; i < plan->rules.count; i++)
		if (tsp_value_kind(plan_living(plan, plan->rules.actors[i].class_name)) ==
			TSP_KIND_ABSENT)
			return true;
	while (tsp_value_next(tsp_value_get(plan->group, "versions"), &at, &key, &version))
		if (plan_unloads(plan, version))
			return true;
	return false;
}

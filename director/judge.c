/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/judge.h"

#include <string.h>

#include "source/version.h"

static const struct folder_entry *first_of(const struct folder_list *list, const char *group)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->items[i].group, group))
			return &list->items[i];
	return NULL;
}

int judge_newest(const char *folder, const struct folder_list *list, const char *group,
	const struct folder_entry **ret_entry, tsp_error *err)
{
	const struct folder_entry *newest = folder_newest(list, group),
				  *first = first_of(list, group);

	if (newest) {
		*ret_entry = newest;
		return TSP_OK;
	}
	if (first)
		return tsp_fail(err, TSP_EUNTRUSTED, "none of its packages verifies: %s",
			first->reason ? first->reason : "");
	return tsp_fail(err, TSP_ENOENT, "no package of this group is in '%s'", folder);
}

int judge_package(const struct state *state, const struct package *package, bool allow_downgrade,
	tsp_error *err)
{
	const struct state_entry *mark = &state->mark;
	int order = mark->hash[0] ? version_compare(package->version, mark->version) : 1;

	if (!strcmp(state->active, package->hash))
		return JUDGED_ACTIVE;
	if (order > 0 || (order == 0 && !strcmp(package->hash, mark->hash)))
		return JUDGED_GOOD;
	if (allow_downgrade)
		return JUDGED_DOWNGRADE;
	if (order == 0)
		return tsp_fail(err, TSP_EDOWNGRADE,
			"version %s was accepted before with other content", mark->version);
	return tsp_fail(err, TSP_EDOWNGRADE,
		"version %s is older than %s, which was accepted before", package->version,
		mark->version);
}

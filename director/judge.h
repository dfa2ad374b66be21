/* SPDX-License-Identifier: MIT */
/* What a load would say before anything is built: for the Director that loads, and for `plan`. */
#ifndef TSP_DIRECTOR_JUDGE_H
#define TSP_DIRECTOR_JUDGE_H

#include "director/folder.h"
#include "director/state.h"

enum judgement {
	JUDGED_ACTIVE, /* it is the active version */
	JUDGED_GOOD,
	JUDGED_DOWNGRADE, /* older than what was accepted, and allowed */
};

/* The package that `load GROUP` means, of a list that has the group's. TSP_ENOENT, TSP_EUNTRUSTED. */
int judge_newest(const char *folder, const struct folder_list *list, const char *group,
	const struct folder_entry **ret_entry, tsp_error *err);
/* Whether a verified package may take over in its group. TSP_EDOWNGRADE. */
int judge_package(const struct state *state, const struct package *package, bool allow_downgrade,
	tsp_error *err);
/* The remedy for TSP_EDOWNGRADE. */
#define JUDGE_HINT "'rollback %s' goes back; 'load --allow-downgrade' loads it all the same"

#endif

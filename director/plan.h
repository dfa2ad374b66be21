/* SPDX-License-Identifier: MIT */
/* What a load would do, found out without doing it: nothing is written, nothing is started. */
#ifndef TSP_DIRECTOR_PLAN_H
#define TSP_DIRECTOR_PLAN_H

#include "director/context.h"
#include "director/diff.h"
#include "director/folder.h"
#include "director/judge.h"
#include "director/requires.h"

struct plan {
	const char *folder;
	const char *path;    /* of load FILE; NULL: load GROUP */
	const char *subject; /* the group, or the file */
	bool allow_downgrade;
	/* plan.c: what the folder says */
	struct trust trust;
	struct folder_list list;
	struct package_file file; /* that would be loaded */
	struct state state;	  /* of its group */
	struct state after;	  /* what it would be */
	enum judgement judged;
	struct group_file rules;
	enum rules_from rules_from;
	struct require_list required;
	struct archive old_files, new_files;
	bool has_old; /* the active version's package is in the folder */
	struct diff diff;
	char hint[300]; /* where it would be refused */
	/* plan_actors.c: what the running system says */
	bool running;
	tsp_message *director; /* groups */
	tsp_message *actors;   /* ActorList */
	tsp_value group;       /* ours, of director; absent: it knows none */
};

/* Negative: load would be refused so; what was found out by then stands in the plan. To be cleared in any
 * case. */
int plan_make(struct plan *plan, tsp_error *err);
void plan_clear(struct plan *plan);
/* Asks the system, if one runs. TSP_ESTART: a name is held by another, in the words of load. */
int plan_look(struct context *context, struct plan *plan, tsp_error *err);

/* An actor of the group, and what waits for it; false at the end. at and within begin as { 0 }. */
struct plan_walk {
	tsp_walk versions, actors;
	tsp_value version;
};
bool plan_next_actor(const struct plan *plan, struct plan_walk *walk, tsp_value *ret_actor);
int64_t plan_waiting(const struct plan *plan, tsp_value actor);
/* The living actor of the version that would be active, of this class; absent: it would be made. */
tsp_value plan_living(const struct plan *plan, const char *class_name);
bool plan_lives(tsp_value actor);
/* Whether AutoUnload would unload this loaded version. */
bool plan_unloads(const struct plan *plan, tsp_value version);
/* The actor of the group that holds the name; absent: nobody. */
tsp_value plan_holder(const struct plan *plan, const char *name);
/* Whether a load would change anything. */
bool plan_changes(const struct plan *plan);

#endif

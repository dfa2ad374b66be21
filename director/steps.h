/* SPDX-License-Identifier: MIT */
/* What each kind of operation does, step by step (packages.md, "State of a group"). */
#ifndef TSP_DIRECTOR_STEPS_H
#define TSP_DIRECTOR_STEPS_H

#include "director/actor.h"

/* Does the next step: begins an activation or an unload, or notes a result. False: there is none left. */
bool operation_step(tsp_actor *self, struct operation *operation);

bool step_load(tsp_actor *self, struct operation *operation);
bool step_rollback(tsp_actor *self, struct operation *operation);
bool step_unload(tsp_actor *self, struct operation *operation);
bool step_drained(tsp_actor *self, struct operation *operation);

#define STEP_HINT 300 /* size of a hint; "" where there is none */

/* Judges a verified package, whose required groups must be active, and begins its activation; the file is
 * taken. */
int step_load_package(tsp_actor *self, struct operation *operation, const struct trust *trust,
	struct package_file *file, char hint[STEP_HINT], tsp_error *err);
/* In a sweep. TSP_ESTART: a group that the package requires is not active, or more as requires_resolve says. */
int step_check_required(const struct director *director, const struct operation *operation,
	const struct trust *trust, const struct package *package, char hint[STEP_HINT],
	tsp_error *err);
/* A way back whose version was confirmed, or gave way to another, while it waited for its turn. */
bool step_is_late(struct director *director, const struct operation *operation);

#endif

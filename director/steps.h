/* SPDX-License-Identifier: MIT */
/* What each kind of operation does, step by step (packages.md, "State of a group"). */
#ifndef TSP_DIRECTOR_STEPS_H
#define TSP_DIRECTOR_STEPS_H

#include "director/actor.h"

/* Does the next step: begins an activation or an unload, or notes a result. False: there is none left. */
bool operation_step(tsp_actor *self, struct operation *operation);

/* Hands a package over to the replacement. */
void step_activate(
	tsp_actor *self, struct group *group, struct package_file *file, enum activation_kind kind);
/* The same as a load, whose checks it must pass. */
int step_load_package(
	tsp_actor *self, struct operation *operation, struct package_file *file, tsp_error *err);

#endif

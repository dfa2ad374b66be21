/* SPDX-License-Identifier: MIT */
/* What each kind of operation does, step by step (packages.md, "State of a group"). */
#ifndef TSP_DIRECTOR_STEPS_H
#define TSP_DIRECTOR_STEPS_H

#include "director/actor.h"

/* Does the next step: begins an activation or an unload, or notes a result. False: there is none left. */
bool operation_step(tsp_actor *self, struct operation *operation);

#endif

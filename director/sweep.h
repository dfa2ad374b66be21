/* SPDX-License-Identifier: MIT */
/*
 * What goes through all groups of the folder: refresh, and start for those without a state. The packages are
 * listed once. While the actors of one group start, the packages of the next are loaded ahead, so that the
 * system always has as many builds to do as it does at once; each is activated in its turn only.
 */
#ifndef TSP_DIRECTOR_SWEEP_H
#define TSP_DIRECTOR_SWEEP_H

#include "director/actor.h"

/* As operation_step. */
bool sweep_refresh(tsp_actor *self, struct operation *operation);
bool sweep_started(tsp_actor *self, struct operation *operation);
/* How far it is: groups that are done. */
size_t sweep_done(const struct director *director, const struct operation *operation);

#endif

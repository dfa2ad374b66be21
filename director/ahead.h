/* SPDX-License-Identifier: MIT */
/* Packages whose source is loaded before it is the turn of their group. */
#ifndef TSP_DIRECTOR_AHEAD_H
#define TSP_DIRECTOR_AHEAD_H

#include "director/actor.h"

/* Hands the package to the system; a failure is met again in its turn. */
void ahead_begin(tsp_actor *self, struct release *release, struct package_file *file);
/* What the system says of a source that is no activation's. */
void ahead_loaded(tsp_actor *self, const char *hash);
void ahead_failed(tsp_actor *self, const tsp_message *message);
/* The turn of the activation's target. 1: its load is on its way, and is not asked for again; 0: all else
 * (loaded_now is set where it is loaded); or why the load failed, in the activation's err and output. */
int ahead_take(struct activation *activation);
/* Its turn came to nothing, or it is unloaded: what was loaded goes, also when it comes later. */
void ahead_drop(tsp_actor *self, struct release *release);
void ahead_free(struct release *release);

#endif

/* SPDX-License-Identifier: MIT */
/* The events of a group's state file; for state.c. */
#ifndef TSP_DIRECTOR_STATE_EVENTS_H
#define TSP_DIRECTOR_STATE_EVENTS_H

#include "director/state.h"

/* An absent list is none; false: not a list of events. */
bool state_events_read(tsp_value list, struct state_events *events);
/* As member "events" of a map. */
void state_events_put(tsp_builder *builder, const struct state_events *events);
int state_events_copy(const struct state_events *from, struct state_events *ret_events);

#endif

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

/* For both files: a text that fits and has no NUL; an entry with hash and version. */
bool state_read_text(tsp_value value, char *out, size_t size);
bool state_read_entry(tsp_value value, struct state_entry *ret_entry);
/* The items (each of that size), moved to where one more fits behind them; the oldest goes past the limit. NULL:
 * no memory, then the items stay where they are. */
void *state_make_room(void *items, size_t *count, size_t size, size_t limit);

#endif

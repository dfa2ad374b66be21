/* SPDX-License-Identifier: MIT */
/* While the Director is at work for this command, the terminal says at which group it is; and who waits for
 * it goes on waiting as long as there is progress, however many groups there are. */
#ifndef TSP_DIRECTOR_FOLLOW_H
#define TSP_DIRECTOR_FOLLOW_H

#include <thespian.h>

struct follow;

/* type: of the request that is about to be asked. Where there was no progress for patience_ms the process is
 * interrupted (tsp_interrupt). NULL: it is none that takes long. */
struct follow *follow_begin(tsp_system *system, const char *type, bool shown, int64_t patience_ms);
/* Returns whether it has interrupted. Takes NULL. */
bool follow_end(struct follow *follow);

#endif

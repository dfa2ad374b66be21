/* SPDX-License-Identifier: MIT */
/*
 * What an actor's own threads hand over: behind the public tsp_outbox, the one lock of the core. A
 * thread puts whole messages into a bounded queue and wakes the stage's thread, which takes them
 * between two handlers and sends them as the actor. The queue outlives the actor for as long as the
 * threads hold it, and never touches the stage after the actor's end.
 */
#ifndef TSP_CORE_FOREIGN_H
#define TSP_CORE_FOREIGN_H

#include "core/cell.h"

#define FOREIGN_COUNT_LIMIT 4096
#define FOREIGN_SIZE_LIMIT  ((size_t)4 * 1024 * 1024)

/* Sends what threads have put there since. Never from inside of a handler. */
void stage_take_foreign(struct stage *stage);
/* The actor goes: what its threads have put there is sent (last: to whom it may be), then they hear
 * TSP_EDEAD. */
void cell_end_foreign(struct tsp_actor *cell);
/* The same where nothing can be sent any more. */
void cell_cut_foreign(struct tsp_actor *cell);

#endif

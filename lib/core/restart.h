/* SPDX-License-Identifier: MIT */
/*
 * Restart: an actor is ended, and sees to it who made it. One that a caller created, or an actor under a
 * name, is the system's own child, and is created again by the system, as it was: class, module, argument,
 * requirements, role and the name it was created under, which has a holder again at once, so that what waits
 * there stays. All others are for their parents, and what the start named comes back by itself (appointed.h).
 */
#ifndef TSP_CORE_RESTART_H
#define TSP_CORE_RESTART_H

#include "core/gate.h"

/* Argument and requirements of one actor, and of all together, that are kept for a restart. */
#define AGAIN_BYTES	((size_t)64 * 1024)
#define AGAIN_ALL_BYTES ((size_t)16 * 1024 * 1024)

void request_restart(struct admin *admin, const struct request *request);
/* It has started: what it was created with is kept, if it is for the system to create it again. */
void restart_learn(struct admin *admin, struct actor *actor);
/* It goes. Whether it is to be created again; born_under, which it was created under, or NULL, then
 * outlives it. To be followed by restart_finish when its names have been released. */
bool restart_begin(struct admin *admin, struct actor *actor, struct name *born_under);
void restart_finish(struct admin *admin, struct actor *actor, struct name *born_under);
/* Has what restart_finish entered go on its way: not before the host of its former life is forgotten. */
clock_ns restarts_tick(struct admin *admin);
void restart_forget(struct admin *admin, struct actor *actor);

#endif

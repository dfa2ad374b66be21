/* SPDX-License-Identifier: MIT */
/* Global names (architecture part 3): an address that one actor after the other may hold. */
#ifndef TSP_CORE_NAMES_H
#define TSP_CORE_NAMES_H

#include "core/gate.h"

/* The name's entry, made if there is none; NULL with err: not a name (TSP_ENAME), another text with
 * the same number (TSP_ENAME), no memory. */
struct name *name_claim(struct admin *admin, tsp_text text, tsp_error *err);
/* The text of a name's address; NULL: it is none of this system's, or is free, and only a number. */
const char *name_text(const struct admin *admin, tsp_address address);
/* Removes a name that nobody holds, owns or keeps; what waits in it goes back. */
void name_drop(struct admin *admin, struct name *name, const char *reason);
/* An actor has gone: what it held and owned is released. born_under: its own name, or NULL. */
void names_released(struct admin *admin, struct actor *actor, struct name *born_under);
/* What waits in a name goes back as poison (its holder could not be created). */
void names_poison(struct admin *admin, struct name *name, const char *details);
/* Ends keeps that are over; returns when the next one is. */
clock_ns names_tick(struct admin *admin);
/* A caller's ask has ended: what it sent to a name that nobody holds is dropped. */
void names_cancel(struct admin *admin, uint64_t reply_number);
/* The system has ended: what waits for a name goes back. */
void names_end(struct admin *admin);
void names_clear(struct admin *admin);

void names_take(struct admin *admin, const struct request *request);
void names_give(struct admin *admin, const struct request *request);
void names_keep(struct admin *admin, const struct request *request);
void names_free(struct admin *admin, const struct request *request);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What a class may ask of its stage beside having its handlers called: that its system fits, an end after
 * a time, messages before all others, a troupe. Cells of other classes have nothing of it.
 */
#ifndef TSP_CORE_TRAITS_H
#define TSP_CORE_TRAITS_H

#include "core/cell.h"

#define TROUPE_LIMIT 1000 /* workers; by the default bounds what they say at once fits into the system lane */

/* ---- cell_fit.c ---- */

/* Whether the stage's capabilities are what the cell needs; else ret_why says what is missing. */
bool cell_fits(struct tsp_actor *cell, char *ret_why, size_t size);
/* The capabilities have changed: what no longer fits gets an exit request. */
void stage_fit_anew(struct stage *stage);

/* ---- transient.c ---- */

/* A timer that no handler sees: cell_due is called then, behind what waits for the cell already. */
enum due { DUE_TRANSIENT, DUE_TROUPE };
void cell_arm(struct tsp_actor *cell, enum due due, clock_ns at);
void cell_due(struct tsp_actor *cell, enum due due);
/* A message has met the cell: its time begins, or (idle) begins anew. */
void transient_heard(struct tsp_actor *cell, const struct delivery *delivery);

/* ---- init_messages.c ---- */

/* NULL: no memory. */
struct init_hold *init_hold_new(const tsp_init_messages *order);
void init_hold_free(struct init_hold *hold); /* takes NULL */
/* True: the handlers are not to see it; *ret_outcome says what became of it. */
bool init_hear(struct tsp_actor *cell, const struct delivery *delivery, enum outcome *ret_outcome,
	int *ret_code);
/* Whether all has come, and what was held is to be delivered. */
bool init_is_complete(const struct tsp_actor *cell);
/* The code of a done that failed, else 0: the cell is to end. */
int init_failure(const struct tsp_actor *cell);

/* ---- troupe.c, troupe_leader.c, troupe_worker.c, troupe_settings.c ---- */

struct troupe *troupe_new(const tsp_troupe *order); /* NULL: no memory */
void troupe_free(struct troupe *troupe);	    /* takes NULL; its letters must be gathered */
/* What the creator gave to a leader's init its workers get, too; TSP_ENOMEM. */
int troupe_remember(struct tsp_actor *cell, tsp_value argument);
/* As init_hear. */
bool troupe_hear(struct tsp_actor *cell, const struct delivery *delivery, enum outcome *ret_outcome,
	int *ret_code);
/* For a cell that exits: a worker's last word. True: it was one. */
bool troupe_hear_done(struct tsp_actor *cell, const struct delivery *delivery);
/* A child has gone. True: it was a worker, nobody else needs to know. */
bool troupe_lost(struct tsp_actor *cell, const struct tsp_message *exited);
/* One more message is held, for a worker. */
void troupe_held(struct tsp_actor *cell);
/* After each message that a worker handled: tells its leader if the work is done. */
void troupe_settle(struct tsp_actor *cell);
/* Work is at hand: nobody is idle. */
bool troupe_is_busy(const struct tsp_actor *cell);
/* All that workers have goes back to what is held, for the end of the leader. */
void troupe_gather(struct tsp_actor *cell);
void troupe_due(struct tsp_actor *cell);

#endif

/* SPDX-License-Identifier: MIT */
/* The asks of tsp_ask_start: each has its reply address and its deadline, and holds its reply until that is taken. */
#ifndef TSP_SYSTEM_PENDING_H
#define TSP_SYSTEM_PENDING_H

#include <thespian.h>

#include "base/clock.h"

struct pending_ask {
	uint64_t number; /* the reply address */
	tsp_address target;
	clock_ns deadline;
	tsp_message *reply; /* NULL: it is waited for */
	uint64_t turn;	    /* of the reply, among those that came */
};

/* All zero: none. */
struct pending {
	struct pending_ask asks[TSP_ASK_LIMIT]; /* in order of their begin */
	size_t count;
	size_t held; /* replies that are there */
	uint64_t next_turn;
};

/* TSP_ELIMIT: so many are open. */
int pending_add(struct pending *pending, uint64_t number, tsp_address target, clock_ns deadline);
/* The ask of that number, 0: the one to look at first: whose reply came first, else whose deadline comes first.
 * NULL: there is none. Borrowed until the next one is added or ended. */
struct pending_ask *pending_find(struct pending *pending, uint64_t number);
/* Takes the message over if it is what an ask waits for. */
bool pending_reply(struct pending *pending, uint64_t number, tsp_message *message);
/* The ask is no longer open; its reply, or NULL, is the caller's. */
tsp_message *pending_end(struct pending *pending, struct pending_ask *ask);
void pending_clear(struct pending *pending);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Inside of a troupe. An actor of such a class leads from its first message on, unless that is work from
 * its parent: then it is a worker. What a leader was sent stays with it until a worker is done with it.
 */
#ifndef TSP_CORE_TROUPE_H
#define TSP_CORE_TROUPE_H

#include "core/traits.h"

#define TROUPE_LEAVE_MS 2000 /* how long a worker that is not needed stays */

enum troupe_role { TROUPE_UNDECIDED, TROUPE_LEADER, TROUPE_WORKER };

/* Extra: idle beyond what is to be kept. */
enum member_state { MEMBER_BUSY, MEMBER_IDLE, MEMBER_EXTRA, MEMBER_LEAVING, MEMBER_STATES };

/* A worker, as its leader knows it. */
struct member {
	struct list link; /* who became free longest ago is first */
	uint64_t number;
	enum member_state state;
	struct letter *work; /* NULL: none */
	clock_ns since;	     /* extra */
};

struct troupe {
	enum troupe_role role;
	/* a leader's */
	size_t max_count;
	size_t idle_count;
	struct list members;
	size_t count;
	size_t states[MEMBER_STATES]; /* how many are in each */
	size_t pending;		      /* held, without a worker */
	bool armed;		      /* the timer runs */
	uint8_t *argument;	      /* for the init of its workers */
	size_t argument_size;
	/* a worker's */
	bool at_work;	  /* has work of its leader */
	bool returned;	  /* its handler has */
	bool in_progress; /* it says itself that there are more steps */
};

/* ---- troupe_leader.c ---- */

struct member *leader_find(const struct troupe *troupe, uint64_t number);
/* A worker is done: 0 or the code of its failure, and why. leaving: it takes no more. */
void leader_done(struct tsp_actor *cell, uint64_t number, int code, tsp_text text, bool leaving);
/* It leads from now on. Workers of the name's holder before it, who died, are looked for. */
void leader_begin(struct tsp_actor *cell);
/* And dismissed: nobody else does. True: the message was the answer about them. */
bool leader_hear_children(struct tsp_actor *cell, const struct tsp_message *message);
/* After the settings have changed. */
void leader_adjust(struct tsp_actor *cell);
void leader_remove(struct troupe *troupe, struct member *member);

/* ---- troupe_worker.c ---- */

enum outcome worker_hear(struct tsp_actor *cell, const struct delivery *delivery, int *ret_code);

/* ---- troupe_settings.c ---- */

/* True: it was a question or an order for the leader itself, and is answered. */
bool settings_hear(struct tsp_actor *cell, const struct tsp_message *message);

#endif

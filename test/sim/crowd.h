/* SPDX-License-Identifier: MIT */
/*
 * Thousands of members of the real core in one process: two leaders, and whoever they lead. Nothing is lost on
 * the wires, which take a step. What leaders allocate is counted, and what they do runs below at_leader, where
 * callgrind can find it.
 */
#ifndef TSP_TEST_CROWD_H
#define TSP_TEST_CROWD_H

#include "test/unit/machine.h"

#define LEADERS	    2
#define CROWD_LIMIT 18000
#define STEP	    (100 * CLOCK_MS)

struct system {
	struct machine machine; /* first: it is the io of its admin */
	int number;
	int life;
	int actors; /* that it has from its start */
	bool up;
	bool leads;
	long bytes; /* that its core has allocated, of a leader */
	char address[20];
};

struct crowd {
	struct system *systems; /* leaders first */
	int count;
	clock_ns now;
	size_t dialled;
	bool beating; /* nothing is to happen but heartbeats */
};

extern struct crowd crowd;

/* What a system's core is to do. */
struct job {
	enum { RUN, OPEN, REFUSE, RECEIVE, HEARD, ENDED } kind;
	struct system *system;
	struct link *link;	/* of RECEIVE, HEARD and ENDED; of OPEN what came of it */
	struct buffer *bytes;	/* of RECEIVE */
	struct buffer *peer;	/* of OPEN */
	struct system_hello *hello;
	uint64_t dial; /* of REFUSE */
};

void crowd_do(struct job *job);
/* What a system has written, which was allocated while it was at work. */
void crowd_free(struct system *writer, struct buffer *bytes);
/* ---- crowd_wires.c ---- */

/* What test/unit/machine.c asks of its network. */
void network_dial(void *io, uint64_t number, const char *address, const uint8_t *key);
void network_dial_over(
	void *io, uint64_t number, uint64_t via, uint64_t system, const uint8_t *key);
void network_relayed(void *io, uint64_t via, const struct frame *frame);
void network_relays_ended(void *io, uint64_t via);
void network_ping(void *io, void *peer);
void network_closed(void *io, void *peer);

void wires_step(void);
void wires_clear(void);

#endif

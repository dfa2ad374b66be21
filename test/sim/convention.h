/* SPDX-License-Identifier: MIT */
/*
 * Systems of the real core in one process, one seed, virtual time (issue 6): nodes run test/unit's machine, wires
 * between them have a delay, and are cut, or silent one way or both; nodes end, lose power, stand still and come
 * back. The same seed gives the same trace.
 */
#ifndef TSP_TEST_CONVENTION_H
#define TSP_TEST_CONVENTION_H

#include "test/unit/machine.h"

#define NODES	   6
#define WIRES	   128
#define DIALS	   64
#define MESSAGES   6000
#define CREATIONS  64
#define LIVES	   (NODES * 16)
#define STEP	   (20 * CLOCK_MS)
#define RESEND	   (200 * CLOCK_MS) /* at first; twice as late each time */
#define WAIT_LIMIT (5 * CLOCK_SECOND) /* for a dial, and for the answer to it */

struct item; /* on its way on a wire */

/* One side of a wire: first what its system has written, which is all that the machine's send knows of it. */
struct wire_end {
	struct buffer out;
	int node;
	unsigned life;
	struct link *link;
	bool closed;
	uint64_t dial; /* that is not answered yet */
	clock_ns since;
	struct system_words told;
	struct item *first; /* on their way to here */
	struct item *last;
};

struct wire {
	struct wire_end ends[2];
	int via; /* the node that passes on what goes here, and its life; -1: none */
	unsigned via_life;
	bool used;
};

struct dial {
	int from;
	unsigned life;
	int to;
	int via; /* -1: none */
	uint64_t number;
	clock_ns since;
	clock_ns due;
};

struct node {
	struct machine machine; /* first: it is the io of its admin */
	bool up;
	bool stopped;	    /* its process stands still */
	bool dark;	    /* it has no power */
	unsigned life;	    /* counts its starts */
	uint64_t system;    /* its id now */
	char address[32];
	bool leads;
	bool has_camera;
	uint64_t dead_read; /* dead letters that the ledger has looked at */
	char logged[512];
	uint32_t message_of[MESSAGES];	/* by the caller's counter: a message's number + 1, */
	uint32_t creation_of[MESSAGES]; /* or a creation's */
};

struct world {
	struct node nodes[NODES];
	int count;
	int leaders;
	struct wire wires[WIRES];
	struct dial dials[DIALS];
	int dial_count;
	bool blocked[NODES][NODES]; /* nothing comes from there to here */
	clock_ns now;
	clock_ns delay; /* of wires, at most */
	unsigned loss;	/* %, of what is put on a wire: it goes again, but for signs of life */
	uint64_t random;
	uint64_t hash; /* of the trace */
	bool trace;
	uint64_t unknown; /* outcomes, counted by nodes that have gone */
	uint64_t dead_letters;
	clock_ns last_end; /* when the last node lost what it had */
	char failure[300]; /* the first one */
};

extern struct world world;

unsigned roll(unsigned sides);
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- convention_wires.c ---- */

/* What test/unit/machine.c asks of its network. */
void network_dial(void *io, uint64_t number, const char *address, const uint8_t *key);
void network_dial_over(
	void *io, uint64_t number, uint64_t via, uint64_t system, const uint8_t *key);
void network_relayed(void *io, uint64_t via, const struct frame *frame);
void network_relays_ended(void *io, uint64_t via);
void network_ping(void *io, void *peer);
void network_closed(void *io, void *peer);

void wires_step(void);
/* Both ends hear that it is over. */
void wires_cut(int node);
/* Its process has ended: its kernel tells the others, unless it is dark. */
void wires_of_ended(int node);
void wires_clear(void);

/* ---- convention_ledger.c: what must have become of all of it ---- */

extern const tsp_class *const ledger_classes[];

void ledger_clear(void);
void ledger_send(int from, tsp_address to, int home);
void ledger_create(int from);
/* What callers have got. */
void ledger_take(int node);
/* A node loses all that it had. */
void ledger_ended(int node);
/* Sends to an actor that was created; false: there is none yet. */
bool ledger_send_far(int from);
void ledger_judge(void);

#endif

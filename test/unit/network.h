/* SPDX-License-Identifier: MIT */
/*
 * Machines in memory that are linked: what one dials is the machine that advertises that address. A wire can be
 * cut, so that both ends hear of it, or go silent, so that neither does; machines can be out of each other's
 * reach.
 */
#ifndef TSP_TEST_NETWORK_H
#define TSP_TEST_NETWORK_H

#include "machine.h"

#define NETWORK_MACHINES 8
#define NETWORK_WIRES	 64

struct wire_end {
	struct buffer in; /* what goes towards the other end; first, since the machine's send knows only that */
	struct machine *machine;
	struct link *link;
	bool closed;
	struct buffer pieces; /* that a leader has passed on */
};

struct wire {
	struct wire_end ends[2];
	uint64_t via;	 /* a leader's system, where the wire is what that passes on; else 0 */
	uint64_t number; /* of the dialler, then */
	bool silent;
	bool lost; /* what it goes by is not there any more */
	bool used;
};

struct dial {
	struct machine *from;
	uint64_t number;
	char address[64];
	uint64_t via; /* by that leader, to system */
	uint64_t system;
};

struct network {
	struct machine *machines[NETWORK_MACHINES];
	const char *addresses[NETWORK_MACHINES]; /* where they can be dialled; NULL: nowhere */
	uint8_t keys[NETWORK_MACHINES]; /* what tells them apart */
	size_t count;
	struct wire wires[NETWORK_WIRES];
	struct dial dials[NETWORK_WIRES];
	size_t dial_count;
	size_t dialled; /* in all */
	size_t pings;
	bool unreachable; /* nobody can dial anybody */
	bool only_leaders; /* nobody can dial who has no wire yet, but for the first machine */
	size_t passed_on;  /* pieces that leaders have passed on */
	bool loose; /* lines that are made from now on are datagrams', */
	bool loses; /* and what may be lost there is */
};

/* A machine of that system id; leaders: the capability, or NULL; more: JSON members behind it, or "". */
void network_add(struct network *network, struct machine *machine, uint64_t system,
	const char *address, const char *leaders, const char *more);
/* It goes without a word, as by a loss of power. */
void network_kill(struct network *network, struct machine *machine);
/* Lets everything happen until nothing moves. */
void network_run(struct network *network);
void network_pass_ms(struct network *network, int64_t ms);
/* Both ends of all wires of a machine hear that they have ended, or (silent) nobody hears anything. */
void network_cut(struct network *network, const struct machine *machine, bool silent);
void network_close(struct network *network);
/* What an admin says in its status. */
tsp_value network_status(struct machine *machine, const char *key);

void network_dial(void *io, uint64_t dial, const char *address, const uint8_t *key);
void network_dial_over(void *io, uint64_t dial, uint64_t via, uint64_t system, const uint8_t *key);
void network_relayed(void *io, uint64_t via, const struct frame *frame);
void network_relays_ended(void *io, uint64_t via);
void network_ping(void *io, void *peer);
void network_closed(void *io, void *peer);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What callers wait for: the asks that no reply has come for yet, a few for each link. A caller whose
 * process comes from a host asks in the name of the actor that is at work there, so who waits for whom
 * can be followed from host to host, and a circle is seen.
 */
#ifndef TSP_CORE_ASKS_H
#define TSP_CORE_ASKS_H

#include "core/gate.h"

struct open_ask {
	uint64_t number; /* the reply address */
	uint64_t target;
	clock_ns since;
};

/* A caller sends from a reply address: an ask is open. The oldest of too many is forgotten. */
void asks_note(struct admin *admin, struct link *link, const struct frame *frame);
/* Something has come for that address, or nobody waits there any more. */
void asks_end(struct link *link, uint64_t number);
void asks_clear(struct link *link);
/* The open ones in the order of their begin: start with *at = 0; NULL at the end. */
const struct open_ask *asks_next(const struct link *link, size_t *at);
void request_waits(struct admin *admin, const struct request *request);

#endif

/* SPDX-License-Identifier: MIT */
/* The one gate: every typed request to the admin passes a table of request by requester. */
#ifndef TSP_CORE_GATE_H
#define TSP_CORE_GATE_H

#include "core/parts.h"

enum requester {
	REQUESTER_HOST, /* the host itself: a nursery's child, no actor of it */
	REQUESTER_ACTOR,
	REQUESTER_CALLER,
	REQUESTER_MEMBER, /* another system of the convention */
	REQUESTER_LEADER,
	REQUESTER_COUNT
};

struct request {
	enum system_request kind;
	enum requester by;
	struct link *link;
	struct actor *actor; /* who asks; NULL for a caller and a host */
	tsp_address from;
	tsp_value value;
};

bool gate_allows(enum system_request kind, enum requester by);
int gate_request(struct admin *admin, struct link *link, const struct frame *frame);
/* Answers a request that cannot be met: RequestFailed{code, reason}. */
void request_failed(
	struct admin *admin, const struct request *request, int code, const char *reason);
/* The name of an owner as names see it: the name that the requester was created under, or itself. */
uint64_t request_owner(const struct request *request);

#endif

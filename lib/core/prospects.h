/* SPDX-License-Identifier: MIT */
/* Systems that we dial: leaders of the capabilities, and those that an actor has pre-registered. */
#ifndef TSP_CORE_PROSPECTS_H
#define TSP_CORE_PROSPECTS_H

#include "core/member.h"

struct prospect {
	struct list link;
	char *address; /* HOST:PORT */
	int rank;      /* of a leader; -1: it was pre-registered, and is invited */
	uint64_t dial; /* that is under way; 0: none */
	struct member *member; /* that was met there; NULL: none is */
	clock_ns at;	       /* when to dial next */
	clock_ns delay;
	char *reason; /* why the last dial failed */
};

struct convention {
	struct list prospects;
	size_t prospect_count;
	struct list watchers; /* struct waiter */
	struct list meetings; /* members that a line is being made to */
	size_t meeting_count;
	uint64_t last_dial;
	int own_rank; /* ours among the leaders; -1: we are none */
	int leader_count; /* members that lead */
	struct log_bucket told; /* records to a leader, */
	struct log_bucket heard; /* and of members */
};

/* TSP_EVALUE: not HOST:PORT or HOST; TSP_ELIMIT, TSP_ENOMEM. One that is there already stays as it is. */
int prospect_add(struct admin *admin, tsp_text address, int rank, tsp_error *err);
/* Dials the one of that address or member no more. False: there is none. */
bool prospect_drop(struct admin *admin, tsp_text address, const struct member *member);
struct member *prospect_member(const struct admin *admin, tsp_text address);
/* A dial has come to nothing: the next one is later. */
void prospect_failed(struct admin *admin, uint64_t dial);
/* The one that this dial is for; NULL: none. */
const struct prospect *prospect_of_dial(const struct admin *admin, uint64_t dial);
/* It has led to that member; NULL: it was none of ours. */
const struct prospect *prospect_met(struct admin *admin, uint64_t dial, struct member *member);
/* A dial has led to ourselves: it is for nobody, and says where we stand among the leaders. */
void prospect_is_us(struct admin *admin, uint64_t dial);
/* Its line has ended: it is dialled again. */
void prospect_lost(struct admin *admin, const struct member *member);
/* Whether the capabilities name leaders. */
bool prospects_lead(const struct admin *admin);
void prospects_clear(struct admin *admin);
/* Dials whom it is time to dial; when the next one is. */
clock_ns prospects_tick(struct admin *admin);

#endif

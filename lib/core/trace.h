/* SPDX-License-Identifier: MIT */
/*
 * Listening in: what passes the switch, told to a caller that asked for it, bounded in number, rate, time
 * and bytes. A message is told of when it is done with, once. What stays within a host is not seen.
 */
#ifndef TSP_CORE_TRACE_H
#define TSP_CORE_TRACE_H

#include "core/gate.h"

#define TRACE_SHOWN	 100 /* messages, where the request says nothing */
#define TRACE_SHOWN_MOST 1000000
#define TRACE_RATE	 50 /* a second */
#define TRACE_RATE_MOST	 100000
#define TRACE_MS_MOST	 86400000 /* a day, */
#define TRACE_MS	 3600000  /* an hour where the request says nothing */
#define TRACE_BODY_MOST	 1048576  /* bytes of a body; a larger one is told by its beginning */
#define TRACE_UNSENT_MOST \
	4194304 /* bytes that wait for the caller to read: past them it is skipped */

struct trace {
	const struct link *link;
	tsp_address to; /* where its events go, an address of that caller */
	uint8_t bit;
	clock_ns since; /* what was sent before bears the bit of an earlier trace, if any */
	uint64_t number;  /* of the actor, */
	uint64_t name;	  /* or of a name, whoever holds it; 0 and 0: of any */
	char *class_name; /* NULL: of any */
	char *module;	  /* where that was given in front of the class */
	char *type;	  /* NULL: of any */
	clock_ns until;
	clock_ns paid;	   /* the time up to which what was shown is paid for */
	clock_ns interval; /* of one message */
	size_t body_limit;
	uint64_t limit;
	uint64_t seen;
	uint64_t shown;
	uint64_t skipped;
	tsp_builder *builder; /* its own: the message that is told of may lie in the admin's */
};

/* Sends what is in its builder; false: no memory. */
bool trace_tell(struct admin *admin, struct trace *trace);
/* Its sums go out, and it is freed. */
void trace_close(struct admin *admin, struct trace *trace, const char *reason);

void trace_start(struct admin *admin, const struct request *request);
void trace_end(struct admin *admin, const struct request *request);
/* Ends those whose time is over; when the next one's is. */
clock_ns traces_tick(struct admin *admin);
/* The connection has gone, and nobody is left to be told. */
void traces_forget(struct admin *admin, const struct link *link);

/* For the calls below, which do nothing where nobody listens. */
void trace_class_now(const struct admin *admin, struct actor *actor);
uint8_t trace_names_of(const struct admin *admin, const struct actor *actor);
void trace_parcel_now(struct admin *admin, const struct parcel *parcel, const char *outcome);
void trace_frame_now(struct admin *admin, const struct frame *frame, const char *outcome);

/* An actor's class is known now: which traces of a class it falls under. */
static inline void trace_class(const struct admin *admin, struct actor *actor)
{
	if (admin->trace_count > 0)
		trace_class_now(admin, actor);
}

/* The traces that are about an actor, a bit each; NULL: none is. */
static inline uint8_t trace_bits(const struct admin *admin, const struct actor *actor)
{
	if (admin->trace_count == 0 || actor == NULL)
		return 0;
	return admin->trace_names == 0 ? actor->traced :
					 actor->traced | trace_names_of(admin, actor);
}

/* A parcel is done with. outcome: "handled" "failed" "crashed" "unstarted" "dead" "unknown". */
static inline void trace_parcel(
	struct admin *admin, const struct parcel *parcel, const char *outcome)
{
	if (admin->trace_count > 0)
		trace_parcel_now(admin, parcel, outcome);
}

/* An envelope is done with that was never a parcel: "delivered" (to a caller) "dead" "refused". */
static inline void trace_frame(struct admin *admin, const struct frame *frame, const char *outcome)
{
	if (admin->trace_count > 0)
		trace_frame_now(admin, frame, outcome);
}

#endif

/* SPDX-License-Identifier: MIT */
/* How each message ends (messages.md): done, poison, returned, dead letter, outcome unknown. */
#ifndef TSP_CORE_ACCOUNT_H
#define TSP_CORE_ACCOUNT_H

#include "core/parts.h"

/* Each ends the parcel and frees it; its mailbox or window must have let go of it already. */
void parcel_finish(struct admin *admin, struct parcel *parcel);
/* Its target never started: it goes back as poison, whoever sent it. */
void parcel_unstarted(struct admin *admin, struct parcel *parcel, const char *reason);
/* Undelivered: a caller's ask ends at once, an actor's message goes to the dead-letter handler. */
void parcel_return(struct admin *admin, struct parcel *parcel, const char *reason);
void parcel_unknown(struct admin *admin, struct parcel *parcel, const char *reason);
/* An envelope that never became a parcel. */
void frame_return(struct admin *admin, const struct frame *frame, const char *reason);
/* A dead letter of ours, whoever has sent it. */
void frame_bury(struct admin *admin, const struct frame *frame, const char *reason);
/* One that may have been handled. */
void frame_unknown(struct admin *admin, const struct frame *frame, const char *reason);
void frame_refuse(struct admin *admin, const struct frame *frame, int code, const char *reason);

/* What is out with a host under that number, or kept there; NULL: nothing. */
struct parcel *host_parcel(const struct host *host, uint64_t sequence);
/* Senders whose refusals were put together hear of them, as far as they have taken what waited. */
void account_tell_refused(struct admin *admin);
/* A DONE frame of a host. TSP_EPROTOCOL: it speaks of what was never sent there. */
int account_done(struct admin *admin, struct host *host, const struct frame *frame);
/* What is sent to or kept for an actor of a host that still lives, and will never be handled. */
void account_actor_gone(struct admin *admin, struct actor *actor, bool failed, const char *reason);
/* The highest number that met a handler in that host, as its page says; without a page: all. */
uint64_t account_dispatched(const struct host *host);
/* All that was sent to a dead host. why: a sentence such as "killed by signal 9 (Killed)". */
void account_host_dead(struct admin *admin, struct host *host, const char *why);

#endif

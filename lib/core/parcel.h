/* SPDX-License-Identifier: MIT */
/* Parcels and mailboxes: waiting, credit, bounds (messages.md, "Credit" and "Bounds"). */
#ifndef TSP_CORE_PARCEL_H
#define TSP_CORE_PARCEL_H

#include <string.h>
#include "core/parts.h"

/* What a parcel that waits takes of the memory of all mailboxes. */
static inline size_t parcel_cost(const struct parcel *parcel)
{
	return sizeof(*parcel) + parcel->size;
}

static inline const uint8_t *parcel_body(const struct parcel *parcel)
{
	struct parcel_apart apart;

	if (!parcel->apart)
		return parcel->rest;
	memcpy(&apart, parcel->rest, sizeof(apart));
	return apart.body;
}

/* A parcel with a copy of the frame's body, or a large one with its memory; NULL: no memory. */
struct parcel *parcel_new(struct admin *admin, const struct frame *frame);
/* Takes it out of whatever list it is in and frees it. Its counts must be settled already. */
void parcel_free(struct parcel *parcel);

void mailbox_init(struct mailbox *mailbox);
/* Frees what is left in it without any outcome (the admin's own end). */
void mailbox_clear(struct mailbox *mailbox);
void mailbox_put(struct admin *admin, struct mailbox *mailbox, struct parcel *parcel);
void mailbox_put_front(struct admin *admin, struct mailbox *mailbox, struct parcel *parcel);
/* Takes the oldest; NULL: empty. Resumes paused senders when it has drained. */
struct parcel *mailbox_take(struct admin *admin, struct mailbox *mailbox);
/* Resumes paused senders if there is room again. */
void mailbox_resume(struct admin *admin, struct mailbox *mailbox);
/* The same for all mailboxes of an actor: it keeps less than before. */
void actor_resume(struct admin *admin, struct actor *actor);
/* Resumes whoever was paused for it: it goes, and what they send on meets its end. */
void mailbox_release(struct admin *admin, struct mailbox *mailbox);
/* Bounds have changed, or memory is there again: resumes whom it can, wherever they were paused. */
void mailboxes_resume(struct admin *admin);
/* Resumes those who were paused for want of memory, when it is time; when that is. */
clock_ns mailboxes_tick(struct admin *admin);
/* What a parcel cost is free again, for all mailboxes. */
void mailbox_bytes_drop(struct admin *admin, const struct parcel *parcel);
/* Takes one that is in it. */
void mailbox_remove(struct admin *admin, struct mailbox *mailbox, struct parcel *parcel);
/* Whether one more of this size from that sender may wait here. 0, or TSP_EBACKLOG; asks the sender to
 * pause past the soft bound. TSP_EPROTOCOL: the sender ignores pauses and is to be ended. */
int mailbox_admit(struct admin *admin, struct mailbox *mailbox, tsp_address target,
	struct link *sender, size_t size);
/* A link is gone: its pauses are forgotten. */
void link_forget_pauses(struct link *link);

/* Puts a parcel on the link of the actor's host at once, credit or not. */
void parcel_send(struct admin *admin, struct actor *actor, struct parcel *parcel);
/* Puts a parcel on the host's link, or has it wait for credit in mailbox. */
void parcel_post(
	struct admin *admin, struct actor *actor, struct mailbox *mailbox, struct parcel *parcel);
/* Sends what waits for a host, fairly, as far as its credit goes. */
void host_drain(struct admin *admin, struct host *host);
/* An actor (also: a new holder) may have credit now: its mailboxes queue for their turn. */
void actor_ready(struct admin *admin, struct actor *actor);
/* None of its mailboxes waits for its turn at a host any more. */
void actor_unready(struct actor *actor);
/* Credit comes back for a parcel that was sent; it is taken out of the sent list. */
void parcel_settle(struct parcel *parcel);
/* The mailbox of an actor, made on first use; NULL: no memory. */
struct mailbox *actor_mailbox(struct actor *actor);

#endif

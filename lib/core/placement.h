/* SPDX-License-Identifier: MIT */
/*
 * Actors that live on another system than that of their birth (spec part 4.8): a place is looked for, first
 * here, then where the requirements are met; what is sent there goes on by the line; its end comes back.
 *
 * The way on which it was sent out, over one member or a leader and a member, is its way as long as it lives:
 * all news of it, and all that it sends, go there. Who is on that way knows where it lives, hence who may speak
 * for it, and when one pair of that way is over, both sides of it hear so.
 */
#ifndef TSP_CORE_PLACEMENT_H
#define TSP_CORE_PLACEMENT_H

#include "core/member.h"

/* A creation that comes to nothing here. True: another system is asked, or it was told who had asked us. */
bool placement_elsewhere(
	struct admin *admin, struct actor *actor, int code, const char *reason, const char *detail);
/* Of an actor that was born elsewhere: it runs, or has ended, as the system of its birth is told. */
void placement_started(struct admin *admin, const struct actor *actor);
void placement_ended(struct admin *admin, const struct actor *actor, const char *reason,
	const char *detail, int status);
void placement_failed(struct admin *admin, const struct actor *actor, int code,
	const char *reason, const char *detail);
/* Asks the system where it lives to end it. */
void placement_end(struct admin *admin, const struct actor *actor, int64_t grace_ms);
void placement_forget(struct actor *actor);
/* ---- Between placement.c (the side of the birth) and guests.c (that where they live) ---- */

struct abroad *abroad_new(struct actor *actor); /* NULL: no memory */
/* Systems that could not take an actor, as a word names them. */
void placement_read_tried(struct actor *actor, tsp_value systems);
void placement_lose_emigrants(struct admin *admin, struct member *member, const char *reason);
/* *ret_member: by whom the guest of that address came; NULL: that is over. False: it is no guest of ours. */
bool placement_path(const struct admin *admin, tsp_address guest, struct member **ret_member);

void placement_member_gone(struct admin *admin, struct member *member, const char *reason);

void placement_hear_order(struct admin *admin, const struct word *word);
void placement_hear_place_at(struct admin *admin, const struct word *word);
void placement_hear_placed(struct admin *admin, const struct word *word);
void placement_hear_failed(struct admin *admin, const struct word *word);
void placement_hear_ended(struct admin *admin, const struct word *word);
void placement_hear_end(struct admin *admin, const struct word *word);
void placement_hear_fetch(struct admin *admin, const struct word *word);
void placement_hear_package(struct admin *admin, const struct word *word);
void placement_hear_lacking(struct admin *admin, const struct word *word);
void placement_hear_unloaded(struct admin *admin, const struct word *word);

#endif

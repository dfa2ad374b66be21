/* SPDX-License-Identifier: MIT */
/*
 * Lines between two members of a convention, made on demand: a leader introduces them (meeting_words.c), then one
 * dials the other, or, where it cannot, the session of the two goes by the leader (relay.h), which cannot read it.
 * A line keeps its way until it ends. What is sent meanwhile waits as for any system, and comes back when nobody was
 * met in the time after which a silent system is gone.
 */
#ifndef TSP_CORE_MEETING_H
#define TSP_CORE_MEETING_H

#include "core/member.h"

enum meeting_state {
	MEETING_NONE,
	MEETING_ASKS,	 /* a leader, who that is */
	MEETING_DIALS,	 /* where it says that it can be reached */
	MEETING_AWAITS,	 /* its dial: it can reach us, and we not it */
	MEETING_BY_LEADER, /* dials over a leader */
};

/* A system that nobody here has met: what is to go there waits. NULL: there is no leader to ask, or no room. */
struct member *meeting_begin(struct admin *admin, uint64_t system);
/* There is something for a system without a line: if we were introduced, a line is made anew. */
void meeting_again(struct admin *admin, struct member *member);
/* A line is there, or the system is gone. */
void meeting_over(struct admin *admin, struct member *member);
/* Its line has ended. */
void meeting_lost(struct admin *admin, struct member *member);
/* A dial has come to nothing, if it was for a meeting. */
void meeting_failed(struct admin *admin, uint64_t dial);
/* Whether the two have something that a line is needed for. */
bool meeting_is_due(const struct member *member);
/* A pair that has no line, and needs none now. */
bool meeting_is_over(const struct member *member);
/* Who was known by its id only is that member. */
void meeting_merge(struct admin *admin, struct member *member, struct member *unknown);
clock_ns meetings_tick(struct admin *admin);

/* ---- meeting_words.c ---- */

/* Asks the leader. */
void meeting_ask(struct admin *admin, const struct member *member);
/* A leader says who was asked for. */
void meeting_go(struct admin *admin, struct member *member);
/* All members hear whom we have expelled. */
void meeting_tell_expelled(struct admin *admin, const uint8_t key[SYSTEM_KEY]);

void meeting_hear_who(struct admin *admin, const struct word *word);
void meeting_hear_comes(struct admin *admin, const struct word *word);
void meeting_hear_agrees(struct admin *admin, const struct word *word);
void meeting_hear_who_is(struct admin *admin, const struct word *word);
void meeting_hear_expelled(struct admin *admin, const struct word *word);

#endif

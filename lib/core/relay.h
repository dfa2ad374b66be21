/* SPDX-License-Identifier: MIT */
/* What a leader passes on between two of its members that have no connection of their own: pieces of their session. */
#ifndef TSP_CORE_RELAY_H
#define TSP_CORE_RELAY_H

#include "core/member.h"

#define RELAY_PIECE  ((size_t)32 * 1024)	/* bytes of one frame at most */
#define RELAY_UNSENT ((size_t)32 * 1024 * 1024) /* towards a member, above which nothing more is passed on to it */

/* A FRAME_RELAY or FRAME_RELAY_END has come from that system: it is for us, or for another member of ours. */
void relay_receive(struct admin *admin, struct member *member, const struct frame *frame);
/* The line to that system ends, and with it what it has passed on to us. */
void relays_end(struct admin *admin, const struct member *member);

#endif

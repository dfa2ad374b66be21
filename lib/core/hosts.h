/* SPDX-License-Identifier: MIT */
/* Hosts: where actors are placed, and what follows when one dies. */
#ifndef TSP_CORE_HOSTS_H
#define TSP_CORE_HOSTS_H

#include "core/parts.h"

/* Gives an actor whose module is open a host, and sends its creation order there. */
void host_place(struct admin *admin, struct actor *actor);
/* Puts an actor that a shared host made itself into that host. */
void host_adopt(struct host *host, struct actor *actor);
/* An actor that has not begun there: all that was sent to it is in its mailboxes again, but for the order. */
void host_take_back(struct admin *admin, struct actor *actor);
struct host *host_find(const struct admin *admin, uint64_t id);
/* From now on it gets neither actors nor messages. */
void host_kill(struct admin *admin, struct host *host);
/* Both its link and its process have ended: accounts for all that was there. */
void host_settle(struct admin *admin, struct host *host);
void host_greet(struct admin *admin, struct host *host);
/* A message to the host itself: with a map, or with one member (key NULL: none). */
void host_tell_value(
	struct admin *admin, struct host *host, enum system_notice notice, tsp_value value);
void host_tell(struct admin *admin, struct host *host, enum system_notice notice, const char *key,
	tsp_value value);
void host_free(struct admin *admin, struct host *host);
/* A lease of numbers for a link. */
uint64_t lease_grant(struct admin *admin, struct link *link);

#endif

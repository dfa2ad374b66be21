/* SPDX-License-Identifier: MIT */
/* Parts of what the admin tells of itself: for status.c and the files named below. */
#ifndef TSP_CORE_STATUS_H
#define TSP_CORE_STATUS_H

#include "core/parts.h"
#include "core/put.h"

static inline void put_address(
	tsp_builder *b, const struct admin *admin, const char *key, uint64_t number)
{
	tsp_put_key(b, key);
	tsp_put_address(b, own_address(admin, number));
}

/* The same, null for 0: nobody. */
static inline void put_somebody(
	tsp_builder *b, const struct admin *admin, const char *key, uint64_t number)
{
	tsp_put_key(b, key);
	if (number != 0)
		tsp_put_address(b, own_address(admin, number));
	else
		tsp_put_null(b);
}

static inline void put_ms_since(
	tsp_builder *b, const struct admin *admin, const char *key, clock_ns since)
{
	put_number(b, key, since < admin->now ? (uint64_t)((admin->now - since) / CLOCK_MS) : 0);
}

/* ---- actor_load.c: what an actor, and its host, have to do ---- */

/* Before a listing of actors: looks once through what is out with the hosts. */
void load_prepare(struct admin *admin);
/* As much of it as a listing of hosts needs. */
void load_begin_reads(struct admin *admin);
void put_actor_load(tsp_builder *b, struct admin *admin, const struct actor *actor);
void put_host_load(tsp_builder *b, struct admin *admin, struct host *host);
/* When its handler in work began; 0: it is between handlers, or that is not known. */
clock_ns host_busy_since(const struct host *host);

/* ---- waiting.c: what waits in mailboxes ---- */

/* pendingMessages, and how old the oldest is. */
void put_waiting(tsp_builder *b, const struct admin *admin);

/* ---- counters.c ---- */

/* counters, and under the names that the original gave them miscKeyVals. */
void put_counters(tsp_builder *b, const struct admin *admin);

#endif

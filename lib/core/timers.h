/* SPDX-License-Identifier: MIT */
/* The wake-ups of a stage, as a heap: by time, and among equals in the order of asking. */
#ifndef TSP_CORE_TIMERS_H
#define TSP_CORE_TIMERS_H

#include "base/clock.h"
#include "core/letter.h"

struct timer {
	clock_ns due;
	uint64_t order;
	struct letter *letter; /* what is delivered then */
};

struct timers {
	struct timer *heap;
	size_t count;
	size_t capacity;
	size_t stale; /* of actors that have gone: dropped when due, or when they are the most */
	uint64_t order;
};

/* Takes over the letter on success; TSP_ENOMEM. */
int timers_put(struct timers *timers, clock_ns due, struct letter *letter);
/* The first that is due by now, taken out: the caller's to free; NULL: none. */
struct letter *timers_take(struct timers *timers, clock_ns now);
/* Takes out any letter that is left; for ends. NULL: none. */
struct letter *timers_take_any(struct timers *timers);
clock_ns timers_next(const struct timers *timers);
void timers_clear(struct timers *timers); /* after all letters are taken */
/*
 * So many wake-ups in here belong to nobody any more. When these are the most, those for which
 * is_stale answers true are taken out and freed.
 */
void timers_stale(struct timers *timers, size_t count, bool (*is_stale)(void *data, uint64_t to),
	void *data, struct letter_pool *pool);

#endif

/* SPDX-License-Identifier: MIT */
/* What the files of bench_actors have in common. */
#ifndef TSP_BENCH_ACTORS_H
#define TSP_BENCH_ACTORS_H

#include <thespian.h>
#include <time.h>

static inline int64_t clock_ns_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline int64_t now_ns(void)
{
	return clock_ns_of(CLOCK_MONOTONIC);
}

/* ---- bench_crowd.c ---- */
extern const tsp_class ring_class, shared_ring_class, ring_node_class, shared_ring_node_class,
	hub_class, shared_hub_class, ticker_class, hauler_class, dock_class;

#endif

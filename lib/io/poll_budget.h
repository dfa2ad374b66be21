/* SPDX-License-Identifier: MIT */
/*
 * Adaptive polling: how long to look for work, yielding the core each time, before going to sleep.
 * Pure; the owner reads the clock. A hit restores the whole budget, a miss halves it (0 below 1
 * us), and a sleep that turned out short (less than four times the whole) restores it too. Where yielding
 * gave the core to somebody who kept it, each look ends a whole slice of the scheduler late: then it is given
 * up for many sleeps, whatever came meanwhile. */
#ifndef TSP_IO_POLL_BUDGET_H
#define TSP_IO_POLL_BUDGET_H

#include "base/clock.h"

#define POLL_LOST_NS	500000 /* a look that ended so late had its core taken */
#define POLL_LOST_SLEEPS 1000

struct poll_budget {
	clock_ns whole; /* 0: off */
	clock_ns now;
	int barred; /* sleeps before it is tried again */
};

static inline void poll_budget_set(struct poll_budget *budget, int us)
{
	if (budget->whole == (clock_ns)us * 1000)
		return;
	budget->whole = (clock_ns)us * 1000;
	budget->now = budget->whole;
}

static inline void poll_budget_hit(struct poll_budget *budget)
{
	budget->now = budget->whole;
}

static inline void poll_budget_miss(struct poll_budget *budget)
{
	budget->now = budget->now < 2000 ? 0 : budget->now / 2;
}

/* When a look is to end: at the deadline if that is sooner, but never before it begins. */
static inline clock_ns poll_budget_end(
	const struct poll_budget *budget, clock_ns begin, clock_ns deadline)
{
	clock_ns end = begin + budget->now;

	if (deadline < end)
		end = deadline > begin ? deadline : begin;
	return end;
}

/* After a hit or a miss of a look that gave the core away: when it was to end, and when it did. */
static inline void poll_budget_looked(struct poll_budget *budget, clock_ns end, clock_ns now)
{
	if (now - end < POLL_LOST_NS)
		return;
	budget->now = 0;
	budget->barred = POLL_LOST_SLEEPS;
}

static inline void poll_budget_slept(struct poll_budget *budget, clock_ns spent)
{
	if (budget->barred > 0) {
		budget->barred--;
		return;
	}
	if (spent < 4 * budget->whole)
		budget->now = budget->whole;
}

#endif

/* SPDX-License-Identifier: MIT */
/* Time is a number of nanoseconds that somebody hands in; only lib/io and the programs read a clock. */
#ifndef TSP_BASE_CLOCK_H
#define TSP_BASE_CLOCK_H

#include <stdint.h>

typedef int64_t clock_ns; /* monotonic, from an arbitrary start */

#define CLOCK_NEVER INT64_MAX
#define CLOCK_MS ((clock_ns)1000000)
#define CLOCK_SECOND ((clock_ns)1000000000)

/* now + ms, without overflow. */
static inline clock_ns clock_after(clock_ns now, int64_t ms)
{
	return ms >= (CLOCK_NEVER - now) / CLOCK_MS ? CLOCK_NEVER : now + ms * CLOCK_MS;
}

/* Whole milliseconds, the last one begun, until the deadline; 0: it is over. */
static inline int64_t clock_left_ms(clock_ns now, clock_ns deadline)
{
	return deadline > now ? (deadline - now - 1) / CLOCK_MS + 1 : 0;
}

/* Implemented in base/clock.c over CLOCK_MONOTONIC; never called from lib/core. */
clock_ns clock_read(void);
clock_ns clock_read_coarse(void); /* cheaper; some milliseconds behind */

#endif

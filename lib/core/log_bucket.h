/* SPDX-License-Identifier: MIT */
/*
 * A bound on how often something is written down: so many a second, and ten times as many at once.
 * What is past it is counted, and the count is told when the owner asks for it: a second after it began and
 * at the end (records of actors), or with the next that passes (refusals).
 */
#ifndef TSP_CORE_LOG_BUCKET_H
#define TSP_CORE_LOG_BUCKET_H

#include <stdbool.h>
#include <stdint.h>
#include "base/clock.h"
#include "base/list.h"

#define LOG_BURST_SECONDS 10
#define LOG_REPORT_NS	  CLOCK_SECOND

struct log_bucket {
	struct list link;   /* of those that hold something back, if their owner wants one */
	clock_ns until;	    /* the time up to which what was let through is paid for */
	clock_ns report_at; /* when what is held back is to be told */
	uint32_t held;	    /* held back and not told yet */
	bool below;	    /* the owner's: of records that no log wants, but who follows one */
};

/* Whether one more may pass now; interval: ns for each. False: it was counted. */
bool log_bucket_take(struct log_bucket *bucket, clock_ns now, clock_ns interval);
/* Counts one that could not pass for another reason. */
void log_bucket_hold(struct log_bucket *bucket, clock_ns now);
/* How many there are to tell of, 0 if it is not time; force: whatever the time. Counts anew. */
uint32_t log_bucket_report(struct log_bucket *bucket, clock_ns now, bool force);

#endif

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "core/log_bucket.h"

void log_bucket_hold(struct log_bucket *bucket, clock_ns now)
{
	if (bucket->held == 0)
		bucket->report_at = now + LOG_REPORT_NS;
	if (bucket->held < UINT32_MAX)
		bucket->held++;
}

bool log_bucket_take(struct log_bucket *bucket, clock_ns now, clock_ns interval)
{
	clock_ns until = (bucket->until > now ? bucket->until : now) + interval;

	/* a rate below one in ten seconds still lets one pass */
	if (until - now > LOG_BURST_SECONDS * CLOCK_SECOND && bucket->until > now) {
		log_bucket_hold(bucket, now);
		return false;
	}
	bucket->until = until;
	return true;
}

uint32_t log_bucket_report(struct log_bucket *bucket, clock_ns now, bool force)
{
	uint32_t held = bucket->held;

	if (held == 0 || (!force && now < bucket->report_at))
		return 0;
	bucket->held = 0;
	return held;
}

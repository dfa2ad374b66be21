/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/clock.h"

#include <time.h>

static clock_ns read_clock(clockid_t id)
{
	struct timespec now;

	if (clock_gettime(id, &now) < 0)
		return 0;
	return (clock_ns)now.tv_sec * CLOCK_SECOND + now.tv_nsec;
}

clock_ns clock_read(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

clock_ns clock_read_coarse(void)
{
#ifdef CLOCK_MONOTONIC_COARSE
	return read_clock(CLOCK_MONOTONIC_COARSE);
#else
	return read_clock(CLOCK_MONOTONIC);
#endif
}

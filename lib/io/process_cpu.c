/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "io/process_cpu.h"

#include <time.h>

uint64_t process_cpu(int pid)
{
	struct timespec used;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) < 0)
		return 0;
	return (uint64_t)used.tv_sec * 1000 + (uint64_t)used.tv_nsec / 1000000;
}

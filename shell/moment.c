/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/moment.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define MOMENT_SECOND INT64_C(1000000)

char *moment_text(int64_t at_us, int digits, char out[MOMENT_TEXT])
{
	time_t seconds = (time_t)(at_us / MOMENT_SECOND);
	struct tm local = { 0 };
	if (localtime_r(&seconds, &local) == NULL)
		local = (struct tm){ 0 };
	size_t used = strftime(out, MOMENT_TEXT, "%H:%M:%S", &local);
	snprintf(out + used, MOMENT_TEXT - used, ".%06d", (int)(at_us % MOMENT_SECOND));
	out[used + (digits > 0 ? (size_t)digits + 1 : 0)] = '\0';
	return out;
}

int64_t moment_now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * MOMENT_SECOND + now.tv_nsec / 1000;
}

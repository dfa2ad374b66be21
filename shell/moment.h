/* SPDX-License-Identifier: MIT */
/* Times of the day as people read them. */
#ifndef TSP_SHELL_MOMENT_H
#define TSP_SHELL_MOMENT_H

#include <stdint.h>

#define MOMENT_TEXT 24

/* Microseconds since 1970 as "17:05:09.123456" of here, with so many digits behind the point (0 to 6); returns out. */
char *moment_text(int64_t at_us, int digits, char out[MOMENT_TEXT]);
int64_t moment_now_us(void);

#endif

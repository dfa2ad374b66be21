/* SPDX-License-Identifier: MIT */
/* The kind of machine that modules are made for: processor, system and C library. */
#ifndef TSP_SOURCE_TARGET_H
#define TSP_SOURCE_TARGET_H

#include <stdbool.h>

#define TARGET_LIMIT 40

/* "x86_64-linux-gnu": what this program itself was made for. */
const char *target_name(void);
/* Lower-case letters, digits and '_' in two to four parts with '-' between, at most TARGET_LIMIT. */
bool target_name_ok(const char *name);

#endif

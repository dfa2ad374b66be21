/* SPDX-License-Identifier: MIT */
/* The authority and the Director: named at the start, created before callers come, and again, with
 * back-off, when they die. */
#ifndef TSP_CORE_APPOINTED_H
#define TSP_CORE_APPOINTED_H

#include "core/parts.h"

/* Reads MODULE:CLASS[=ARGUMENT]; TSP_EUSAGE. */
int appointed_init(
	struct appointed *appointed, const char *order, const char *name, tsp_error *err);
void appointed_clear(struct appointed *appointed);
void appointed_begin(struct admin *admin);
void appointed_started(struct admin *admin, struct actor *actor);
void appointed_failed(struct admin *admin, struct actor *actor, const char *reason);
void appointed_ended(struct admin *admin, struct actor *actor);
clock_ns appointed_tick(struct admin *admin);

#endif

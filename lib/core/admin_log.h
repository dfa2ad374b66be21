/* SPDX-License-Identifier: MIT */
/* What the admin hands to the log: its own records, and those of actors and hosts. */
#ifndef TSP_CORE_ADMIN_LOG_H
#define TSP_CORE_ADMIN_LOG_H

#include "core/gate.h"

/* A record of the system, about an actor (NULL: none). */
void admin_log(struct admin *admin, enum log_level level, const struct actor *actor,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
/* A message was refused: said, ten a second, with how many were left out. */
void admin_log_refused(struct admin *admin, const struct frame *frame, const char *reason);
/* False: it is none that a record can have, and *ret stays. */
bool log_level_of(tsp_text text, enum log_level *ret);
/* Tells a host what is to be logged. */
void host_tell_logging(struct admin *admin, struct host *host);
void request_log(struct admin *admin, const struct request *request);
void request_set_logging(struct admin *admin, const struct request *request);

#endif

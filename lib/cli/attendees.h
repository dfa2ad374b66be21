/* SPDX-License-Identifier: MIT */
/* All systems of the convention, which may be more than a whole status tells of. */
#ifndef TSP_CLI_ATTENDEES_H
#define TSP_CLI_ATTENDEES_H

#include "thespian.h"

/* conventionLeader, conventionAttendees and what belongs to them, as in a status of the system; the caller frees it. */
int attendees_ask(tsp_system *system, int64_t timeout_ms, tsp_message **ret_status, tsp_error *err);

#endif

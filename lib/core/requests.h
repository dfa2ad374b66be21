/* SPDX-License-Identifier: MIT */
/* Requests that are answered at once: leases, capabilities, listings, kill, status. */
#ifndef TSP_CORE_REQUESTS_H
#define TSP_CORE_REQUESTS_H

#include "core/gate.h"

void request_lease(struct admin *admin, const struct request *request);
void request_exited(struct admin *admin, const struct request *request);
void request_authority(struct admin *admin, const struct request *request);
void request_dead_letters(struct admin *admin, const struct request *request);
void request_shutdown(struct admin *admin, const struct request *request);
void request_children(struct admin *admin, const struct request *request);
void request_resolve(struct admin *admin, const struct request *request);
void request_end_children(struct admin *admin, const struct request *request);
void request_kill(struct admin *admin, const struct request *request);
void request_report_exit(struct admin *admin, const struct request *request);
void request_actors(struct admin *admin, const struct request *request);
void request_status(struct admin *admin, const struct request *request);
void request_capability(struct admin *admin, const struct request *request);
clock_ns kills_tick(struct admin *admin);
/* The capabilities of the start, and the common ones (spec part 3.1). TSP_EUSAGE. */
int capabilities_init(struct admin *admin, tsp_error *err);

#endif

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
void request_morgue_list(struct admin *admin, const struct request *request);
void request_morgue_show(struct admin *admin, const struct request *request);
void request_morgue_send(struct admin *admin, const struct request *request);
void request_morgue_drop(struct admin *admin, const struct request *request);
void request_poisoned(struct admin *admin, const struct request *request);
/* Answers with what was put into the admin's builder. */
void request_answer(struct admin *admin, const struct request *request);
/* What Kill and Restart have in common: judges the request, answers where it cannot be met. NULL: answered. */
struct actor *request_victim(struct admin *admin, const struct request *request, int *ret_sharing);
/* Exit request, and the end of its host when the request's grace is over. */
void request_end(struct admin *admin, const struct request *request, struct actor *actor);
clock_ns kills_tick(struct admin *admin);
/* The capabilities of the start, and the common ones (spec part 3.1). TSP_EUSAGE. */
int capabilities_init(struct admin *admin, tsp_error *err);

#endif

/* SPDX-License-Identifier: MIT */
/* Requests of an agent to the system: Request{what, ..}, answer: Requested{code}. */
#ifndef TEST_SCENARIO_ACTORS_REQUESTS_H
#define TEST_SCENARIO_ACTORS_REQUESTS_H

#include <thespian.h>

int on_request(tsp_actor *self, const tsp_message *message, tsp_address sender);

#endif

/* SPDX-License-Identifier: MIT */
/* Classes of the module `scenario`. */
#ifndef TEST_SCENARIO_ACTORS_H
#define TEST_SCENARIO_ACTORS_H

#include <thespian.h>

extern const tsp_class agent_class;	/* actors_agent.c */
extern const tsp_class authority_class; /* actors_authority.c */
extern const tsp_class echo_class;	/* actors_plain.c, as all below */
extern const tsp_class counter_class;
extern const tsp_class slow_class;
extern const tsp_class failing_class;
extern const tsp_class shapes_class;
extern const tsp_class mute_class;
extern const tsp_class forwarder_class;
extern const tsp_class sulker_class;
extern const tsp_class heir_class;
extern const tsp_class blue_class;
extern const tsp_class big_blue_class;

/* Blocks this actor. */
void actor_sleep(int64_t ms);

#endif

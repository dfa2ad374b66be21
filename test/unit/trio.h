/* SPDX-License-Identifier: MIT */
/* A leader, a member, and a third system with a camera, for tests of conventions. */
#ifndef TSP_TEST_TRIO_H
#define TSP_TEST_TRIO_H

#include "network.h"

#define LEADER 0xa1
#define MEMBER 0xb2
#define THIRD  0xc3

extern struct network network;
extern struct machine leader;
extern struct machine member;
extern struct machine third;

/* Leader and member, which have found each other. */
int trio_setup(void **state);
int trio_teardown(void **state);
void add_third(void);
size_t attendees(struct machine *machine);
uint64_t leader_of(struct machine *machine);
/* The reply to a message from that machine's caller, when everything has happened. */
tsp_message *ask(struct machine *machine, tsp_address to, const char *text);

#endif

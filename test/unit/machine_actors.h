/* SPDX-License-Identifier: MIT */
/*
 * Actors for tests on the machine in memory. Echo answers, counts, fails and crashes as asked; Parent
 * tells its asker what happens to its children, owns the name "service", takes dead letters, and is an
 * authority that accepts what begins with 'g'; Bad does not start.
 */
#ifndef TSP_TEST_MACHINE_ACTORS_H
#define TSP_TEST_MACHINE_ACTORS_H

#include <thespian.h>

extern const tsp_class *const machine_classes[];

#endif

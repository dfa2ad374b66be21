/* SPDX-License-Identifier: MIT */
/* While the Director is at work for this command, the terminal says at which group it is. */
#ifndef TSP_DIRECTOR_FOLLOW_H
#define TSP_DIRECTOR_FOLLOW_H

#include <thespian.h>

struct follow;

/* type: of the request that is about to be asked. NULL: there is nothing to show, or no terminal. */
struct follow *follow_begin(tsp_system *system, const char *type, bool wanted);
void follow_end(struct follow *follow); /* takes NULL */

#endif

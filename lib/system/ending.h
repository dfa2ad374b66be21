/* SPDX-License-Identifier: MIT */
/* The end of an admin's process, seen from outside: it has gone, and its port is free again. */
#ifndef TSP_SYSTEM_ENDING_H
#define TSP_SYSTEM_ENDING_H

#include "base/clock.h"
#include "base/error.h"

struct ending {
	int pid;      /* of the admin, 0: unknown */
	int process;  /* its pidfd, -1: not to be had, or it has gone already */
	char *folder; /* the runtime folder, NULL: unknown */
	int port;
};

/* Takes the folder over. */
void ending_init(struct ending *ending, int pid, char *folder, int port);
void ending_clear(struct ending *ending);
/* Ends the process, if it is known and still there. */
void ending_kill(const struct ending *ending);
/* Waits until the process has ended and holds its port no more. TSP_ETIMEOUT, TSP_EINTERRUPT. */
int ending_wait(const struct ending *ending, clock_ns deadline, tsp_error *err);

#endif

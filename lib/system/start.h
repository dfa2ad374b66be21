/* SPDX-License-Identifier: MIT */
/* Starting a system: thespian-admin as a daemon, which says by a pipe that it is ready, or why not. */
#ifndef TSP_SYSTEM_START_H
#define TSP_SYSTEM_START_H

#include "base/clock.h"
#include "base/error.h"

/* Waits until the system answers at options->port. TSP_EEXIST: one runs there, or is being started;
 * TSP_ESTART, TSP_ETIMEOUT, and what the admin says. */
int start_system(const tsp_open_options *options, clock_ns deadline, tsp_error *err);
/* Reads one line of the pipe, "ready ..." or "error CODE TEXT", and says what it means. */
int start_read_line(int fd, clock_ns deadline, tsp_error *err);

#endif

/* SPDX-License-Identifier: MIT */
/* Attaching to a running system: connect to RUNTIME/PORT.sock, see who listens there, greet. */
#ifndef TSP_SYSTEM_ATTACH_H
#define TSP_SYSTEM_ATTACH_H

#include "system/system.h"

/* TSP_ENOSYSTEM: nothing answers at that port; TSP_EPERM: what answers belongs to another user. */
int attach_port(int port, clock_ns deadline, struct tsp_system **ret_system, tsp_error *err);
/* The same in a runtime folder that was found before; NULL: none is known. */
int attach_folder(const char *folder, int port, clock_ns deadline, struct tsp_system **ret_system,
	tsp_error *err);
/* The same over a socket that is connected already; takes fd over. folder: the runtime folder, may be
 * NULL; taken over. */
int attach_socket(int fd, char *folder, int port, clock_ns deadline, struct tsp_system **ret_system,
	tsp_error *err);

#endif

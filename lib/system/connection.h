/* SPDX-License-Identifier: MIT */
/* The carrier over a Unix socket: non-blocking, with a deadline on every wait. */
#ifndef TSP_SYSTEM_CONNECTION_H
#define TSP_SYSTEM_CONNECTION_H

#include "base/buffer.h"
#include "io/poll_budget.h"
#include "system/caller.h"
#include "system/ending.h"

struct connection {
	struct tsp_system *system;
	int fd;
	int watch;      /* an epoll of fd and bell: what tsp_descriptor gives away */
	int bell;       /* readable while the inbox holds something */
	struct ending ending;
	bool gone;      /* end of file, or an error: nothing comes any more */
	bool broken;    /* what came kept not to the protocol */
	struct buffer in;
	struct buffer out; /* the rest of a frame whose first part is written */
	struct poll_budget budget;
};

/* A system over a connected socket, not greeted yet. Takes over fd and what ending holds, also on
 * failure. */
int connection_open(int fd, const struct ending *ending, int port, struct tsp_system **ret_system,
	tsp_error *err);

#endif

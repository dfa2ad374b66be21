/* SPDX-License-Identifier: MIT */
/* Running a whole system: what thespian-admin does behind its options. */
#ifndef TSP_IO_ADMIN_RUN_H
#define TSP_IO_ADMIN_RUN_H

#include "base/error.h"

#define ADMIN_PORT     1900
#define ADMIN_PORT_UDP 1029

struct admin_options {
	const char *base;	  /* NULL: multiprocTCPBase */
	int port;		  /* 0: the base's own */
	const char *authority;	  /* MODULE:CLASS[=ARGUMENT], or NULL */
	const char *director;	  /* the same */
	const char *capabilities; /* JSON object, or NULL */
	const char *log_definitions; /* JSON object, TSP_LOG_OFF, or NULL */
	bool foreground;
	int ready_fd; /* inherited pipe for `ready PID`, -1: none */
	/* Inherited; readable when the process has ended that the system belongs to: then it ends, too.
	 * Its port may then be a private one (runtime.h). -1: none. */
	int lifeline_fd;
};

/* Runs the system. In the foreground: returns when it has stopped. Else: returns in the calling
 * process when the system is ready (a daemon in its own session) or has failed to start, and
 * *ret_daemon is false; in the daemon it returns when the system has stopped, with *ret_daemon
 * true. TSP_EUSAGE (options), TSP_ENOTIMPL (conventions), TSP_EEXIST (one runs at that port),
 * TSP_ESTART (the authority), .. */
int admin_run(const struct admin_options *options, bool *ret_daemon, tsp_error *err);

#endif

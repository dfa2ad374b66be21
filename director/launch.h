/* SPDX-License-Identifier: MIT */
/* What a system of the folder is started with: by a command that starts it, or by a service manager. */
#ifndef TSP_DIRECTOR_LAUNCH_H
#define TSP_DIRECTOR_LAUNCH_H

#include "director/context.h"

struct launch {
	const char *base; /* borrowed from the settings */
	int port;
	char *capabilities; /* JSON */
	char *definitions;  /* of the log, JSON; NULL: none */
	char *authority;    /* as thespian-admin takes them */
	char *director;
};

/* Base and port by options and settings; TSP_EUSAGE for a base that cannot be reached from outside. */
int launch_place(struct context *context, const char **ret_base, int *ret_port, tsp_error *err);
/* All of it. What the settings say of the environment is put into ours, where it is unset there:
 * who is started inherits it. */
int launch_make(struct context *context, struct launch *ret_launch, tsp_error *err);
/* Whether a system would start with what a setting ("othercaps" "thesplog") says: tried in this process,
 * of which nothing is left but that THESPLOG_FILE is unset. */
int launch_try(struct context *context, const char *setting, tsp_error *err);
void launch_clear(struct launch *launch);

#endif

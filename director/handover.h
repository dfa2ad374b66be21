/* SPDX-License-Identifier: MIT */
/* The one file through which `watch` hands its packages over: DIR/.watch-GROUP.tls. It is locked as long
 * as it is open, so a group is watched once; the Director copies what it accepts. */
#ifndef TSP_DIRECTOR_HANDOVER_H
#define TSP_DIRECTOR_HANDOVER_H

#include "base/error.h"

struct handover {
	char *path;
	int fd;
};

/* TSP_EEXIST: another process has it. */
int handover_open(
	const char *folder, const char *group, struct handover *ret_handover, tsp_error *err);
int handover_write(const struct handover *handover, const void *bytes, size_t size, tsp_error *err);
/* Removes it; takes one that was not opened ({ .fd = -1 }). */
void handover_close(struct handover *handover);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * A recording: what an actor was sent and what it answered, as lines of JSON. The first line is a head,
 * each other one a message, in the order in which they were done with. Values are written as everywhere
 * in JSON: addresses {"$address": ..}, types {"$type": .., "value": ..}.
 *
 *	{"thespian_recording": 1, "actor": {"$address": ".."}, "class": "Echo", "module": "echo", "source": null}
 *	{"at_us": .., "body": .., "direction": "in", "from": .., "outcome": "handled", "to": .., "type": "Greet"}
 */
#ifndef TSP_SHELL_RECORDING_H
#define TSP_SHELL_RECORDING_H

#include <stdio.h>
#include <thespian.h>
#include "base/table.h"

#define RECORDING_VERSION    1
#define RECORDING_SIZE_LIMIT ((size_t)256 * 1024 * 1024) /* of a file that is read */

/* A message as it stands in a line. */
struct recorded {
	tsp_builder *builder; /* owned: what is below lies there */
	tsp_value body;	      /* absent: too large to be kept */
	tsp_address from;
	tsp_address to;
	int64_t at_us;
	int line;
	bool in;     /* to the actor; else from it */
	bool system; /* the system's own word */
	tsp_text type;
	tsp_text outcome;
	size_t next; /* place and 1 of what went to the same address next; 0: nothing */
};

struct recording {
	tsp_builder *head;	   /* owned */
	char *class_name;	   /* as tsp_system_create takes it */
	char *source;		   /* NULL: of an installed module */
	struct recorded *messages; /* those to and from it, each in the order of their times */
	size_t count;
	size_t capacity;
	struct table answers; /* to whom -> place and 1 of the first that is not taken */
	bool torn; /* its last line has no end: whoever wrote it was stopped */
};

/* Makes a file that must not be there yet, for its owner alone. TSP_EEXIST, TSP_EIO. */
int recording_create(const char *path, FILE **ret_stream, tsp_error *err);
/* Writes a line and flushes it. entry: as of tsp_actors. */
int recording_put_head(FILE *stream, tsp_address actor, tsp_value entry, tsp_error *err);
int recording_put(FILE *stream, const tsp_message *event, tsp_error *err);
/* Reads a whole file; errors name the line. On success to be cleared. TSP_EVALUE, TSP_ENOENT, TSP_ELIMIT. */
int recording_read(const char *path, struct recording *ret_recording, tsp_error *err);
void recording_clear(struct recording *recording);
/* The answer to a request, the first to where it came from that no earlier one has taken; NULL: none. Requests
 * are asked about in their order. */
struct recorded *recording_answer(struct recording *recording, const struct recorded *request);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Runs one program with limits, an empty environment, its output captured, in a process group that
 * ends as a whole: at its end, at its deadline, or with the process that started it.
 */
#ifndef TSP_SOURCE_RUN_H
#define TSP_SOURCE_RUN_H

#include "base/buffer.h"
#include "source/builder.h"

struct run_request {
	char *const *argv;     /* [0]: absolute path; ended by NULL */
	const char *folder;    /* to run in */
	const char *temporary; /* TMPDIR */
	const struct build_limits *limits;
	int sandbox; /* of sandbox_open; -1: none */
};

struct run_outcome {
	int status;     /* as of waitpid */
	bool timed_out; /* past limits->wall_s: killed */
	struct buffer
		output; /* standard output and error, at most limits->messages, then dropped */
	uint64_t dropped;
};

/* Returns when all of it has ended. buffer_clear ret_outcome->output. TSP_EIO: it could not
 * start. */
int run_program(const struct run_request *request, struct run_outcome *ret_outcome, tsp_error *err);

#endif

/* SPDX-License-Identifier: MIT */
/* What a RunCommand says of its commands: to who sent them, and in the log. */
#ifndef TSP_HELPER_REPORT_H
#define TSP_HELPER_REPORT_H

#include <sys/types.h>

#include "helper/capture.h"
#include "helper/command.h"

struct outcome {
	int code;
	const char *error; /* "" if there was none */
	int64_t duration_ms;
	const struct capture *out;
	const struct capture *err;
};

void report_start(tsp_actor *self, const struct command *command, pid_t pid);
/* CommandOutput or CommandError to who wants updates; as tsp_send. */
int report_output(
	tsp_actor *self, const struct command *command, const char *type, tsp_text output);
void report_result(tsp_actor *self, const struct command *command, const struct outcome *outcome);

#endif

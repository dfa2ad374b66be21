/* SPDX-License-Identifier: MIT */
/*
 * Asks of a program's session that are on their way together: those of lines that follow each other. They are
 * answered in any order, and land in the order of the lines.
 */
#ifndef TSP_SHELL_FLIGHT_H
#define TSP_SHELL_FLIGHT_H

#include "shell/shell.h"

struct flight_ask {
	uint64_t id; /* 0: it was not sent */
	tsp_address target;
	char *word; /* what the line calls it */
	int rc;	    /* negative: why it was not sent */
	tsp_error err;
};

struct flight {
	struct flight_ask asks[TSP_ASK_LIMIT]; /* a ring */
	size_t first;
	size_t count;
	bool grounded; /* the system is gone: all are to land before another departs, to one that is attached to anew */
};

/* Whether the line is an ask that need not wait for those before it, and would run just so alone. */
bool flight_takes(const char *line, size_t size);
bool flight_is_full(const struct flight *flight);
/* Whether landing need not wait, as far as is seen. */
bool flight_is_ready(const struct flight *flight, const struct shell *shell);
/* Runs the line, an ask, up to its sending. There is room. */
void flight_depart(struct flight *flight, struct shell *shell, const char *line);
/* Waits for the first, and ends its line: as shell_run_line of it. */
int flight_land(struct flight *flight, struct shell *shell, tsp_error *err);
void flight_clear(struct flight *flight, struct shell *shell);

/* From the ask command: sends, and notes in ask what landing needs. */
int flight_send(struct flight_ask *ask, struct shell *shell, const char *word, tsp_address target,
	const char *type, tsp_value value, tsp_error *err);
/* What is left of an ask that returned rc: the reply is printed and freed, an error explained. */
int flight_show(struct shell *shell, const char *word, tsp_address target, int rc,
	tsp_message *reply, tsp_error *err);

#endif

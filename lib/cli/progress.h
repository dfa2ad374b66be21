/* SPDX-License-Identifier: MIT */
/*
 * A line on stderr that says how far a long command is, where that is a terminal: never into a file or a
 * pipe, never with NO_COLOR or TERM=dumb. It begins after a moment, so that what is quick shows none, and it
 * is gone when the command ends, or is ended by a signal.
 */
#ifndef TSP_CLI_PROGRESS_H
#define TSP_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

/* wanted false: nothing is ever shown. Returns whether it may be. There is one line at a time. */
bool progress_open(bool wanted);
/* "WHAT [===>    ] DONE of TOTAL: LABEL"; total 0: "WHAT: LABEL". The label is escaped, and may be "". */
void progress_show(const char *what, size_t done, size_t total, const char *label);
/* A step that cannot say how far it is: "WHAT: LABEL", at once. */
void progress_step(const char *what, const char *label);
/* Before anything else is written to the terminal. */
void progress_close(void);
/* The line for a terminal of that many columns, without escape codes; out has room for columns + 1. */
void progress_line(const char *what, size_t done, size_t total, const char *label, size_t columns,
	char *out);

#endif

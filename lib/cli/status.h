/* SPDX-License-Identifier: MIT */
/* Exit status and the one place where a program prints an error. */
#ifndef TSP_CLI_STATUS_H
#define TSP_CLI_STATUS_H

#include <stdio.h>
#include <thespian.h>

enum status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
	STATUS_NO_SYSTEM = 3,
	STATUS_TIMEOUT = 4,
	STATUS_REFUSED = 5,
	STATUS_BUILD = 6,
	STATUS_PART = 7,
	STATUS_CHANGES = 8,
};

/* Status of a command's result: 0 or a status stays, a TSP_E code becomes its status. */
int status_of(int rc);
/* Adds a remedy to an error, printed as "hint: ..." on a line of its own; err may be NULL. The
 * first hint stays. Returns err's code. */
int status_hint(tsp_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The error's text without its hint, the code's sentence where it has none; *ret_hint: the hint, or NULL. */
tsp_text status_split(const tsp_error *err, const char **ret_hint);
/* Prints "PROGRAM: text" and the hint, escaped; the code's sentence where err has no text. Prints
 * nothing for 0 and above. Returns status_of(rc). */
int status_report(FILE *stream, const char *program, int rc, const tsp_error *err);

#endif
